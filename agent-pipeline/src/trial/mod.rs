//! Trying a plan out: what each processor and connector makes of some data, with nothing in front and nothing behind.
//!
//! No receiver, exporter or extension is built. Each component is built alone, gets what the one before it gave, and is
//! stopped, so that those that hold data pass it on. Pipelines are tried in data order, those behind a connector with what
//! the connector gave them.

mod stage;

use std::collections::HashMap;
use std::sync::Arc;

use agent_component::factory::BuiltProcessor;
use agent_component::{BuildContext, BuildError, Host, Kind, Next, StartError};
use agent_config::{ComponentId, Issues, PipelineId};
use agent_otlp::Batch;

use crate::error::GraphError;
use crate::plan::{ConnectorKey, ConnectorPlan, Part, PipelinePlan, Plan, Target};
use stage::Caught;

/// What a trial tells, in the order in which it happens.
#[derive(Debug)]
pub enum Tried<'t> {
    /// A pipeline begins.
    Pipeline {
        /// Its id.
        id: &'t PipelineId,
        /// What it begins with.
        input: &'t [Batch],
    },
    /// A processor or connector was given data.
    Component {
        /// Which of the two.
        kind: Kind,
        /// Its id.
        id: &'t ComponentId,
        /// What went in.
        input: &'t [Batch],
        /// What came out; of a connector with the pipeline that it goes to.
        output: &'t [(Option<PipelineId>, Batch)],
        /// Why data was refused, and what else went wrong, each with the component's place in the document.
        errors: &'t [String],
    },
    /// A pipeline ends: this would go to each of these exporters.
    Exporters {
        /// Their ids, in the order of the document.
        ids: Vec<&'t ComponentId>,
        /// The data.
        output: &'t [Batch],
    },
}

/// Where a trial is told.
type Tell<'t> = dyn FnMut(Tried<'_>) + 't;

impl Plan {
    /// Gives `input` to every pipeline of its signals that takes from a receiver, and tells what comes of it.
    ///
    /// Needs a runtime with timers; processors may spawn tasks on it, which have ended at the return.
    ///
    /// # Errors
    /// The first component that cannot be built or started, with its place in the document.
    pub async fn try_out(
        &self,
        input: &[Batch],
        host: &Arc<Host>,
        tell: &mut Tell<'_>,
    ) -> Result<(), GraphError> {
        let mut trial = Trial { plan: self, host, given: HashMap::new(), waiting: HashMap::new() };
        for pipeline in &self.pipelines {
            let mut data = Vec::new();
            if self.receives(pipeline) {
                data.extend(input.iter().filter(|batch| batch.signal() == pipeline.signal).cloned());
            }
            trial.connectors_before(pipeline, tell).await?;
            data.extend(trial.given.remove(&pipeline.id).into_iter().flatten());
            if !data.is_empty() {
                trial.pipeline(pipeline, data, tell).await?;
            }
        }
        Ok(())
    }

    /// Whether a receiver feeds the pipeline.
    fn receives(&self, pipeline: &PipelinePlan) -> bool {
        let outputs = self.receivers.iter().flat_map(|receiver| &receiver.outputs);
        outputs.flat_map(|(_, pipelines)| pipelines).any(|id| *id == pipeline.id)
    }
}

struct Trial<'t> {
    plan: &'t Plan,
    host: &'t Arc<Host>,
    /// What connectors gave to pipelines.
    given: HashMap<&'t PipelineId, Vec<Batch>>,
    /// What connectors get.
    waiting: HashMap<&'t ConnectorKey, Vec<Batch>>,
}

