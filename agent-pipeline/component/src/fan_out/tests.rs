//! Who gets the data, and how answers and receipts are joined.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_otlp::{Batch, Signal};

use super::*;
use crate::{ConsumeError, ErrorKind, Receipt};

/// Answers as told and keeps what it was given.
struct Output {
    answer: ConsumeResult,
    kept: Mutex<Vec<Telemetry>>,
}

impl Consumer for Output {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.kept.lock().unwrap().push(data);
        let answer = self.answer.clone();
        Box::pin(async move { answer })
    }
}

fn output(answer: ConsumeResult) -> Arc<Output> {
    Arc::new(Output { answer, kept: Mutex::new(Vec::new()) })
}

fn fan_out(outputs: &[Arc<Output>]) -> FanOut {
    FanOut::new(outputs.iter().map(|output| Next::new(output.clone())))
}

fn data() -> Telemetry {
    Telemetry::new(Batch::empty(Signal::Logs))
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where a consumer's answer stands")]
fn accepted(rejected: u64, message: &str) -> ConsumeResult {
    Ok(Accepted { rejected, message: message.to_owned() })
}

#[tokio::test]
async fn every_output_gets_the_data() {
    let outputs =
        [output(Ok(Accepted::default())), output(Ok(Accepted::default())), output(Ok(Accepted::default()))];
    fan_out(&outputs).consume(data()).await.unwrap();
    assert!(outputs.iter().all(|output| output.kept.lock().unwrap().len() == 1));
}

#[tokio::test]
async fn a_refusal_does_not_keep_later_outputs_from_the_data() {
    let outputs = [output(Err(ConsumeError::permanent("no"))), output(Ok(Accepted::default()))];
    let error = fan_out(&outputs).consume(data()).await.unwrap_err();
    assert!(error.is_permanent());
    assert_eq!(outputs[1].kept.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn refusals_are_joined() {
    let busy = ConsumeError::retryable("busy").retry_after(Duration::from_secs(3));
    let outputs = [output(Err(busy)), output(Err(ConsumeError::retryable("full")))];
    let error = fan_out(&outputs).consume(data()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Retryable { after: Some(Duration::from_secs(3)) });
    assert_eq!(error.message, "busy; full");
}

#[tokio::test]
async fn partial_successes_are_joined() {
    let outputs = [output(accepted(2, "two")), output(accepted(5, "five"))];
    let joined = fan_out(&outputs).consume(data()).await.unwrap();
    assert_eq!(joined, Accepted { rejected: 5, message: "two; five".to_owned() });
}

#[tokio::test]
async fn the_receipt_waits_for_every_output() {
    let outputs = [output(Ok(Accepted::default())), output(Ok(Accepted::default()))];
    let (receipt, delivered) = Receipt::new();
    let waiting = Telemetry { receipt: Some(receipt), ..data() };
    fan_out(&outputs).consume(waiting).await.unwrap();
    outputs[0].kept.lock().unwrap().drain(..).for_each(Telemetry::settle);
    outputs[1].kept.lock().unwrap().clear();
    delivered.wait().await.unwrap_err();
}

#[tokio::test]
async fn without_outputs_data_counts_as_delivered() {
    let (receipt, delivered) = Receipt::new();
    FanOut::new([]).consume(Telemetry { receipt: Some(receipt), ..data() }).await.unwrap();
    delivered.wait().await.unwrap();
}
