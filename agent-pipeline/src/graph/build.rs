//! Building a plan from the wire back, so that each component is given what comes after it.
//!
//! Beside a running graph, a component that is the same there is taken over instead of built; its edges are noted, to be
//! switched once everything new has started. Chains and fan-outs between components are always made anew: they hold
//! nothing and cost nothing.

use std::collections::HashMap;
use std::sync::Arc;

use agent_component::factory::BuiltProcessor;
use agent_component::{
    BuildContext, BuildError, Consumer, FanOut, Holder, Host, Kind, Next, Outputs, Processor, caught_call,
};
use agent_config::{ComponentId, PipelineId};
use agent_otlp::Signal;
use agent_telemetry::Metrics;
use agent_telemetry::metrics::ProcessorCounts;

use super::door::Door;
use super::{Graph, Origin, Part, ReceiverPart, Running, Stage};
use crate::chain::{Chain, Link};
use crate::counting::counting;
use crate::defects::Defects;
use crate::error::{GraphError, Place};
use crate::plan::{ConnectorPlan, Node, PipelinePlan, Plan, ReceiverPlan, Target};

impl Plan {
    /// Builds every component. Nothing is started: no task, no socket, no data.
    ///
    /// # Errors
    /// The first component that cannot be built, with its place in the document.
    pub fn build(&self, host: &Arc<Host>) -> Result<Graph, GraphError> {
        caught_call(|| self.build_beside(None, None, host)).map_err(GraphError::Panic)?
    }

    /// Builds what `running` does not have, has with other settings, or has and is to be made `anew`.
    pub(super) fn build_beside(
        &self,
        running: Option<&Running>,
        anew: Option<&Node>,
        host: &Arc<Host>,
    ) -> Result<Graph, GraphError> {
        let mut builder = Builder::new(self, running, anew, host);
        builder.exporters()?;
        for pipeline in self.pipelines.iter().rev() {
            builder.connectors_of(pipeline)?;
            builder.pipeline(pipeline)?;
        }
        builder.receivers()?;
        builder.extensions()?;
        builder.graph.stages.reverse();
        Ok(builder.graph)
    }
}

struct Builder<'a> {
    plan: &'a Plan,
    running: Option<&'a Running>,
    anew: Option<&'a Node>,
    host: &'a Arc<Host>,
    metrics: Arc<Metrics>,
    /// What pipelines end in.
    exits: HashMap<Target, Arc<dyn Consumer>>,
    /// What pipelines begin with.
    entries: HashMap<PipelineId, Arc<dyn Consumer>>,
    /// Stages as they are built: the wire first.
    graph: Graph,
}

impl<'a> Builder<'a> {
    fn new(
        plan: &'a Plan,
        running: Option<&'a Running>,
        anew: Option<&'a Node>,
        host: &'a Arc<Host>,
    ) -> Self {
        let graph = Graph {
            origin: Origin { plan: plan.clone(), host: Arc::clone(host) },
            layout: plan.layout(),
            extensions: Vec::new(),
            receivers: Vec::new(),
            stages: Vec::new(),
            inline: HashMap::new(),
            switches: Vec::new(),
        };
        let metrics = host.shared.of::<Metrics>();
        let (exits, entries) = (HashMap::new(), HashMap::new());
        Self { plan, running, anew, host, metrics, exits, entries, graph }
    }

