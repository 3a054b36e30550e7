//! `span`: makes names of spans from attributes and attributes from names, and sets the status
//! (the Collector's `spanprocessor`, v0.145.0).
//!
//! In that order. A span that is not selected, or that nothing changes, keeps the bytes it came with.

mod config;
mod naming;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Pass, Processor, ProcessorComponent, Step,
};
use agent_otlp::{Batch, Item, ScopeCtx, Signal, Verdict};

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
    fn process(&self, batch: &mut Batch, client: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        Pass::of(vec![self]).run(batch, client)
    }

    fn step(&self) -> Option<&dyn Step> {
        Some(self)
    }
}

impl Step for Span {
    fn item<'e>(
        &self,
        ctx: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        _: Option<&ClientInfo>,
    ) -> Result<Verdict, ConsumeError> {
        if let (SignalSelection::Spans(selection), Item::Span(span)) = (&self.selection, item)
            && selection.span(ctx, span)
        {
            self.from_attributes.apply(span);
            self.to_attributes.apply(span);
            if let Some((code, description)) = &self.status {
                span.set_status_code(*code);
                span.set_status_message(description);
            }
        }
        Ok(Verdict::Keep)
    }
}
