//! `forward`, built through its row of the table.

use std::sync::Arc;

use agent_component::ConsumeError;
use agent_otlp::Batch;

use super::*;
use crate::testing::{Pipeline, build};

fn forward(pipelines: &[Arc<Pipeline>]) -> Arc<dyn Holder> {
    let named: Vec<_> = ["logs/a", "logs/b"].into_iter().zip(pipelines.iter().cloned()).collect();
    build("forward", "", (Signal::Logs, Signal::Logs), &named)
}

fn data() -> Telemetry {
    Telemetry::new(Batch::empty(Signal::Logs))
}

#[tokio::test]
async fn every_receiving_pipeline_gets_the_data() {
    let pipelines = [Arc::new(Pipeline::default()), Arc::new(Pipeline::default())];
    forward(&pipelines).consume(data()).await.unwrap();
    assert!(pipelines.iter().all(|pipeline| pipeline.got.lock().unwrap().len() == 1));
}

#[tokio::test]
async fn a_refusal_travels_back() {
    let refusal = Some(ConsumeError::permanent("no"));
    let pipelines = [Arc::new(Pipeline { refusal, ..Pipeline::default() }), Arc::new(Pipeline::default())];
    assert!(forward(&pipelines).consume(data()).await.unwrap_err().is_permanent());
}

#[test]
fn it_joins_only_pipelines_of_one_signal() {
    assert!(Forward::PAIRS.iter().all(|(from, to)| from == to));
    assert_eq!(Forward::PAIRS.len(), Signal::ALL.len());
}
