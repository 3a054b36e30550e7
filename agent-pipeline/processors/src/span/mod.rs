//! `span`: makes names of spans from attributes and attributes from names, and sets the status
//! (the Collector's `spanprocessor`, v0.145.0).
//!
//! In that order. A span that is not selected, or that nothing changes, keeps the bytes it came with.

mod config;
mod naming;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::{Batch, Signal, Verdict};

pub use config::{Config, NameConfig, StatusConfig, ToAttributesConfig};
use naming::{FromAttributes, ToAttributes};

use crate::matching::SignalSelection;

/// The `span` processor.
#[derive(Debug)]
pub struct Span {
    selection: SignalSelection,
    from_attributes: FromAttributes,
    to_attributes: ToAttributes,
    status: Option<(i32, String)>,
}

impl ProcessorComponent for Span {
    const INFO: Info = Info { signals: &[Signal::Traces], ..Info::stable("span") };
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let (include, exclude) = (config.include.as_ref(), config.exclude.as_ref());
        let status = config.status.as_ref();
        Ok(Self {
            selection: SignalSelection::build(context, include, exclude)?,
            from_attributes: FromAttributes::new(&config.name),
            to_attributes: ToAttributes::build(config)?,
            status: status.and_then(|status| Some((status.number()?, status.description.clone()))),
        })
    }
}

impl Processor for Span {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        let SignalSelection::Spans(selection) = &self.selection else { return Ok(()) };
        batch.edit_spans(|ctx, span| {
            if selection.span(ctx, span) {
                self.from_attributes.apply(span);
                self.to_attributes.apply(span);
                if let Some((code, description)) = &self.status {
                    span.set_status_code(*code);
                    span.set_status_message(description);
                }
            }
            Verdict::Keep
        });
        Ok(())
    }
}
