//! Buffers that are kept from one call to the next, as large as what they are used for now.

/// Space above this is given back after the call that needed it.
const KEEP_AT_MOST: usize = 1 << 20;
/// A buffer this much larger than what is needed is not worth making anew.
const LEEWAY: usize = 64 << 10;

/// A buffer for a thread to keep.
///
/// It remembers what recent calls needed: one large call does not make it large for ever, and one small call in between
/// does not make it small.
#[derive(Debug, Default)]
pub struct Scratch {
    buffer: Vec<u8>,
    /// What was needed lately; forgets an eighth with each call.
    recent: usize,
}

impl Scratch {
    /// Without any space yet.
    pub const fn new() -> Self {
        Self { buffer: Vec::new(), recent: 0 }
    }

    /// Lends the buffer with whatever is left in it. Its length afterwards is what was needed.
    pub fn lend<T>(&mut self, work: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        let result = work(&mut self.buffer);
        self.keep(self.buffer.len());
        result
    }

    /// Lends `room` bytes, whose content is whatever is left there.
    pub fn lend_room<T>(&mut self, room: usize, work: impl FnOnce(&mut [u8]) -> T) -> T {
        if self.buffer.len() < room {
            self.buffer.resize(room, 0);
        }
        let result = work(self.buffer.as_mut_slice());
        self.keep(room);
        result
    }

    fn keep(&mut self, needed: usize) {
        self.recent = needed.max(self.recent - self.recent / 8);
        if self.buffer.capacity() > KEEP_AT_MOST {
            self.buffer = Vec::new();
        } else if self.buffer.capacity() > self.recent.saturating_mul(2) + LEEWAY {
            self.buffer.truncate(self.recent);
            self.buffer.shrink_to(self.recent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity_after(scratch: &mut Scratch, needs: &[usize]) -> usize {
        for need in needs {
            scratch.lend_room(*need, |room| assert!(room.len() >= *need));
        }
        scratch.buffer.capacity()
    }

    #[test]
    fn space_is_kept_while_it_is_needed_and_given_back_when_it_is_not() {
        let mut scratch = Scratch::new();
        let large = 800_000;
        assert_eq!(capacity_after(&mut scratch, &[large, 1000, 1000]), large);
        assert!(capacity_after(&mut scratch, &[1000; 100]) < 2 * LEEWAY);
        assert_eq!(capacity_after(&mut scratch, &[2 << 20]), 0);
    }

    #[test]
    fn what_is_written_stays_readable_within_a_call() {
        let mut scratch = Scratch::new();
        let text = scratch.lend(|buffer| {
            buffer.extend_from_slice(b"words");
            buffer.clone()
        });
        assert_eq!(text, b"words");
        scratch.lend(|buffer| assert_eq!(buffer, b"words"));
    }
}
