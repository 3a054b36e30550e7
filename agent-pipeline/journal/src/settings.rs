//! What a journal is asked to be.

use std::fmt;
use std::sync::Arc;

/// When an append is confirmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// When the operating system has the bytes: they survive the end of the process, `kill -9` included.
    #[default]
    Process,
    /// When the disk has them: they survive a crash of the machine and a loss of power.
    Node,
}

/// Sizes and strength of a journal.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What log lines call it: the id of the component that owns it.
    pub name: String,
    /// No append makes its files larger than this together. Acknowledgements, 16 bytes a run of records, may.
    pub max_bytes: u64,
    /// A segment is closed when it has reached this. Space comes back a segment at a time, so an eighth of
    /// `max_bytes` is used when that is less.
    pub segment_bytes: u64,
    /// What an append waits for.
    pub durability: Durability,
    /// Records that wait to be written take at most this much memory; more appends wait for their turn.
    pub write_buffer_bytes: usize,
    /// Records that wait to be taken take at most this much memory, or are one record.
    pub read_ahead_bytes: usize,
    /// The part, in bytes, of what is taken that new records may have while older ones wait: from 0 to 0.9. With 0 records
    /// come in order. Otherwise records that are appended while older ones wait may come ahead of those, out of half of
    /// `read_ahead_bytes` of memory, or one record, on top of it.
    pub live_share: f64,
    /// Who is told of damage.
    pub on_damage: OnDamage,
}

/// Called on the journal's thread with the records and bytes that were found lost since the last call.
#[derive(Clone, Default)]
pub struct OnDamage(Option<Arc<dyn Fn(u64, u64) + Send + Sync>>);

impl OnDamage {
    /// Has `told` called; it must be quick.
    pub fn new(told: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(told)))
    }

    pub(crate) fn tell(&self, records: u64, bytes: u64) {
        if let Some(told) = self.0.as_ref().filter(|_| records > 0 || bytes > 0) {
            told(records, bytes);
        }
    }
}

impl fmt::Debug for OnDamage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OnDamage").field(&self.0.is_some()).finish()
    }
}

impl Settings {
    const SMALLEST_SEGMENT: u64 = 4 << 10;

    /// A journal without a name of at most `max_bytes`: segments of 32 MiB, 4 MiB to be written, 1 MiB read ahead.
    pub fn new(max_bytes: u64, durability: Durability) -> Self {
        Self {
            name: String::new(),
            max_bytes,
            segment_bytes: 32 << 20,
            durability,
            write_buffer_bytes: 4 << 20,
            read_ahead_bytes: 1 << 20,
            live_share: 0.0,
            on_damage: OnDamage::default(),
        }
    }

    /// The size at which a segment is closed.
    pub(crate) fn segment_limit(&self) -> u64 {
        self.segment_bytes.min(self.max_bytes / 8).max(Self::SMALLEST_SEGMENT)
    }
}
