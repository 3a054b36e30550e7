//! The order in which data passes the pipelines, which is the order in which they stop; and its enemy, the cycle.

use std::collections::HashMap;

use agent_config::{ConfigPath, Issue, Issues, PipelineId};

use super::{ConnectorPlan, PipelinePlan, Target};

/// How many pipelines may stand one behind the other.
const MAX_CONNECTED: usize = 500;

/// Sorts pipelines so that each comes before those its connectors feed.
///
/// `None`, with an issue that spells the loop out, when there is no such order.
pub(super) fn data_order(
    pipelines: Vec<PipelinePlan>,
    connectors: &[ConnectorPlan],
    issues: &mut Issues,
) -> Option<Vec<PipelinePlan>> {
    let mut walk = Walk {
        pipelines: &pipelines,
        connectors,
        marks: HashMap::new(),
        way: Vec::new(),
        sorted: Vec::new(),
    };
    for pipeline in &pipelines {
        if let Err(text) = walk.visit(&pipeline.id) {
            let place = walk.way.last().and_then(|(_, connector)| connector.part.section.position());
            issues.push(Issue::error(ConfigPath::of("service::pipelines"), text).at(place));
            return None;
        }
    }
    let mut rank: HashMap<PipelineId, usize> = HashMap::new();
    for (index, id) in walk.sorted.iter().rev().enumerate() {
        rank.insert((*id).clone(), index);
    }
    let mut pipelines = pipelines;
    pipelines.sort_by_key(|pipeline| rank.get(&pipeline.id).copied());
    Some(pipelines)
}

struct Walk<'a> {
    pipelines: &'a [PipelinePlan],
    connectors: &'a [ConnectorPlan],
    /// `false` while on the way, `true` when done.
    marks: HashMap<&'a PipelineId, bool>,
    /// The connectors on the way, each with the pipeline it was left through.
    way: Vec<(&'a PipelineId, &'a ConnectorPlan)>,
    /// Done pipelines, the last of the data order first.
    sorted: Vec<&'a PipelineId>,
}

impl<'a> Walk<'a> {
    /// Depth first; the bound keeps a hostile document from using up the stack.
    fn visit(&mut self, id: &'a PipelineId) -> Result<(), String> {
        if self.way.len() > MAX_CONNECTED {
            return Err(format!("more than {MAX_CONNECTED} pipelines are connected one behind the other"));
        }
        match self.marks.get(id) {
            Some(true) => return Ok(()),
            Some(false) => return Err(self.cycle(id)),
            None => {}
        }
        self.marks.insert(id, false);
        for connector in self.connectors_of(id) {
            self.way.push((id, connector));
            for output in &connector.outputs {
                self.visit(output)?;
            }
            self.way.pop();
        }
        self.marks.insert(id, true);
        self.sorted.push(id);
        Ok(())
    }

    fn connectors_of(&self, id: &PipelineId) -> Vec<&'a ConnectorPlan> {
        let pipeline = self.pipelines.iter().find(|pipeline| pipeline.id == *id);
        let targets = pipeline.map(|pipeline| pipeline.targets.as_slice()).unwrap_or_default();
        let feeds = |connector: &&ConnectorPlan| targets.contains(&Target::Connector(connector.key.clone()));
        self.connectors.iter().filter(feeds).collect()
    }

    /// The loop that ends at `id`, in the Collector's words, closed by its first connector.
    fn cycle(&self, id: &PipelineId) -> String {
        let steps = self.way.iter().skip_while(|(pipeline, _)| *pipeline != id).map(|(_, connector)| {
            let key = &connector.key;
            format!("connector \"{}\" ({} to {})", key.id, key.from, key.to)
        });
        let mut steps: Vec<String> = steps.collect();
        steps.extend(steps.first().cloned());
        format!("cycle detected: {}", steps.join(" -> "))
    }
}
