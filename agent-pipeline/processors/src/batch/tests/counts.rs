//! Batches are counted by what made them leave, and what is lost by why.

use agent_telemetry::Metrics;
use agent_telemetry::metrics::ComponentKind;

use super::*;

#[tokio::test(start_paused = true)]
async fn each_batch_and_each_lost_item_is_counted_once() {
    let batch = Running::start("send_batch_size: 3\ntimeout: 200ms");
    let Running { context, .. } = &batch;
    let metrics = context.host.shared.of::<Metrics>();
    let counts = metrics.batch(&context.id);
    let pipeline = context.pipeline.as_ref();
    let signal = agent_otlp::Signal::Logs;
    let refused =
        metrics.dropped(ComponentKind::Processor, &context.id, pipeline, signal, "refused_downstream");
    batch.send(0, 3).await;
    batch.out().await;
    assert_eq!((counts.by_size.get(), counts.by_timeout.get()), (1, 0));
    batch.send(3, 2).await;
    batch.pass(250).await;
    assert_eq!((counts.by_size.get(), counts.by_timeout.get()), (1, 1));
    batch.wire.answers.lock().unwrap().push(ConsumeError::retryable("full"));
    batch.send(5, 4).await;
    batch.out().await;
    assert_eq!((counts.by_size.get(), refused.get()), (2, 4));
    batch.stop().await;
}
