//! `groupbytrace` under a paused clock, with a wire that can be held shut.

use agent_component::Delivered;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::*;
use crate::testing::{check_recorded, check_sections, context, decode};

#[test]
fn sections_are_checked_with_their_place() {
    check_sections::<Config>("groupbytrace");
}

#[test]
fn recorded_cases_come_out_as_the_collectors() {
    check_recorded("groupbytrace");
}

/// What comes after: keeps what it gets, once it is let through.
struct Wire {
    seen: Mutex<Vec<Telemetry>>,
    gate: Semaphore,
}

impl Consumer for Wire {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            self.gate.acquire().await.unwrap().forget();
            self.seen.lock().unwrap().push(data);
            Ok(Accepted::default())
        })
    }
}

struct Running {
    processor: Arc<GroupByTrace>,
    wire: Arc<Wire>,
    life: Life,
    tasks: JoinSet<Result<(), RunError>>,
}

/// A payload of spans, each in the trace of its first digit and with its number as name.
fn spans(numbers: &[u32]) -> Batch {
    let span = |number: &u32| {
        let trace = number / 10;
        format!(r#"{{"traceId":"{trace:032x}","spanId":"{number:016x}","name":"{number}"}}"#)
    };
    let spans: Vec<_> = numbers.iter().map(span).collect();
    let json = format!(
        r#"{{"resourceSpans":[{{"schemaUrl":"u","resource":{{"attributes":[{{"key":"r","value":{{"intValue":1}}}}]}},"scopeSpans":[{{"scope":{{"name":"s"}},"spans":[{}]}}]}}]}}"#,
        spans.join(",")
    );
    Batch::from_json(Signal::Traces, json.as_bytes()).unwrap()
}

impl Running {
    fn start(yaml: &str, permits: usize) -> Self {
        let wire = Arc::new(Wire { seen: Mutex::default(), gate: Semaphore::new(permits) });
        let next = Next::new(wire.clone());
        let processor = GroupByTrace::build(&decode(yaml).unwrap(), &context("traces"), next).unwrap();
        let (processor, life) = (Arc::new(processor), Life::default());
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&processor).run(life.clone()));
        Self { processor, wire, life, tasks }
    }

    async fn send(&self, numbers: &[u32]) {
        self.processor.consume(Telemetry::new(spans(numbers))).await.unwrap();
    }

    async fn wait_on(&self, numbers: &[u32]) -> Delivered {
        let (receipt, delivered) = Receipt::new();
        let data = Telemetry { receipt: Some(receipt), ..Telemetry::new(spans(numbers)) };
        self.processor.consume(data).await.unwrap();
        delivered
    }

    /// Lets time pass. The clock is paused: it moves only when every task waits.
    async fn pass(&self, milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    /// The spans of each payload that came out.
    fn out(&self) -> Vec<Vec<u32>> {
        let names = |data: Telemetry| {
            let mut names = Vec::new();
            for entry in data.batch.resources() {
                assert_eq!((entry.schema_url(), entry.resource().attributes().len()), ("u", 1));
                for scope in entry.scopes() {
                    assert_eq!(scope.scope().name(), "s");
                    names.extend(scope.spans().map(|span| span.name().parse::<u32>().unwrap()));
                }
            }
            data.settle();
            names
        };
        self.wire.seen.lock().unwrap().drain(..).map(names).collect()
    }

    async fn stop(&mut self) {
        self.life.stop.cancel();
        self.tasks.join_next().await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_trace_leaves_whole_when_its_time_is_over() {
    let running = Running::start("wait_duration: 100ms", Semaphore::MAX_PERMITS);
    running.send(&[11, 21, 12]).await;
    running.pass(60).await;
    running.send(&[22, 31, 13]).await;
    assert!(running.out().is_empty());
    running.pass(41).await;
    assert_eq!(running.out(), [vec![11, 12, 13], vec![21, 22]]);
    running.send(&[14]).await;
    running.pass(60).await;
    assert_eq!(running.out(), [vec![31]]);
    running.pass(50).await;
    assert_eq!(running.out(), [vec![14]]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_passes_everything_on_and_nothing_is_taken_after_it() {
    let mut running = Running::start("wait_duration: 1h", Semaphore::MAX_PERMITS);
    running.send(&[11, 21]).await;
    running.stop().await;
    assert_eq!(running.out(), [vec![11], vec![21]]);
    let error = running.processor.consume(Telemetry::new(spans(&[1]))).await.unwrap_err();
    assert!(!error.is_permanent());
}

#[tokio::test(start_paused = true)]
async fn a_successor_waits_for_the_rest() {
    let mut old = Running::start("wait_duration: 1h", Semaphore::MAX_PERMITS);
    let mut new = Running::start("wait_duration: 2h", Semaphore::MAX_PERMITS);
    old.send(&[11]).await;
    old.processor.hand_over(Next::new(new.processor.clone()));
    new.send(&[12]).await;
    old.stop().await;
    new.stop().await;
    assert_eq!((old.out(), new.out()), (vec![], vec![vec![12, 11]]));
}

#[tokio::test(start_paused = true)]
async fn the_oldest_trace_makes_room() {
    let running = Running::start("{wait_duration: 100ms, num_traces: 2}", Semaphore::MAX_PERMITS);
    let evicted = running.wait_on(&[11, 21]).await;
    running.send(&[12, 31]).await;
    running.pass(101).await;
    assert_eq!(running.out(), [vec![21], vec![31]]);
    evicted.wait().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn callers_learn_when_all_their_traces_are_delivered() {
    let running = Running::start("wait_duration: 100ms", 1);
    let delivered = running.wait_on(&[11, 21]).await;
    let wait = delivered.wait();
    tokio::pin!(wait);
    running.pass(200).await;
    assert_eq!(running.out().len(), 1);
    tokio::time::timeout(Duration::from_secs(1), &mut wait).await.unwrap_err();
    running.wire.gate.add_permits(1);
    running.pass(1).await;
    assert_eq!(running.out().len(), 1);
    wait.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn callers_wait_while_too_much_is_due() {
    let running = Running::start("wait_duration: 1ms", 0);
    let many: Vec<u32> = (0..200).map(|number| number * 10).collect();
    running.send(&many).await;
    running.pass(10).await;
    let late = running.send(&[1]);
    tokio::pin!(late);
    tokio::time::timeout(Duration::from_secs(1), &mut late).await.unwrap_err();
    running.wire.gate.add_permits(150);
    late.await;
}

#[tokio::test(start_paused = true)]
async fn what_an_abort_leaves_behind_was_not_delivered() {
    let mut running = Running::start("wait_duration: 1h", 0);
    let delivered = running.wait_on(&[11]).await;
    running.life.abort.cancel();
    running.stop().await;
    delivered.wait().await.unwrap_err();
}
