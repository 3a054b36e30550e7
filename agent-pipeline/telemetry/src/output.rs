//! Where lines go: a bounded buffer that a thread of its own empties into the writer.
//!
//! Whoever logs never waits for the writer. A container runtime that stops reading the pipe would otherwise stop
//! every worker of the agent, one log line each. What does not fit is lost, counted, and reported as soon as
//! there is room again.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::json::begin;

/// Bytes that wait for the writer.
const MAX_BUFFER: usize = 1024 * 1024;
/// A buffer that grew beyond this is given back once it is written.
const KEPT_BUFFER: usize = 64 * 1024;
/// How often the thread looks for suppressed events while there are any.
const WATCH: Duration = if cfg!(test) { Duration::from_millis(5) } else { Duration::from_secs(1) };
/// Pause before a non-blocking writer that is full is tried again.
const RETRY: Duration = Duration::from_millis(10);
const STACK: usize = 256 * 1024;

/// Called by the thread now and then while there is something suppressed: lines to add, and whether more is to come.
pub(crate) type Watch = Box<dyn FnMut() -> (Vec<String>, bool) + Send>;

/// The buffer's end for those who log.
pub(crate) struct Output {
    shared: Arc<Shared>,
}

struct Shared {
    queue: Mutex<Queue>,
    /// Something to write, to watch, or the end.
    changed: Condvar,
    /// Something was written.
    drained: Condvar,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Queue {
    bytes: Vec<u8>,
    /// Lines that were lost since the last report of it.
    lost: u64,
    /// Bytes that ever entered and ever left, whatever the writer did with them.
    entered: u64,
    left: u64,
    watching: bool,
    closed: bool,
}

impl Output {
    /// Starts the thread.
    pub(crate) fn start(
        writer: Box<dyn Write + Send>,
        clock: Arc<dyn Clock>,
        watch: Watch,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            changed: Condvar::new(),
            drained: Condvar::new(),
            clock,
        });
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("log".to_owned())
            .stack_size(STACK)
            .spawn(move || theirs.write_all(writer, watch))?;
        Ok(Self { shared })
    }

    /// Adds a line (without its end), or counts it as lost when the buffer is full.
    pub(crate) fn append(&self, line: &str) {
        let mut queue = self.shared.queue();
        queue.append(line);
        drop(queue);
        self.shared.changed.notify_one();
    }

    /// From now on something is suppressed that has to be summed up.
    pub(crate) fn watch(&self) {
        let mut queue = self.shared.queue();
        if !queue.watching {
            queue.watching = true;
            drop(queue);
            self.shared.changed.notify_one();
        }
    }

    /// Waits until everything that was added before is with the writer, at most `within`. Says whether it is.
    pub(crate) fn flush(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        let mut queue = self.shared.queue();
        let goal = queue.entered;
        while queue.left < goal {
            let Some(rest) = deadline.checked_duration_since(Instant::now()) else { return false };
            let waited = self.shared.drained.wait_timeout(queue, rest);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.changed.notify_one();
    }
}

impl Queue {
    fn append(&mut self, line: &str) {
        if !self.bytes.is_empty() && self.bytes.len() + line.len() >= MAX_BUFFER {
            self.lost += 1;
            return;
        }
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.push(b'\n');
        self.entered += line.len() as u64 + 1;
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread: until the output is dropped and all is written.
    fn write_all(&self, writer: Box<dyn Write + Send>, mut watch: Watch) {
        let mut writer = LineWriter { writer, torn: false };
        while let Some(chunk) = self.next() {
            let lost = if chunk.is_empty() { 0 } else { writer.write(&chunk) };
            self.done(chunk, lost);
            if self.queue().watching {
                // Not under the lock: it takes the sampler's.
                let (lines, more) = watch();
                let mut queue = self.queue();
                queue.watching = more;
                for line in lines {
                    queue.append(&line);
                }
            }
        }
    }

    /// What is to be written next, empty when it is only time to watch, `None` at the end.
    fn next(&self) -> Option<Vec<u8>> {
        let mut queue = self.queue();
        while queue.bytes.is_empty() && !queue.closed {
            if queue.watching {
                let (back, timeout) =
                    self.changed.wait_timeout(queue, WATCH).unwrap_or_else(PoisonError::into_inner);
                queue = back;
                if timeout.timed_out() {
                    break;
                }
            } else {
                queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        }
        if queue.bytes.is_empty() && queue.closed {
            return None;
        }
        Some(std::mem::take(&mut queue.bytes))
    }

    /// Books a chunk that was handed to the writer, of which `lost` lines did not get through.
    fn done(&self, mut chunk: Vec<u8>, lost: u64) {
        let mut queue = self.queue();
        queue.left += chunk.len() as u64;
        if lost > 0 {
            queue.lost += lost;
        } else if queue.lost > 0 && !chunk.is_empty() {
            let mut line = begin(tracing::Level::WARN, self.clock.wall(), "log lines were lost");
            line.push_str(",\"lost\":");
            line.push_str(&queue.lost.to_string());
            line.push('}');
            queue.lost = 0;
            queue.append(&line);
        }
        if queue.bytes.is_empty() && chunk.capacity() <= KEPT_BUFFER {
            chunk.clear();
            queue.bytes = chunk;
        }
        drop(queue);
        self.drained.notify_all();
    }
}

/// Writes whole chunks and keeps lines apart over errors.
struct LineWriter {
    writer: Box<dyn Write + Send>,
    /// The last write ended inside a line.
    torn: bool,
}

impl LineWriter {
    /// Gives the number of lines that were lost.
    fn write(&mut self, chunk: &[u8]) -> u64 {
        if self.torn && self.rest_after(b"\n") > 0 {
            return lines(chunk);
        }
        self.torn = false;
        let rest = self.rest_after(chunk);
        let lost = chunk.get(chunk.len() - rest..).unwrap_or_default();
        let written = chunk.strip_suffix(lost).unwrap_or_default();
        self.torn = written.last().is_some_and(|byte| *byte != b'\n');
        lines(lost)
    }

    /// Writes what the writer takes; gives the number of bytes that it did not.
    fn rest_after(&mut self, bytes: &[u8]) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.writer.write(rest) {
                Ok(0) => return rest.len(),
                Ok(taken) => rest = rest.get(taken..).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Someone else made the pipe non-blocking. This thread has nothing better to do.
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::park_timeout(RETRY),
                Err(_) => return rest.len(),
            }
        }
        // An error here has no bytes to go with it.
        let _ = self.writer.flush();
        0
    }
}

fn lines(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').skip(1).count() as u64
}
