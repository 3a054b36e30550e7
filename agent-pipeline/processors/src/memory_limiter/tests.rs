//! `memory_limiter`: its sections, when it refuses, and how long its lines hold.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use agent_component::{Accepted, ErrorKind, Host, Lines};

use super::*;
use crate::testing::{check_sections, context, decode, logs};

const MIB: u64 = 1 << 20;

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("memory_limiter");
}

/// What comes after the limiter.
#[derive(Default)]
struct Behind {
    items: Mutex<usize>,
}

impl Consumer for Behind {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        *self.items.lock().unwrap() += data.batch.items();
        Box::pin(async { Ok(Accepted::default()) })
    }
}

/// A process whose use of memory the test sets.
struct Process {
    context: BuildContext,
    used: Arc<AtomicU64>,
    behind: Arc<Behind>,
}

impl Process {
    fn new() -> Self {
        let used = Arc::new(AtomicU64::new(10 * MIB));
        let seen = Arc::clone(&used);
        let memory = Memory::measured_by(move || Some(seen.load(Ordering::Relaxed)));
        let context = context("logs");
        let host = Host { memory, ..Host::clone(&context.host) };
        Self { context: BuildContext { host: Arc::new(host), ..context }, used, behind: Arc::default() }
    }

    fn limiter(&self, yaml: &str) -> Arc<MemoryLimiter> {
        let next = Next::new(Arc::<Behind>::clone(&self.behind));
        Arc::new(MemoryLimiter::build(&decode(yaml).unwrap(), &self.context, next).unwrap())
    }

    fn lines(&self) -> Option<Lines> {
        self.context.host.memory.lines()
    }

    /// The use of memory changes, and somebody looks.
    fn use_mib(&self, mib: u64) {
        self.used.store(mib * MIB, Ordering::Relaxed);
        self.context.host.memory.pressure();
    }
}

const LIMIT: &str = "{check_interval: 1s, limit_mib: 100, spike_limit_mib: 40}";

#[tokio::test]
async fn over_the_soft_line_data_is_refused_with_a_delay_and_counted() {
    let process = Process::new();
    let limiter = process.limiter(LIMIT);
    limiter.start().await.unwrap();
    process.use_mib(59);
    limiter.consume(Telemetry::new(logs(0, 3))).await.unwrap();
    process.use_mib(60);
    let refusal = limiter.consume(Telemetry::new(logs(0, 5))).await.unwrap_err();
    assert_eq!(refusal.to_string(), "it: data refused due to high memory usage");
    assert!(matches!(refusal.kind, ErrorKind::Retryable { after: Some(_) }), "{:?}", refusal.kind);
    process.use_mib(20);
    limiter.consume(Telemetry::new(logs(0, 2))).await.unwrap();
    assert_eq!(*process.behind.items.lock().unwrap(), 5);
    let counts = process.context.host.shared.of::<Metrics>().limiter(&limiter.id, Signal::Logs);
    assert_eq!((counts.accepted.get(), counts.refused.get()), (5, 5));
}

#[tokio::test]
async fn its_lines_hold_from_start_to_end() {
    let process = Process::new();
    let limiter = process.limiter(LIMIT);
    assert_eq!(process.lines(), None, "what was only built may never run");
    limiter.start().await.unwrap();
    assert_eq!(process.lines(), Some(Lines { soft: 60 * MIB, hard: 100 * MIB }));
    let life = Life::default();
    life.stop.cancel();
    Arc::clone(&limiter).run(life).await.unwrap();
    assert_eq!(process.lines(), None);
}

#[tokio::test]
async fn a_changed_limit_holds_from_its_start_while_the_old_one_drains() {
    let process = Process::new();
    let old = process.limiter(LIMIT);
    old.start().await.unwrap();
    process.use_mib(80);
    assert!(old.consume(Telemetry::new(logs(0, 1))).await.is_err());
    let new = process.limiter("{check_interval: 1s, limit_mib: 200}");
    new.start().await.unwrap();
    for limiter in [&old, &new] {
        limiter.consume(Telemetry::new(logs(0, 1))).await.unwrap();
    }
    drop(old);
    assert_eq!(process.lines(), Some(Lines { soft: 160 * MIB, hard: 200 * MIB }));
}

#[tokio::test]
async fn receivers_refuse_at_its_line_before_they_read() {
    let process = Process::new();
    let limiter = process.limiter(LIMIT);
    limiter.start().await.unwrap();
    process.use_mib(70);
    assert!(process.context.host.memory.admit(1).is_err());
    drop(limiter);
    assert!(process.context.host.memory.admit(1).is_ok());
}
