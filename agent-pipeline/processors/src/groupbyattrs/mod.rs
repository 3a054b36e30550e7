//! `groupbyattrs`: moves attributes from records to resources, and joins what then has the same resource
//! (the Collector's `groupbyattrsprocessor`, v0.145.0).
//!
//! A batch is built anew from its records; one record that moves nothing is copied as it came. Schema urls are lost, and
//! so are scopes, metrics and resources without records, as in the Collector.

mod config;
mod groups;
mod metrics;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::{Attributes, Batch, BatchBuilder, LogRecord, ResourceRef, ScopeRef, Signal, Span};

pub use config::Config;
use groups::{Groups, Moved};

/// The `groupbyattrs` processor.
#[derive(Debug)]
pub struct GroupByAttrs {
    keys: Vec<String>,
}

impl ProcessorComponent for GroupByAttrs {
    const INFO: Info = Info::stable("groupbyattrs");
    type Config = Config;

    fn build(config: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self { keys: config.keys.iter().filter(|key| !key.is_empty()).cloned().collect() })
    }
}

impl Processor for GroupByAttrs {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        let resources: Vec<ResourceRef<'_>> = batch.resources().collect();
        let how = (batch.signal(), self.keys.as_slice());
        let grouped = match batch.signal() {
            Signal::Traces => {
                let write = |record, out: &mut BatchBuilder| {
                    out.span(|span| *span = record);
                };
                regroup(how, &resources, ScopeRef::spans, Span::attributes_mut, write)
            }
            Signal::Logs => {
                let write = |record, out: &mut BatchBuilder| {
                    out.log_record(|log| *log = record);
                };
                regroup(how, &resources, ScopeRef::log_records, LogRecord::attributes_mut, write)
            }
            Signal::Metrics => metrics::regroup(&resources, &self.keys),
        };
        *batch = grouped;
        Ok(())
    }
}

/// Groups records of one type: how to get at them in a scope, at their attributes, and how to write one.
fn regroup<'b, R, I: Iterator<Item = R>>(
    (signal, keys): (Signal, &[String]),
    resources: &'b [ResourceRef<'b>],
    of: impl Fn(&ScopeRef<'b>) -> I,
    attributes: impl Fn(&mut R) -> &mut Attributes<'b>,
    write: impl Fn(R, &mut BatchBuilder),
) -> Batch {
    let mut groups = Groups::new(resources);
    for (resource, entry) in resources.iter().enumerate() {
        for scope in entry.scopes() {
            for mut record in of(&scope) {
                let moved = take(keys, attributes(&mut record));
                groups.add(resource, moved, &scope, |records| records.push(record));
            }
        }
    }
    let mut out = BatchBuilder::new(signal);
    groups.write(&mut out, |records, out| records.into_iter().for_each(|record| write(record, out)));
    out.build()
}

/// Takes the attributes under the keys that are there.
fn take<'k, 'b>(keys: &'k [String], attributes: &mut Attributes<'b>) -> Vec<Moved<'k, 'b>> {
    keys.iter().filter_map(|key| Some((key.as_str(), attributes.remove(key)?))).collect()
}
