//! `attributes`: changes the attributes of spans, log records and data points
//! (the Collector's `attributesprocessor`, v0.145.0).
//!
//! Not those of resources (`resource`) or scopes. A record that is not selected, or that no action changes, keeps
//! the bytes it came with.

mod config;

#[cfg(test)]
mod tests;

use agent_component::{
    BuildContext, BuildError, ClientInfo, ConsumeError, Info, Processor, ProcessorComponent,
};
use agent_otlp::{Batch, Verdict};

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
        let Self { selection, actions } = self;
        match selection {
            SignalSelection::Spans(selection) => batch.edit_spans(|ctx, span| {
                if selection.span(ctx, span) {
                    actions.apply(span.attributes_mut(), client);
                }
                Verdict::Keep
            }),
            SignalSelection::Logs(selection) => batch.edit_log_records(|ctx, record| {
                if selection.log_record(ctx, record) {
                    actions.apply(record.attributes_mut(), client);
                }
                Verdict::Keep
            }),
            SignalSelection::Metrics(selection) => batch.edit_metrics(|_, metric| {
                if selection.metric(metric) {
                    metric.edit_points(|_, point| {
                        actions.apply(point.attributes_mut(), client);
                        Verdict::Keep
                    });
                }
                Verdict::Keep
            }),
        }
        Ok(())
    }
}