impl<'t> Trial<'t> {
    /// Runs the connectors in front of a pipeline whose turn it is: everything in front of them has had its own.
    async fn connectors_before(
        &mut self,
        pipeline: &PipelinePlan,
        tell: &mut Tell<'_>,
    ) -> Result<(), GraphError> {
        let plan = self.plan;
        for connector in plan.connectors.iter().filter(|connector| connector.outputs.contains(&pipeline.id)) {
            let input = self.waiting.remove(&connector.key).unwrap_or_default();
            if input.is_empty() {
                continue;
            }
            let (output, errors) = self.connector(connector, &input).await?;
            let id = &connector.key.id;
            tell(Tried::Component {
                kind: Kind::Connector,
                id,
                input: &input,
                output: &output,
                errors: &errors,
            });
            for (to, batch) in output {
                let Some(to) = connector.outputs.iter().find(|id| Some(*id) == to.as_ref()) else { continue };
                self.given.entry(to).or_default().push(batch);
            }
        }
        Ok(())
    }

    async fn connector(&self, connector: &ConnectorPlan, input: &[Batch]) -> Result<Outcome, GraphError> {
        let (part, key) = (&connector.part, &connector.key);
        let caught = Caught::default();
        let outputs = connector.outputs.iter().map(|id| (id.clone(), Next::new(caught.end(Some(id)))));
        let context = self.context(&part.id, None);
        let built = part.builder.build(&context, (key.from, key.to), outputs.collect());
        let holder = built.map_err(failed(part, Kind::Connector))?;
        let errors = stage::run(holder, input).await;
        let errors = errors.map_err(|reason| unstarted(part, Kind::Connector, reason))?;
        Ok((caught.take(), at(part, &errors)))
    }

    async fn pipeline(
        &mut self,
        pipeline: &'t PipelinePlan,
        mut data: Vec<Batch>,
        tell: &mut Tell<'_>,
    ) -> Result<(), GraphError> {
        tell(Tried::Pipeline { id: &pipeline.id, input: &data });
        for part in &pipeline.processors {
            let caught = Caught::default();
            let context = self.context(&part.id, Some(&pipeline.id));
            let built = part.builder.build(&context, Next::new(caught.end(None)));
            let errors = match built.map_err(failed(part, Kind::Processor))? {
                BuiltProcessor::Inline(processor) => stage::process(&*processor, &data, &caught),
                BuiltProcessor::Holding(holder) => {
                    let errors = stage::run(holder, &data).await;
                    errors.map_err(|reason| unstarted(part, Kind::Processor, reason))?
                }
            };
            let (output, errors) = (caught.take(), at(part, &errors));
            let (kind, id) = (Kind::Processor, &part.id);
            tell(Tried::Component { kind, id, input: &data, output: &output, errors: &errors });
            data = output.into_iter().map(|(_, batch)| batch).collect();
        }
        self.end(pipeline, &data, tell);
        Ok(())
    }

    fn end(&mut self, pipeline: &'t PipelinePlan, data: &[Batch], tell: &mut Tell<'_>) {
        let mut ids = Vec::new();
        for target in &pipeline.targets {
            match target {
                Target::Exporter(id) => ids.push(id),
                Target::Connector(key) => self.waiting.entry(key).or_default().extend_from_slice(data),
            }
        }
        if !ids.is_empty() {
            tell(Tried::Exporters { ids, output: data });
        }
    }

    fn context(&self, id: &ComponentId, pipeline: Option<&PipelineId>) -> BuildContext {
        BuildContext { id: id.clone(), pipeline: pipeline.cloned(), host: Arc::clone(self.host) }
    }
}

/// What came out, and what went wrong.
type Outcome = (Vec<(Option<PipelineId>, Batch)>, Vec<String>);

/// Messages with the place of the component.
fn at<B>(part: &Part<B>, messages: &[String]) -> Vec<String> {
    let place = |message: &String| {
        let mut issues = Issues::new();
        part.section.validator(&mut issues).error("", message);
        issues.to_string()
    };
    messages.iter().map(place).collect()
}

fn failed<B>(part: &Part<B>, kind: Kind) -> impl FnOnce(BuildError) -> GraphError {
    let place = Box::new(part.place(kind));
    move |reason| GraphError::Build { place, reason }
}

fn unstarted<B>(part: &Part<B>, kind: Kind, reason: StartError) -> GraphError {
    GraphError::Start { place: Box::new(part.place(kind)), reason }
}
