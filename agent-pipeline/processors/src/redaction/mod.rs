//! `redaction`: removes attributes that are not allowed and masks what must not be seen in the others
//! (the Collector's `redactionprocessor`, v0.145.0).
//!
//! Looks at the attributes of resources, scopes, spans, span events, data points and log records, and at log bodies;
//! not at names, span links or exemplars. What no rule touches keeps its bytes.

mod body;
mod config;
mod mask;
mod rules;
mod summary;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::{Batch, Signal, Verdict};

pub use config::{Config, DatabaseConfig, DbSanitizerConfig, UrlSanitizerConfig};
use rules::Rules;

/// The `redaction` processor.
#[derive(Debug)]
pub struct Redaction {
    rules: Rules,
}

impl ProcessorComponent for Redaction {
    const INFO: Info = Info::stable("redaction");
    type Config = Config;

    fn build(config: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self { rules: Rules::build(config)? })
    }
}

impl Processor for Redaction {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        let rules = &self.rules;
        batch.edit_resources(|resource| rules.apply(resource.attributes_mut()));
        batch.edit_scopes(|ctx| rules.apply(ctx.scope_mut().attributes_mut()));
        match batch.signal() {
            Signal::Traces => batch.edit_spans(|_, span| {
                rules.apply(span.attributes_mut());
                span.edit_events(|_, event| {
                    rules.apply(event.attributes_mut());
                    Verdict::Keep
                });
                Verdict::Keep
            }),
            Signal::Metrics => batch.edit_data_points(|_, _, point| {
                rules.apply(point.attributes_mut());
                Verdict::Keep
            }),
            Signal::Logs => batch.edit_log_records(|_, record| {
                rules.apply(record.attributes_mut());
                body::apply(rules, record);
                Verdict::Keep
            }),
        }
        Ok(())
    }
}
