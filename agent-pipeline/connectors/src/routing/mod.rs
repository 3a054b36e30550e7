//! `routing`: hands data to pipelines by conditions (the Collector's `routingconnector`, v0.145.0).
//!
//! Routes are asked in order. What one takes, the next does not see; what none takes goes to the default pipelines. A
//! condition is evaluated once for each thing of its context that is left, and decodes what it looks at; data that
//! matches as a whole moves as it is, and what is parted is cut on the wire. Nothing is held: each pipeline is called at
//! most once for a batch, and the answers are joined.

mod config;
mod request;

#[cfg(test)]
mod tests;

use agent_component::{
    Accepted, BoxFuture, BuildContext, BuildError, ClientInfo, ConnectorComponent, ConsumeError,
    ConsumeResult, Consumer, Holder, Info, Next, Telemetry,
};
use agent_config::{ComponentId, PipelineId, Validator};
use agent_otlp::{Batch, Signal};
pub use agent_ottl::ErrorMode;
use agent_ottl::Failure;

use config::Question;
pub use config::{Config, RouteConfig};

use crate::error_mode::Failures;

/// The `routing` connector of one signal.
#[derive(Debug)]
pub struct Routing {
    id: ComponentId,
    mode: ErrorMode,
    routes: Vec<Route>,
    defaults: Targets,
    outputs: Vec<Next>,
}

/// Places in the list of outputs.
type Targets = Vec<usize>;

#[derive(Debug)]
struct Route {
    question: Question,
    is_copy: bool,
    targets: Targets,
    failures: Failures,
}

impl ConnectorComponent for Routing {
    const INFO: Info = Info::stable("routing");
    const PAIRS: &'static [(Signal, Signal)] =
        &[(Signal::Traces, Signal::Traces), (Signal::Metrics, Signal::Metrics), (Signal::Logs, Signal::Logs)];
    type Config = Config;

    fn check_outputs(
        config: &Config,
        (from, _): (Signal, Signal),
        outputs: &[PipelineId],
        at: &mut Validator<'_>,
    ) {
        config.check_outputs(from, outputs, at);
    }

    fn build(
        config: &Config,
        context: &BuildContext,
        _: (Signal, Signal),
        outputs: Vec<(PipelineId, Next)>,
    ) -> Result<Self, BuildError> {
        let targets = |named: &[PipelineId], at: &str| -> Result<Targets, BuildError> {
            let mut targets = Vec::with_capacity(named.len());
            for id in named {
                let place = outputs.iter().position(|(output, _)| output == id);
                let place =
                    place.ok_or_else(|| BuildError::new(at, format!("pipeline not found: \"{id}\"")))?;
                targets.push(place);
            }
            targets.sort_unstable();
            targets.dedup();
            Ok(targets)
        };
        let mut routes = Vec::with_capacity(config.table.len());
        for (index, route) in config.table.iter().enumerate() {
            if config.table.iter().take(index).any(|before| before.asks_the_same(route)) {
                continue;
            }
            let question = route.question().map_err(|(_, problem)| BuildError::new("table", problem))?;
            let targets = targets(&route.pipelines, "table")?;
            routes.push(Route { question, is_copy: route.is_copy(), targets, failures: Failures::default() });
        }
        let defaults = targets(&config.default_pipelines, "default_pipelines")?;
        let outputs = outputs.into_iter().map(|(_, next)| next).collect();
        Ok(Self { id: context.id.clone(), mode: config.error_mode, routes, defaults, outputs })
    }
}

impl Routing {
    /// What each output gets; nothing for those that get nothing.
    fn split(
        &self,
        mut rest: Batch,
        client: Option<&ClientInfo>,
    ) -> Result<Vec<Option<Batch>>, ConsumeError> {
        let mut parts = vec![None; self.outputs.len()];
        for route in &self.routes {
            if rest.resource_count() == 0 {
                break;
            }
            let matched = self.matched(route, &mut rest, client)?;
            hand(&matched, &route.targets, &mut parts);
        }
        hand(&rest, &self.defaults, &mut parts);
        Ok(parts)
    }

    /// What the route takes or copies of `rest`.
    fn matched(
        &self,
        route: &Route,
        rest: &mut Batch,
        client: Option<&ClientInfo>,
    ) -> Result<Batch, ConsumeError> {
        let empty = Batch::empty(rest.signal());
        let choice = match &route.question {
            Question::Request(condition) if !condition.holds(client) => return Ok(empty),
            Question::Request(_) if route.is_copy => return Ok(rest.clone()),
            Question::Request(_) => return Ok(std::mem::replace(rest, empty)),
            Question::Records(choice) => choice,
        };
        let mut refusal = None;
        let mut on_failure =
            |failure: &Failure<'_>| route.failures.on(self.mode, &self.id, failure, &mut refusal);
        let matched = if route.is_copy {
            choice.copy(rest, &mut on_failure)
        } else {
            choice.take(rest, &mut on_failure)
        };
        matched.map_err(|stopped| refusal.unwrap_or_else(|| ConsumeError::retryable(stopped.to_string())))
    }
}

/// Adds `batch` to the part of every target. Costs reference counts.
fn hand(batch: &Batch, targets: &[usize], parts: &mut [Option<Batch>]) {
    if batch.resource_count() == 0 {
        return;
    }
    for target in targets {
        let Some(part) = parts.get_mut(*target) else { continue };
        match part {
            // Parts of one batch have one signal.
            Some(part) => drop(part.append(batch.clone())),
            None => *part = Some(batch.clone()),
        }
    }
}

impl Consumer for Routing {
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(async move {
            let Telemetry { batch, client, receipt } = data;
            let parts = self.split(batch, client.as_deref())?;
            let mut answer = Ok(Accepted::default());
            for (output, part) in self.outputs.iter().zip(parts) {
                if let Some(batch) = part {
                    let part = Telemetry { batch, client: client.clone(), receipt: receipt.clone() };
                    answer = join(answer, output.consume(part).await);
                }
            }
            if let (Ok(_), Some(receipt)) = (&answer, receipt) {
                receipt.settle();
            }
            answer
        })
    }
}

/// Joins the answers of two pipelines that got parts of a batch.
fn join(before: ConsumeResult, next: ConsumeResult) -> ConsumeResult {
    match (before, next) {
        (Ok(before), Ok(next)) => {
            let rejected = before.rejected + next.rejected;
            Ok(Accepted { rejected, ..before.join(&next) })
        }
        (Err(before), Err(next)) => Err(before.join(&next)),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

impl Holder for Routing {}
