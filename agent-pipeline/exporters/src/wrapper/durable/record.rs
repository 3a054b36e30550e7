//! A batch as a record of a journal, and a record that is out as long as parts of it are worked on.
//!
//! The header, version 1: `01`, then 8 bytes each, little-endian: the process that wrote it (a random number), the number of
//! the record there, its items. The body is the batch in protobuf. The signal is in the name of the directory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use agent_component::Receipt;
use agent_journal::{Journal, Record};
use agent_otlp::Batch;

use super::directory::{Beside, Directory, Ticket};

const VERSION: u8 = 1;

/// A record of a batch.
pub(super) fn of(batch: &Batch, ticket: Ticket) -> Record {
    let mut header = vec![VERSION];
    for number in [ticket.0, ticket.1, batch.items() as u64] {
        header.extend_from_slice(&number.to_le_bytes());
    }
    Record::new(header, batch.segments().cloned())
}

/// The number of a record and its items; `None` when this version does not know its form.
pub(super) fn head(record: &Record) -> Option<(Ticket, usize)> {
    let (version, rest) = record.header.split_first()?;
    let mut numbers =
        rest.chunks_exact(8).filter_map(|chunk| Some(u64::from_le_bytes(chunk.try_into().ok()?)));
    let (run, number, items) = (numbers.next()?, numbers.next()?, numbers.next()?);
    (*version == VERSION).then(|| ((run, number), usize::try_from(items).unwrap_or(usize::MAX)))
}

/// A share in a record that is out. Clones are further shares, for parts of the batch.
///
/// A share that is dropped without a word leaves the record in the journal, so that no abort and no defect loses it.
pub(crate) struct Share {
    out: Arc<Out>,
    told: bool,
}

/// What became of the shares so far, the worst of them.
const SETTLED: u8 = 0;
/// Given up, but not for good: whoever can read again should.
const LOST: u8 = 1;
/// It stays in the journal.
const LEFT: u8 = 2;

struct Out {
    journal: Arc<Journal>,
    sequence: u64,
    ticket: Ticket,
    /// Where things are put back that belong to a record which stays.
    directory: Arc<Directory>,
    beside: Option<Beside>,
    fate: AtomicU8,
}

impl Share {
    /// The first share in a record.
    pub(super) fn new(
        journal: Arc<Journal>,
        sequence: u64,
        ticket: Ticket,
        directory: &Arc<Directory>,
        beside: Beside,
    ) -> Self {
        let directory = Arc::clone(directory);
        let fate = AtomicU8::new(SETTLED);
        let out = Out { journal, sequence, ticket, directory, beside: Some(beside), fate };
        Self { out: Arc::new(out), told: false }
    }

    /// The part is delivered, or dropped for good and counted.
    pub(crate) fn settle(mut self) {
        self.told = true;
    }

    /// The part is dropped and counted, and another try might have helped.
    pub(crate) fn lose(mut self) {
        self.told = true;
        self.out.fate.fetch_max(LOST, Ordering::AcqRel);
    }

    /// A share in the receipt that waits for the record.
    pub(crate) fn receipt(&self) -> Option<Receipt> {
        self.out.beside.as_ref()?.receipt.clone()
    }
}

impl Clone for Share {
    fn clone(&self) -> Self {
        Self { out: Arc::clone(&self.out), told: false }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if !self.told {
            self.out.fate.fetch_max(LEFT, Ordering::AcqRel);
        }
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        let Some(beside) = self.beside.take() else { return };
        let fate = *self.fate.get_mut();
        if fate == LEFT {
            return self.directory.put(self.ticket, beside);
        }
        self.journal.acknowledge(self.sequence);
        if let Some(receipt) = beside.receipt.filter(|_| fate == SETTLED) {
            receipt.settle();
        }
    }
}
