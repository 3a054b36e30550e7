//! Neighbours that work item by item share a pass, and nobody can tell but by the time it takes.

use std::sync::{Arc, Mutex};

use agent_component::{
    Accepted, BoxFuture, ClientInfo, ConsumeError, ConsumeResult, Consumer, Pass, Processor, Step, Telemetry,
};
use agent_otlp::{Batch, Item, ScopeCtx, Signal, Verdict};
use agent_telemetry::Metrics;

use super::{Chain, Link};
use crate::defects::Defects;
use crate::plan::Node;

/// What a processor does when it meets the body it minds.
#[derive(Clone, Copy)]
enum Does {
    Drop,
    Refuse,
    Panic,
}

struct Minds {
    body: i64,
    does: Does,
    /// Whether it says that it works item by item.
    by_item: bool,
}

impl Processor for Minds {
    fn process(&self, batch: &mut Batch, client: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        Pass::of(vec![self]).run(batch, client)
    }

    fn step(&self) -> Option<&dyn Step> {
        self.by_item.then_some(self)
    }
}

impl Step for Minds {
    fn item<'e>(
        &self,
        _: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        _: Option<&ClientInfo>,
    ) -> Result<Verdict, ConsumeError> {
        let Item::LogRecord(record) = item else { panic!("a log record") };
        match self.does {
            _ if record.body().as_int() != Some(self.body) => Ok(Verdict::Keep),
            Does::Drop => Ok(Verdict::Drop),
            Does::Refuse => Err(ConsumeError::permanent("minded")),
            Does::Panic => panic!("minded"),
        }
    }
}

#[derive(Default)]
struct Sink(Mutex<Vec<usize>>);

impl Consumer for Sink {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.0.lock().unwrap().push(data.batch.items());
        Box::pin(async { Ok(Accepted::default()) })
    }
}

fn logs(bodies: &[i64]) -> Batch {
    let records: Vec<_> = bodies.iter().map(|body| format!(r#"{{"body":{{"intValue":{body}}}}}"#)).collect();
    let json = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, records.join(","));
    Batch::from_json(Signal::Logs, json.as_bytes()).unwrap()
}

/// Items into and out of each processor, what the caller was told, and what arrived.
type Seen = (Vec<(u64, u64)>, Result<(), String>, Vec<usize>);

async fn run(minds: &[(i64, Does)], bodies: &[i64], by_item: bool) -> (Seen, Chain) {
    let (metrics, pipeline) = (Metrics::default(), "logs".parse().unwrap());
    let links: Vec<_> = minds
        .iter()
        .enumerate()
        .map(|(index, &(body, does))| {
            let id = format!("minds/{index}").parse().unwrap();
            Link {
                processor: Arc::new(Minds { body, does, by_item }),
                counts: metrics.processor(&id, Signal::Logs),
                defects: Defects::of(&metrics, &Node::Processor(Clone::clone(&pipeline), id.clone())),
                id,
            }
        })
        .collect();
    let counts: Vec<_> = links.iter().map(|link| link.counts.clone()).collect();
    let sink = Arc::new(Sink::default());
    let chain = Chain::new(links, Arc::clone(&sink) as Arc<dyn Consumer>);
    let told = chain.consume(Telemetry::new(logs(bodies))).await;
    let counts = counts.iter().map(|counts| (counts.incoming.get(), counts.outgoing.get())).collect();
    let arrived = sink.0.lock().unwrap().clone();
    ((counts, told.map(drop).map_err(|error| error.to_string()), arrived), chain)
}

#[tokio::test]
async fn a_shared_pass_counts_and_answers_as_one_pass_each() {
    use Does::{Drop, Panic, Refuse};
    let cases: [&[(i64, Does)]; 7] = [
        &[(2, Drop), (3, Drop)],
        &[(2, Drop), (2, Refuse)],
        &[(9, Drop), (1, Refuse), (3, Drop)],
        &[(1, Drop), (3, Panic), (4, Refuse)],
        &[(1, Panic), (1, Drop)],
        &[(9, Drop), (9, Drop), (2, Drop)],
        &[(1, Refuse), (1, Panic)],
    ];
    for case in cases {
        let ((expected, told, arrived), apart) = run(case, &[1, 2, 3, 4], false).await;
        let ((counts, told_by_pass, arrived_by_pass), shared) = run(case, &[1, 2, 3, 4], true).await;
        assert_eq!((counts, told_by_pass, arrived_by_pass), (expected, told, arrived));
        assert_eq!((apart.passes.len(), shared.passes.len()), (case.len(), 1));
    }
}

#[tokio::test]
async fn a_batch_that_comes_empty_ends_its_way() {
    let ((counts, told, arrived), _) = run(&[(1, Does::Drop), (5, Does::Refuse)], &[1, 1], true).await;
    assert_eq!((counts, told, arrived), (vec![(2, 0), (0, 0)], Ok(()), Vec::new()));
}
