//! What was taken and what was refused is counted by item, for each protocol and signal.

use agent_component::ConsumeError;
use agent_otlp::Signal;
use agent_telemetry::Metrics;

use super::harness::{BOTH, Pipeline, context, logs_protobuf, outputs, run_in};

#[tokio::test]
async fn items_are_counted_by_what_came_of_them_over_replacements() {
    let context = context();
    let counts = context.host.shared.of::<Metrics>().receiver(&context.id, "http", Signal::Logs);
    for round in 1..=2 {
        let pipeline = Pipeline::new();
        let outputs = outputs(&pipeline, &Signal::ALL);
        let receiver = run_in(&context, BOTH, pipeline, outputs).await;
        assert_eq!(receiver.post_protobuf("/v1/logs", &logs_protobuf(5)).await.status, 200);
        receiver.pipeline.refuse(ConsumeError::retryable("busy"));
        assert_eq!(receiver.post_protobuf("/v1/logs", &logs_protobuf(3)).await.status, 503);
        assert_eq!(receiver.post_protobuf("/v1/logs", b"\xff").await.status, 400);
        assert_eq!((counts.accepted.get(), counts.refused.get()), (5 * round, 3 * round));
    }
}
