//! Coders that a thread keeps from one call to the next, for as long as it uses them.
//!
//! Making a coder costs more than compressing a small body with it, so it is kept. Keeping every coder that was ever used
//! would hold memory for codecs and levels that a configuration has left behind: some 700 kB for a level of deflate,
//! 1 to 3 MB for Zstandard, on each thread. So a coder is given up after [`UNUSED`] calls for others.

use std::cell::RefCell;
use std::convert::Infallible;
use std::io;

use libdeflater::CompressionLvl;

/// Calls of a thread for other coders after which one is given up, or up to [`SWEEP`] more.
const UNUSED: u64 = 256;
/// Calls between two looks for coders to give up; a power of two.
const SWEEP: u64 = 64;

thread_local! {
    static CODERS: RefCell<Coders> = const { RefCell::new(Coders::new()) };
}

/// Lends the coders of this thread. Not to be called from within `work`.
pub(super) fn with<T>(work: impl FnOnce(&mut Coders) -> T) -> T {
    CODERS.with_borrow_mut(|coders| {
        coders.tick();
        work(coders)
    })
}

/// What a thread keeps.
pub(super) struct Coders {
    calls: u64,
    inflate: Kept<libdeflater::Decompressor>,
    /// By level, from 1.
    deflate: [Kept<libdeflater::Compressor>; 9],
    zstd_reader: Kept<zstd::bulk::Decompressor<'static>>,
    zstd_writer: Kept<(i32, zstd::bulk::Compressor<'static>)>,
}

impl Coders {
    const fn new() -> Self {
        Self {
            calls: 0,
            inflate: Kept::new(),
            deflate: [const { Kept::new() }; 9],
            zstd_reader: Kept::new(),
            zstd_writer: Kept::new(),
        }
    }

    fn tick(&mut self) {
        self.calls += 1;
        if self.calls.is_multiple_of(SWEEP) {
            self.inflate.give_up(self.calls);
            self.deflate.iter_mut().for_each(|level| level.give_up(self.calls));
            self.zstd_reader.give_up(self.calls);
            self.zstd_writer.give_up(self.calls);
        }
    }

    /// For gzip and zlib.
    pub(super) fn inflate(&mut self) -> &mut libdeflater::Decompressor {
        let Ok(coder) =
            self.inflate.get(self.calls, || Ok::<_, Infallible>(libdeflater::Decompressor::new()));
        coder
    }

    /// For gzip and zlib, at a level of the Collector's `compression_params`.
    pub(super) fn deflate(&mut self, level: Option<i32>) -> &mut libdeflater::Compressor {
        let level = match level {
            Some(level @ 1..=9) => level,
            Some(10..) => 9,
            // Absent, Go's "default" (-1, 0) and "Huffman only" (-2): the fastest.
            Some(_) | None => 1,
        };
        let make = || {
            let level = CompressionLvl::new(level).unwrap_or(CompressionLvl::fastest());
            Ok::<_, Infallible>(libdeflater::Compressor::new(level))
        };
        let [fastest, rest @ ..] = &mut self.deflate;
        let place = usize::try_from(level - 2).ok().and_then(|place| rest.get_mut(place));
        let Ok(coder) = place.unwrap_or(fastest).get(self.calls, make);
        coder
    }

    /// For bodies of one frame that names its size.
    pub(super) fn zstd_reader(&mut self) -> io::Result<&mut zstd::bulk::Decompressor<'static>> {
        self.zstd_reader.get(self.calls, zstd::bulk::Decompressor::new)
    }

    /// At a level from 1 to 22.
    pub(super) fn zstd_writer(&mut self, level: i32) -> io::Result<&mut zstd::bulk::Compressor<'static>> {
        let make = || Ok::<_, io::Error>((level, zstd::bulk::Compressor::new(level)?));
        let (made_for, coder) = self.zstd_writer.get(self.calls, make)?;
        if *made_for != level {
            coder.set_compression_level(level)?;
            *made_for = level;
        }
        Ok(coder)
    }
}

/// A coder, once it was asked for, and the call that did so last.
struct Kept<C> {
    coder: Option<C>,
    used: u64,
}

impl<C> Kept<C> {
    const fn new() -> Self {
        Self { coder: None, used: 0 }
    }

    fn get<E>(&mut self, now: u64, make: impl FnOnce() -> Result<C, E>) -> Result<&mut C, E> {
        self.used = now;
        match &mut self.coder {
            Some(coder) => Ok(coder),
            slot @ None => Ok(slot.insert(make()?)),
        }
    }

    fn give_up(&mut self, now: u64) {
        if now - self.used > UNUSED {
            self.coder = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coder_goes_when_others_are_called_for_and_stays_while_it_is_used() {
        let mut coders = Coders::new();
        coders.zstd_writer(3).unwrap();
        coders.deflate(Some(6));
        for call in 0..2 * UNUSED {
            coders.tick();
            coders.inflate();
            if call % UNUSED == UNUSED / 2 {
                coders.deflate(Some(6));
            }
        }
        assert!(coders.zstd_writer.coder.is_none());
        assert!(coders.inflate.coder.is_some());
        assert!(coders.deflate[5].coder.is_some());
        coders.zstd_writer(3).unwrap().compress(b"again").unwrap();
    }
}
