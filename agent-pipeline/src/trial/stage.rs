//! One component of a trial: given data, stopped, and what it passed on.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use agent_component::{
    Accepted, BoxFuture, ConsumeResult, Consumer, Holder, Life, Processor, StartError, Telemetry,
};
use agent_config::PipelineId;
use agent_otlp::Batch;
use tokio::task::JoinSet;

/// How long a component may take over what it was given.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came out, in order, with the pipeline that it would go to where there are several.
type Output = Vec<(Option<PipelineId>, Batch)>;

/// Catches what a component passes on.
#[derive(Clone, Default)]
pub(super) struct Caught(Arc<Mutex<Output>>);

impl Caught {
    /// One end to catch at.
    pub(super) fn end(&self, pipeline: Option<&PipelineId>) -> Arc<dyn Consumer> {
        Arc::new(End { pipeline: pipeline.cloned(), caught: self.clone() })
    }

    /// All that was caught.
    pub(super) fn take(&self) -> Output {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, pipeline: Option<PipelineId>, batch: Batch) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((pipeline, batch));
    }
}

struct End {
    pipeline: Option<PipelineId>,
    caught: Caught,
}

impl Consumer for End {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        self.caught.add(self.pipeline.clone(), data.batch.clone());
        data.settle();
        Box::pin(async { Ok(Accepted::default()) })
    }
}

/// Gives data to an inline processor. What it empties ends there, as in a pipeline.
pub(super) fn process(processor: &dyn Processor, input: &[Batch], caught: &Caught) -> Vec<String> {
    let mut errors = Vec::new();
    for batch in input {
        let mut batch = batch.clone();
        match processor.process(&mut batch, None) {
            Err(error) => errors.push(format!("refused: {error}")),
            Ok(()) if batch.resource_count() > 0 => caught.add(None, batch),
            Ok(()) => {}
        }
    }
    errors
}

/// Starts a component, gives it data, and stops it so that it passes on what it holds.
///
/// # Errors
/// It could not start.
pub(super) async fn run(holder: Arc<dyn Holder>, input: &[Batch]) -> Result<Vec<String>, StartError> {
    holder.start().await?;
    let (life, mut task, mut errors) = (Life::default(), JoinSet::new(), Vec::new());
    task.spawn(Arc::clone(&holder).run(life.clone()));
    let work = async {
        for batch in input {
            if let Err(error) = holder.consume(Telemetry::new(batch.clone())).await {
                errors.push(format!("refused: {error}"));
            }
        }
        life.stop.cancel();
        task.join_next().await
    };
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(Some(Ok(Ok(()))) | None) => {}
        Ok(Some(Ok(Err(error)))) => errors.push(error.to_string()),
        Ok(Some(Err(error))) => errors.push(format!("ended early: {error}")),
        Err(_) => errors.push(format!("did not pass on what it holds within {} s", PATIENCE.as_secs())),
    }
    life.abort.cancel();
    Ok(errors)
}
