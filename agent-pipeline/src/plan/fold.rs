//! Leaves `batch` processors out where the exporters behind them keep data on disk, and lets those do the same work.
//!
//! A processor in memory would weaken what comes behind it: a client is answered by the first that holds its data. Folded,
//! data is on disk first and gathered when it is read back. All of a queue is gathered in one way, so a pipeline is folded
//! only if everything that it exports to keeps data on disk and gets that signal through the same processor from everywhere.

use agent_component::factory::Folded;
use agent_config::{Issue, Issues};

use super::{ExporterPlan, PipelinePlan, Target};

#[cfg(test)]
mod tests;

/// Folds what can be, and says once of the rest that what it holds is in memory.
pub(super) fn fold(pipelines: &mut [PipelinePlan], exporters: &mut [ExporterPlan], issues: &mut Issues) {
    let mut found: Vec<Result<Folded, String>> =
        pipelines.iter().map(|pipeline| on_its_own(pipeline, exporters)).collect();
    // Each round takes at least one out.
    while let Some((index, why)) = conflict(pipelines, &found) {
        if let Some(folded) = found.get_mut(index) {
            *folded = Err(why);
        }
    }
    for (pipeline, folded) in pipelines.iter_mut().zip(found) {
        let folded = match folded {
            Ok(folded) => folded,
            Err(why) => {
                for warning in in_memory(pipeline, exporters, &why) {
                    issues.push(warning);
                }
                continue;
            }
        };
        pipeline.folded = true;
        for exporter in exporters.iter_mut().filter(|exporter| pipeline.leads_to(exporter)) {
            if !exporter.folded.contains(&folded) {
                exporter.folded.push(folded.clone());
            }
        }
    }
    // The order of pipelines must not tell two exporters apart.
    for exporter in exporters {
        exporter.folded.sort_by_key(|folded| folded.signal);
    }
}

/// What could be folded if nothing but the pipeline counted, or why not.
fn on_its_own(pipeline: &PipelinePlan, exporters: &[ExporterPlan]) -> Result<Folded, String> {
    let last = pipeline.processors.last();
    let last = last.and_then(|part| Some((part.id.clone(), part.builder.batching()?)));
    let (processor, batching) = last.ok_or("it is not the last processor")?;
    if batching.by_client {
        return Err("it keeps clients apart (`metadata_keys`)".to_owned());
    }
    for target in &pipeline.targets {
        match target {
            Target::Connector(key) => {
                return Err(format!("connector \"{}\" keeps nothing on disk", key.id));
            }
            Target::Exporter(id) => {
                let exporter = exporters.iter().find(|exporter| exporter.part.id == *id);
                if !exporter.is_some_and(is_durable) {
                    return Err(format!("exporter \"{id}\" does not keep its queue on disk"));
                }
            }
        }
    }
    Ok(Folded { processor, signal: pipeline.signal, batching })
}

/// A pipeline that cannot be folded because another one feeds the same queue in another way.
fn conflict(pipelines: &[PipelinePlan], found: &[Result<Folded, String>]) -> Option<(usize, String)> {
    let all = || pipelines.iter().zip(found);
    all().enumerate().find_map(|(index, (pipeline, folded))| {
        let folded = folded.as_ref().ok()?;
        let same_signal = all().filter(|(other, _)| other.signal == pipeline.signal);
        let mut differing = same_signal.filter(|(_, other)| other.as_ref().ok() != Some(folded));
        differing.find_map(|(other, _)| {
            let shared = pipeline.targets.iter().find(|target| other.targets.contains(target))?;
            let Target::Exporter(id) = shared else { return None };
            Some((
                index,
                format!("exporter \"{id}\" gets data from {} too, which is batched in another way", other.id),
            ))
        })
    })
}

/// Warns of each processor that holds in memory what an exporter behind it would keep on disk.
fn in_memory(pipeline: &PipelinePlan, exporters: &[ExporterPlan], why: &str) -> Vec<Issue> {
    let Some(durable) = exporters.iter().find(|one| is_durable(one) && pipeline.leads_to(one)) else {
        return Vec::new();
    };
    let gathering = pipeline.processors.iter().filter(|part| part.builder.batching().is_some());
    let warnings = gathering.map(|part| {
        let text = format!(
            "what \"{}\" gathers in {} is in memory, although exporter \"{}\" keeps its queue on disk: {why}",
            part.id, pipeline.id, durable.part.id
        );
        Issue::warning(part.section.path().clone(), text).at(part.section.position())
    });
    warnings.collect()
}

fn is_durable(exporter: &ExporterPlan) -> bool {
    exporter.part.builder.storage().is_some()
}

impl PipelinePlan {
    fn leads_to(&self, exporter: &ExporterPlan) -> bool {
        self.targets.contains(&Target::Exporter(exporter.part.id.clone()))
    }
}
