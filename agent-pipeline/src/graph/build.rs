//! Building a plan from the wire back, so that each component is given what comes after it.

use std::collections::HashMap;
use std::sync::Arc;

use agent_component::factory::BuiltProcessor;
use agent_component::{BuildContext, BuildError, FanOut, Holder, Host, Kind, Next, Outputs, Processor};
use agent_config::{ComponentId, PipelineId};

use super::{ExtensionPart, Graph, ReceiverPart, StagePart};
use crate::chain::Chain;
use crate::error::{GraphError, Place};
use crate::plan::{ConnectorKey, ConnectorPlan, Part, PipelinePlan, Plan, Target};

impl Plan {
    /// Builds every component. Nothing is started: no task, no socket, no data.
    ///
    /// # Errors
    /// The first component that cannot be built, with its place in the document.
    pub fn build(&self, host: &Arc<Host>) -> Result<Graph, GraphError> {
        let mut builder =
            Builder { plan: self, host, exits: HashMap::new(), entries: HashMap::new(), stages: Vec::new() };
        builder.exporters()?;
        for pipeline in self.pipelines.iter().rev() {
            builder.connectors_of(pipeline)?;
            builder.pipeline(pipeline)?;
        }
        let receivers = builder.receivers()?;
        let extensions = builder.extensions()?;
        let mut stages = builder.stages;
        stages.reverse();
        Ok(Graph { extensions, receivers, stages })
    }
}

struct Builder<'a> {
    plan: &'a Plan,
    host: &'a Arc<Host>,
    /// What pipelines end in.
    exits: HashMap<Target, Next>,
    /// What pipelines begin with.
    entries: HashMap<PipelineId, Next>,
    /// Holders as they are built: the wire first.
    stages: Vec<StagePart>,
}

impl Builder<'_> {
    fn context(&self, id: &ComponentId, pipeline: Option<&PipelineId>) -> BuildContext {
        BuildContext { id: id.clone(), pipeline: pipeline.cloned(), host: Arc::clone(self.host) }
    }

    fn stage(&mut self, place: Place, holder: Arc<dyn Holder>) -> Next {
        self.stages.push((place, Arc::clone(&holder)));
        Next::new(holder)
    }

    fn exporters(&mut self) -> Result<(), GraphError> {
        for exporter in &self.plan.exporters {
            let part = &exporter.part;
            let context = self.context(&part.id, None);
            let holder =
                part.builder.build(&context, &exporter.signals).map_err(failed(part, Kind::Exporter))?;
            let next = self.stage(part.place(Kind::Exporter), holder);
            self.exits.insert(Target::Exporter(part.id.clone()), next);
        }
        Ok(())
    }

    /// Builds the connectors that `pipeline` ends in; the pipelines behind them stand already.
    fn connectors_of(&mut self, pipeline: &PipelinePlan) -> Result<(), GraphError> {
        let plan = self.plan;
        for target in &pipeline.targets {
            if let Target::Connector(key) = target
                && !self.exits.contains_key(target)
                && let Some(connector) = plan.connectors.iter().find(|connector| connector.key == *key)
            {
                let next = self.connector(key, connector)?;
                self.exits.insert(target.clone(), next);
            }
        }
        Ok(())
    }

    fn connector(&mut self, key: &ConnectorKey, connector: &ConnectorPlan) -> Result<Next, GraphError> {
        let part = &connector.part;
        let outputs = connector.outputs.iter();
        let outputs = outputs.filter_map(|id| Some((id.clone(), self.entries.get(id)?.clone()))).collect();
        let context = self.context(&part.id, None);
        let holder = part
            .builder
            .build(&context, (key.from, key.to), outputs)
            .map_err(failed(part, Kind::Connector))?;
        Ok(self.stage(part.place(Kind::Connector), holder))
    }

    fn pipeline(&mut self, pipeline: &PipelinePlan) -> Result<(), GraphError> {
        let exits = pipeline.targets.iter().filter_map(|target| self.exits.get(target).cloned()).collect();
        let mut next = fan_out(exits);
        // Inline processors in front of `next`, the nearest first.
        let mut inline: Vec<(ComponentId, Arc<dyn Processor>)> = Vec::new();
        for part in pipeline.processors.iter().rev() {
            let context = self.context(&part.id, Some(&pipeline.id));
            let behind = chained(&inline, &next);
            match part.builder.build(&context, behind).map_err(failed(part, Kind::Processor))? {
                BuiltProcessor::Inline(processor) => inline.push((part.id.clone(), processor)),
                BuiltProcessor::Holding(holder) => {
                    inline.clear();
                    next = self.stage(part.place(Kind::Processor), holder);
                }
            }
        }
        self.entries.insert(pipeline.id.clone(), chained(&inline, &next));
        Ok(())
    }

    fn receivers(&self) -> Result<Vec<ReceiverPart>, GraphError> {
        let mut receivers = Vec::new();
        for receiver in &self.plan.receivers {
            let part = &receiver.part;
            let mut outputs = Outputs::default();
            for (signal, pipelines) in &receiver.outputs {
                let entries = pipelines.iter().filter_map(|id| self.entries.get(id).cloned()).collect();
                outputs.set(*signal, fan_out(entries));
            }
            let built =
                part.builder.build(&self.context(&part.id, None)).map_err(failed(part, Kind::Receiver))?;
            receivers.push((part.place(Kind::Receiver), built, outputs));
        }
        Ok(receivers)
    }

    fn extensions(&self) -> Result<Vec<ExtensionPart>, GraphError> {
        let mut extensions = Vec::new();
        for part in &self.plan.extensions {
            let built =
                part.builder.build(&self.context(&part.id, None)).map_err(failed(part, Kind::Extension))?;
            extensions.push((part.place(Kind::Extension), built));
        }
        Ok(extensions)
    }
}

/// One edge to all of `exits`: a fan-out only where there is more than one.
fn fan_out(mut exits: Vec<Next>) -> Next {
    match exits.pop() {
        Some(only) if exits.is_empty() => only,
        last => {
            exits.extend(last);
            Next::new(Arc::new(FanOut::new(exits)))
        }
    }
}

/// `next` behind the inline processors in front of it (the nearest first), or bare.
fn chained(inline: &[(ComponentId, Arc<dyn Processor>)], next: &Next) -> Next {
    if inline.is_empty() {
        return next.clone();
    }
    Next::new(Arc::new(Chain::new(inline.iter().rev().cloned().collect(), next.clone())))
}

fn failed<B>(part: &Part<B>, kind: Kind) -> impl FnOnce(BuildError) -> GraphError {
    let place = Box::new(part.place(kind));
    move |reason| GraphError::Build { place, reason }
}
