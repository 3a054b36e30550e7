//! `attributes`: changes the attributes of spans, log records and data points
//! (the Collector's `attributesprocessor`, v0.145.0).
//!
//! Not those of resources (`resource`) or scopes. A record that is not selected, or that no action changes, keeps
//! the bytes it came with.

mod config;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Pass, Processor, ProcessorComponent, Step,
};
use agent_otlp::{Batch, Item, ScopeCtx, Verdict};

pub use config::Config;

pub use crate::actions::ActionConfig;
use crate::actions::Actions;
use crate::matching::SignalSelection;
pub use crate::matching::{AttributeConfig, LibraryConfig, MatchConfig, RegexpConfig, SeverityConfig};

/// The `attributes` processor of one pipeline.
#[derive(Debug)]
pub struct Attributes {
    selection: SignalSelection,
    actions: Actions,
}

impl ProcessorComponent for Attributes {
    const INFO: Info = Info::stable("attributes");
    type Config = Config;

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let (include, exclude) = (config.include.as_ref(), config.exclude.as_ref());
        Ok(Self {
            selection: SignalSelection::build(context, include, exclude)?,
            actions: Actions::build(&config.actions, "actions")?,
        })
    }
}

impl Processor for Attributes {
    fn process(&self, batch: &mut Batch, client: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        match &self.selection {
            // A metric is selected once, not once for each of its points.
            SignalSelection::Metrics(selection) => batch.edit_metrics(|_, metric| {
                if selection.metric(metric) {
                    metric.edit_points(|_, point| {
                        self.actions.apply(point.attributes_mut(), client);
                        Verdict::Keep
                    });
                }
                Verdict::Keep
            }),
            _ => Pass::of(vec![self]).run(batch, client)?,
        }
        Ok(())
    }

    fn step(&self) -> Option<&dyn Step> {
        match &self.selection {
            SignalSelection::Metrics(selection) if !selection.is_all() => None,
            _ => Some(self),
        }
    }
}

impl Step for Attributes {
    fn item<'e>(
        &self,
        ctx: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        client: Option<&ClientInfo>,
    ) -> Result<Verdict, ConsumeError> {
        match (&self.selection, item) {
            (SignalSelection::Spans(selection), Item::Span(span)) if selection.span(ctx, span) => {
                self.actions.apply(span.attributes_mut(), client);
            }
            (SignalSelection::Logs(selection), Item::LogRecord(record))
                if selection.log_record(ctx, record) =>
            {
                self.actions.apply(record.attributes_mut(), client);
            }
            (SignalSelection::Metrics(selection), Item::DataPoint(metric, point))
                if selection.metric(metric) =>
            {
                self.actions.apply(point.attributes_mut(), client);
            }
            _ => {}
        }
        Ok(Verdict::Keep)
    }
}
