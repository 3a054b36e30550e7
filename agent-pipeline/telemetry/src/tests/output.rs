//! Writers that are slow, full, gone; many threads; the end.

use std::io::{self, ErrorKind, Write};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tracing::Level;

use super::Capture;
use crate::{JsonLog, LogHandle};

fn log(writer: impl Write + Send + 'static) -> (tracing::Dispatch, LogHandle) {
    let (log, handle) = JsonLog::new(Level::INFO, Box::new(writer)).unwrap();
    handle.set_sampling(None);
    (tracing::Dispatch::new(log), handle)
}

#[test]
fn lines_of_many_threads_never_mix_and_none_is_missing() {
    let capture = Capture::default();
    let (dispatch, handle) = log(capture.clone());
    std::thread::scope(|scope| {
        for thread in 0..8_u64 {
            let dispatch = &dispatch;
            scope.spawn(move || {
                tracing::dispatcher::with_default(dispatch, || {
                    (0..500_u64).for_each(|n| tracing::info!(thread, n, "line of a thread"));
                });
            });
        }
    });
    assert!(handle.flush());
    let mut next = [0; 8];
    for line in capture.lines() {
        let thread = usize::try_from(line["thread"].as_u64().unwrap()).unwrap();
        assert_eq!(line["n"].as_u64().unwrap(), next[thread], "in the order of its thread");
        next[thread] += 1;
    }
    assert_eq!(next, [500; 8]);
}

#[test]
fn dropping_the_last_handle_writes_everything() {
    let capture = Capture::default();
    let (dispatch, handle) = log(capture.clone());
    tracing::dispatcher::with_default(&dispatch, || (0..1_000).for_each(|n| tracing::info!(n, "m")));
    drop(handle.clone());
    drop(handle);
    assert_eq!(capture.lines().len(), 1_000);
}

/// Takes what its script says, then everything.
struct Scripted {
    script: Vec<io::Result<usize>>,
    capture: Capture,
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.script.is_empty() {
            return self.capture.write(bytes);
        }
        let taken = self.script.remove(0)?.min(bytes.len());
        self.capture.write(&bytes[..taken])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn scripted(script: Vec<io::Result<usize>>) -> (Capture, tracing::Dispatch, LogHandle) {
    let capture = Capture::default();
    let (dispatch, handle) = log(Scripted { script, capture: capture.clone() });
    (capture, dispatch, handle)
}

#[test]
fn short_writes_interruptions_and_a_full_pipe_lose_nothing() {
    let script =
        vec![Ok(1), Err(ErrorKind::Interrupted.into()), Ok(7), Err(ErrorKind::WouldBlock.into()), Ok(3)];
    let (capture, dispatch, handle) = scripted(script);
    tracing::dispatcher::with_default(&dispatch, || tracing::info!(a = 1, "m"));
    assert!(handle.flush());
    assert_eq!(capture.lines().len(), 1);
    assert_eq!(capture.lines()[0]["a"], 1);
}

#[test]
fn a_write_error_costs_the_line_it_hit_and_is_reported_afterwards() {
    let (capture, dispatch, handle) = scripted(vec![Ok(20), Err(ErrorKind::StorageFull.into())]);
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info!("first");
        assert!(handle.flush());
        tracing::info!("second");
        assert!(handle.flush());
    });
    assert!(handle.flush());
    let text = capture.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0].len(), 20, "the torn line stands alone");
    assert!(lines[1].contains("second"));
    assert!(lines[2].ends_with("\"msg\":\"log lines were lost\",\"lost\":1}"), "{}", lines[2]);
}

#[test]
fn a_reader_that_is_gone_ends_nothing() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(ErrorKind::BrokenPipe.into())
        }
    }
    let (dispatch, handle) = log(Gone);
    tracing::dispatcher::with_default(&dispatch, || (0..10).for_each(|_| tracing::error!("m")));
    assert!(handle.flush());
}

/// Waits for leave before every write.
struct Gate {
    entered: mpsc::Sender<()>,
    leave: mpsc::Receiver<()>,
    capture: Capture,
}

impl Write for Gate {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.entered.send(()).ok();
        self.leave.recv().ok();
        self.capture.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_stuck_writer_stalls_nobody_and_costs_bounded_memory() {
    let (entered, has_entered) = mpsc::channel();
    let (go, leave) = mpsc::channel();
    let capture = Capture::default();
    let (dispatch, handle) = log(Gate { entered, leave, capture: capture.clone() });
    let kilobyte = "x".repeat(1_000);
    let sent = 3_000;
    tracing::dispatcher::with_default(&dispatch, || {
        tracing::info!("first");
        has_entered.recv().unwrap();
        (0..sent).for_each(|_| tracing::info!(kilobyte, "m"));
    });
    drop(go);
    assert!(handle.flush());
    assert!(handle.flush(), "the report of the loss came after the first flush began");
    let lines = capture.lines();
    let arrived = lines.iter().filter(|line| line["msg"] == "m").count();
    let lost: u64 = lines.iter().filter_map(|line| line["lost"].as_u64()).sum();
    assert!((900..1_048).contains(&arrived), "about a megabyte: {arrived}");
    assert_eq!(arrived as u64 + lost, sent);
}

/// Counts bytes.
struct Count(Arc<Mutex<usize>>);
impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        *self.0.lock().unwrap() += bytes.len();
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn logging_is_quick() {
    let count = Arc::new(Mutex::new(0));
    let (dispatch, handle) = log(Count(Arc::clone(&count)));
    let began = Instant::now();
    tracing::dispatcher::with_default(&dispatch, || {
        for n in 0..20_000 {
            tracing::info!(n, component = "otlp/a", text = "some words", "an ordinary line");
        }
    });
    assert!(handle.flush());
    let each = began.elapsed() / 20_000;
    println!("{each:?} a line");
    assert!(*count.lock().unwrap() > 0);
    assert!(each < Duration::from_micros(200), "{each:?} a line");
}