    /// The running graph, if `node` is the same there.
    fn keeper_of(&self, node: &Node) -> Option<&'a Running> {
        let running = self.running.filter(|_| self.anew != Some(node))?;
        self.graph.layout.shares(node, running.layout()).then_some(running)
    }

    fn context(&self, id: &ComponentId, pipeline: Option<&PipelineId>) -> BuildContext {
        BuildContext { id: id.clone(), pipeline: pipeline.cloned(), host: Arc::clone(self.host) }
    }

    /// Places a stage and gives what leads to it.
    fn stage(&mut self, node: Node, place: Place, kept: bool, stage: Stage) -> Arc<dyn Consumer> {
        let consumer: Arc<dyn Consumer> = Arc::<Door>::clone(&stage.door);
        self.graph.stages.push(self.part(node, place, kept, stage));
        consumer
    }

    fn part<T>(&self, node: Node, place: Place, kept: bool, it: T) -> Part<T> {
        Part { defects: Defects::of(&self.metrics, &node), node, place, kept, it }
    }

    fn new_stage(
        &mut self,
        node: Node,
        place: Place,
        holder: Arc<dyn Holder>,
        outputs: Vec<Next>,
    ) -> Arc<dyn Consumer> {
        let door = Door::new(Arc::clone(&holder), Defects::of(&self.metrics, &node));
        self.stage(node, place, false, Stage { holder, outputs, door: Arc::new(door) })
    }

    /// Takes over a running stage, whose edges lead to `outputs` from the swap on.
    fn kept_stage(
        &mut self,
        node: &Node,
        place: Place,
        outputs: Vec<Arc<dyn Consumer>>,
    ) -> Option<Arc<dyn Consumer>> {
        let stage = self.keeper_of(node)?.stage(node)?;
        let switches = stage.outputs.iter().cloned().zip(outputs.into_iter().map(Some));
        self.graph.switches.extend(switches);
        Some(self.stage(node.clone(), place, true, stage))
    }

    fn exporters(&mut self) -> Result<(), GraphError> {
        for exporter in &self.plan.exporters {
            let part = &exporter.part;
            let (node, place) = (Node::Exporter(part.id.clone()), part.place(Kind::Exporter));
            let exit = if let Some(kept) = self.kept_stage(&node, place.clone(), Vec::new()) {
                kept
            } else {
                let built =
                    part.builder.build(&self.context(&part.id, None), &exporter.signals, &exporter.folded);
                let holder = built.map_err(failed(&place))?;
                self.new_stage(node, place, holder, Vec::new())
            };
            self.exits.insert(Target::Exporter(part.id.clone()), exit);
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
                let exit = self.connector(connector)?;
                self.exits.insert(target.clone(), exit);
            }
        }
        Ok(())
    }

    fn connector(&mut self, connector: &ConnectorPlan) -> Result<Arc<dyn Consumer>, GraphError> {
        let (part, key) = (&connector.part, &connector.key);
        let (node, place) = (Node::Connector(key.clone()), part.place(Kind::Connector));
        let entries = connector.outputs.iter().filter_map(|id| Some((id, self.entries.get(id)?)));
        let (ids, entries): (Vec<_>, Vec<_>) =
            entries.map(|(id, entry)| (id.clone(), Arc::clone(entry))).unzip();
        if let Some(kept) = self.kept_stage(&node, place.clone(), entries.clone()) {
            return Ok(kept);
        }
        let outputs: Vec<Next> = entries.into_iter().map(Next::new).collect();
        let context = self.context(&part.id, None);
        let named = ids.into_iter().zip(outputs.iter().cloned()).collect();
        let holder = part.builder.build(&context, (key.from, key.to), named).map_err(failed(&place))?;
        Ok(self.new_stage(node, place, holder, outputs))
    }

    fn pipeline(&mut self, pipeline: &PipelinePlan) -> Result<(), GraphError> {
        let exits = pipeline.targets.iter().filter_map(|target| self.exits.get(target).cloned());
        let mut run = Run::before(fan_out(exits.collect()));
        let mut folded = pipeline.folded;
        for part in pipeline.processors.iter().rev() {
            let node = Node::Processor(pipeline.id.clone(), part.id.clone());
            let place = part.place(Kind::Processor);
            let counts = self.metrics.processor(&part.id, pipeline.signal);
            if std::mem::take(&mut folded) {
                // The exporters do its work, and what comes in goes out at once.
                run = Run::before(counting(counts.incoming, counting(counts.outgoing, run.entry())));
                continue;
            }
            if let Some(keeper) = self.keeper_of(&node) {
                if let Some(processor) = keeper.inline(&node) {
                    self.inline(node, processor, counts, &mut run);
                } else if let Some(kept) =
                    self.kept_stage(&node, place, vec![counting(counts.outgoing, run.entry())])
                {
                    run = Run::before(counting(counts.incoming, kept));
                }
                continue;
            }
            let next = Next::new(counting(counts.outgoing.clone(), run.entry()));
            let context = self.context(&part.id, Some(&pipeline.id));
            match part.builder.build(&context, next.clone()).map_err(failed(&place))? {
                BuiltProcessor::Inline(processor) => self.inline(node, processor, counts, &mut run),
                BuiltProcessor::Holding(holder) => {
                    let stage = self.new_stage(node, place, holder, vec![next]);
                    run = Run::before(counting(counts.incoming, stage));
                }
            }
        }
        self.entries.insert(pipeline.id.clone(), run.entry());
        Ok(())
    }

    fn inline(&mut self, node: Node, processor: Arc<dyn Processor>, counts: ProcessorCounts, run: &mut Run) {
        let (id, defects) = (node.id().clone(), Defects::of(&self.metrics, &node));
        run.inline.push(Link { id, processor: Arc::clone(&processor), counts, defects });
        self.graph.inline.insert(node, processor);
    }

    fn receivers(&mut self) -> Result<(), GraphError> {
        for receiver in &self.plan.receivers {
            let part = &receiver.part;
            let (node, place) = (Node::Receiver(part.id.clone()), part.place(Kind::Receiver));
            let kept = self.keeper_of(&node).and_then(|running| running.outputs(&node));
            let is_kept = kept.is_some();
            let fresh = if is_kept {
                None
            } else {
                Some(part.builder.build(&self.context(&part.id, None)).map_err(failed(&place))?)
            };
            let outputs = self.outputs(receiver, kept);
            let part = self.part(node, place, is_kept, ReceiverPart { outputs, fresh });
            self.graph.receivers.push(part);
        }
        Ok(())
    }

    /// The edges of a receiver: those of a kept one are switched later, those of a new one connected now.
    fn outputs(&mut self, receiver: &ReceiverPlan, kept: Option<Outputs>) -> Outputs {
        let is_kept = kept.is_some();
        let outputs = kept.unwrap_or_default();
        for signal in Signal::ALL {
            let pipelines = receiver.outputs.iter().find(|(of, _)| *of == signal).map(|(_, ids)| ids);
            let entries =
                pipelines.map(|ids| ids.iter().filter_map(|id| self.entries.get(id).cloned()).collect());
            let consumer = entries.map(fan_out);
            let edge = outputs.edge(signal);
            if is_kept {
                self.graph.switches.push((edge.clone(), consumer));
            } else {
                edge.switch(consumer);
            }
        }
        outputs
    }

    fn extensions(&mut self) -> Result<(), GraphError> {
        for part in &self.plan.extensions {
            let (node, place) = (Node::Extension(part.id.clone()), part.place(Kind::Extension));
            let kept = self.keeper_of(&node).and_then(|running| running.extension(&node));
            let is_kept = kept.is_some();
            let extension = match kept {
                Some(kept) => kept,
                None => part.builder.build(&self.context(&part.id, None)).map_err(failed(&place))?,
            };
            self.graph.extensions.push(self.part(node, place, is_kept, extension));
        }
        Ok(())
    }
}

/// Inline processors, the nearest to the wire first, and what comes after them.
struct Run {
    inline: Vec<Link>,
    behind: Arc<dyn Consumer>,
}

impl Run {
    fn before(behind: Arc<dyn Consumer>) -> Self {
        Self { inline: Vec::new(), behind }
    }

    /// What leads into this run; without inline processors that is what comes after it.
    fn entry(&self) -> Arc<dyn Consumer> {
        if self.inline.is_empty() {
            return Arc::clone(&self.behind);
        }
        let inline = self.inline.iter().rev().cloned().collect();
        Arc::new(Chain::new(inline, Arc::clone(&self.behind)))
    }
}

/// What leads to all of `exits`: a fan-out only where there is more than one.
fn fan_out(mut exits: Vec<Arc<dyn Consumer>>) -> Arc<dyn Consumer> {
    match exits.pop() {
        Some(only) if exits.is_empty() => only,
        last => {
            exits.extend(last);
            Arc::new(FanOut::new(exits.into_iter().map(Next::new)))
        }
    }
}

fn failed(place: &Place) -> impl FnOnce(BuildError) -> GraphError {
    let place = Box::new(place.clone());
    move |reason| GraphError::Build { place, reason }
}
