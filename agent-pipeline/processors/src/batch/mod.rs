//! `batch`: joins many small requests into fewer large ones (the Collector's `batchprocessor`, v0.145.0).
//!
//! A call returns as soon as the data is held; sending happens on the processor's own task, one batch at a time for
//! each group. A batch that the next component refuses is logged and dropped, as in the Collector: whoever needs to
//! know attaches a receipt, and a sending queue behind it retries.
//!
//! Unlike the Collector's, the timer starts with the first item that waits, not with the last batch: no item waits
//! longer than `timeout` either way, but a burst is not cut in two by a timer that happened to be running.

mod config;
mod counts;
mod group;
mod groups;
mod pending;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use agent_component::factory::Batching;
use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, ConsumeResult, Consumer, Holder, HoldingComponent, Info,
    Life, Next, RunError, Telemetry,
};
use tokio::task::{JoinError, JoinSet};

pub use config::Config;
use counts::Counts;
use group::Rules;
use groups::Groups;
use pending::Limits;

/// The `batch` processor of one pipeline.
#[derive(Debug)]
pub struct Batcher {
    groups: Groups,
    next: Next,
}

impl HoldingComponent for Batcher {
    const INFO: Info = Info::stable("batch");
    type Config = Config;

    fn batching(config: &Config) -> Option<Batching> {
        Some(Batching {
            due: limits(config).due,
            max: count(config.send_batch_max_size),
            timeout: config.timeout.to_std(),
            by_client: !config.metadata_keys.is_empty(),
        })
    }

    fn build(config: &Config, context: &BuildContext, next: Next) -> Result<Self, BuildError> {
        let rules = Rules {
            id: context.id.clone(),
            pipeline: context.pipeline.clone(),
            counts: Counts::new(context),
            limits: limits(config),
            timeout: config.timeout.to_std(),
            slack: std::thread::available_parallelism().map_or(1, usize::from),
        };
        let limit = count(config.metadata_cardinality_limit);
        Ok(Self { groups: Groups::new(rules, &config.metadata_keys, limit), next })
    }
}

impl Consumer for Batcher {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            if data.batch.items() == 0 {
                data.settle();
                return Ok(Accepted::default());
            }
            let group = self.groups.of(data.client.as_deref())?;
            group.add(data).await
        })
    }
}

impl Holder for Batcher {
    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            let mut tasks = JoinSet::new();
            // All: it may be the second time, after a panic, to pass on what is held.
            for group in self.groups.take_all() {
                tasks.spawn(group.run(self.next.clone(), life.clone()));
            }
            loop {
                for group in self.groups.take_fresh() {
                    tasks.spawn(group.run(self.next.clone(), life.clone()));
                }
                tokio::select! {
                    () = life.stop.cancelled() => break,
                    () = life.abort.cancelled() => break,
                    () = self.groups.wait_fresh() => {}
                    Some(ended) = tasks.join_next() => ended.map_err(|error| broken(&error))?,
                }
            }
            self.groups.close();
            for group in self.groups.take_fresh() {
                tasks.spawn(group.run(self.next.clone(), life.clone()));
            }
            while let Some(ended) = tasks.join_next().await {
                ended.map_err(|error| broken(&error))?;
            }
            Ok(())
        })
    }
}

fn broken(error: &JoinError) -> RunError {
    RunError::new(format!("a sending task ended early: {error}"))
}

/// Without a timeout, or without a size, every payload is due.
fn limits(config: &Config) -> Limits {
    let at_once = config.timeout.is_zero() || config.send_batch_size == 0;
    let due = if at_once { 1 } else { count(config.send_batch_size) };
    let max = if config.send_batch_max_size == 0 { usize::MAX } else { count(config.send_batch_max_size) };
    Limits { due, max }
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
