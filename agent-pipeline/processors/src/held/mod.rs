//! What processors that hold data have in common: handing it on from a task of their own, and telling what came of it.

mod periodic;

use std::sync::Arc;

use agent_component::{Accepted, BuildContext, ClientInfo, Life, Next, Receipt, Telemetry};
use agent_config::{ComponentId, PipelineId};
use agent_otlp::Batch;
use tracing::field::display;
use tracing::warn;

pub(crate) use periodic::Periodic;

/// Who hands on, for the log.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub(crate) id: ComponentId,
    pipeline: Option<PipelineId>,
}

impl Sender {
    pub(crate) fn new(context: &BuildContext) -> Self {
        Self { id: context.id.clone(), pipeline: context.pipeline.clone() }
    }

    /// Hands data on. As in the Collector, what the next component refuses is logged and lost; who attached a receipt
    /// learns of it, unless the refusal is for good.
    pub(crate) async fn send(
        &self,
        batch: Batch,
        receipts: Vec<Receipt>,
        client: Option<Arc<ClientInfo>>,
        next: &Next,
        life: &Life,
    ) {
        let items = batch.items();
        let receipt = Receipt::join(receipts);
        let data = Telemetry { batch, client, receipt: receipt.clone() };
        let pipeline = self.pipeline.as_ref().map(display);
        match life.or_abort(next.consume(data)).await {
            Some(Ok(accepted)) => {
                self.report_partial(&accepted);
                if let Some(receipt) = receipt {
                    receipt.settle();
                }
            }
            Some(Err(error)) => {
                warn!(component = %self.id, pipeline, items, %error, "Sender failed");
                if let Some(receipt) = receipt.filter(|_| error.is_permanent()) {
                    receipt.settle_refused();
                }
            }
            None => self.report_lost(items),
        }
    }

    fn report_partial(&self, Accepted { rejected, message }: &Accepted) {
        if *rejected > 0 || !message.is_empty() {
            let pipeline = self.pipeline.as_ref().map(display);
            warn!(component = %self.id, pipeline, rejected, message, "Partial success");
        }
    }

    /// Tells of data that is lost because the grace period is spent.
    pub(crate) fn report_lost(&self, items: usize) {
        if items > 0 {
            let pipeline = self.pipeline.as_ref().map(display);
            warn!(component = %self.id, pipeline, items, "No time left to send what waited");
        }
    }
}
