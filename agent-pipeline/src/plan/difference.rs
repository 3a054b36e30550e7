//! What a reload does: one plan compared with another, instance by instance.

use agent_config::PipelineId;

use super::Plan;
use super::layout::{Layout, Node};

/// What a reload means for a component instance or a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It goes on as it is.
    Keep,
    /// It is new.
    Start,
    /// A component: built anew beside the running one, which is drained. A pipeline: wired differently.
    Change,
    /// It is drained and goes.
    Stop,
}

/// The difference between two plans. Everything either of them has is listed exactly once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    components: Vec<(Node, Effect)>,
    pipelines: Vec<(PipelineId, Effect)>,
}

impl Difference {
    /// What a reload from `before` to `after` does, without doing it.
    pub fn between(before: &Plan, after: &Plan) -> Self {
        Self::of(&before.layout(), &after.layout())
    }

    pub(crate) fn of(before: &Layout, after: &Layout) -> Self {
        Self {
            components: compare(&before.nodes, &after.nodes),
            pipelines: compare(&before.pipelines, &after.pipelines),
        }
    }

    /// Components with one effect, as `"batch" processor of traces`, in the order of the document.
    pub fn components(&self, effect: Effect) -> impl Iterator<Item = String> {
        self.components.iter().filter(move |(_, found)| *found == effect).map(|(node, _)| node.to_string())
    }

    /// Whether a component goes on as it is.
    pub(crate) fn keeps(&self, node: &Node) -> bool {
        self.components.iter().any(|(of, effect)| of == node && *effect == Effect::Keep)
    }

    /// Pipelines with one effect, in data order.
    pub fn pipelines(&self, effect: Effect) -> impl Iterator<Item = &PipelineId> {
        self.pipelines.iter().filter(move |(_, found)| *found == effect).map(|(id, _)| id)
    }

    /// Whether everything goes on as it is.
    pub fn is_empty(&self) -> bool {
        self.components
            .iter()
            .map(|(_, effect)| effect)
            .chain(self.pipelines.iter().map(|(_, effect)| effect))
            .all(|effect| *effect == Effect::Keep)
    }
}

/// `after` in its order, then what only `before` has.
fn compare<K: Clone + std::hash::Hash + Eq>(
    before: &indexmap::IndexMap<K, u64>,
    after: &indexmap::IndexMap<K, u64>,
) -> Vec<(K, Effect)> {
    let there = after.iter().map(|(key, made)| {
        let effect = match before.get(key) {
            None => Effect::Start,
            Some(known) if known == made => Effect::Keep,
            Some(_) => Effect::Change,
        };
        (key.clone(), effect)
    });
    let gone = before.keys().filter(|key| !after.contains_key(*key));
    there.chain(gone.map(|key| (key.clone(), Effect::Stop))).collect()
}

/// One line for each effect but [`Effect::Keep`], whose number is told: what a log or a person asks for.
impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = [(Effect::Start, "start"), (Effect::Change, "change"), (Effect::Stop, "drain and stop")];
        for (effect, word) in words {
            let pipelines = self.pipelines(effect).map(|id| format!("pipeline {id}"));
            let all: Vec<String> = self.components(effect).chain(pipelines).collect();
            if !all.is_empty() {
                writeln!(f, "{word}: {}", all.join(", "))?;
            }
        }
        write!(f, "keep: {} components", self.components(Effect::Keep).count())
    }
}
