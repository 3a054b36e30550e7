//! Work on one item at a time, so that processors which follow each other share one pass over a batch.
//!
//! Reading a record and writing it again costs more than what most processors do with it. Processors whose work on an item
//! depends on nothing but the item and what surrounds it say so by a [`Step`]; the graph then takes each item through
//! all of a run of them before it turns to the next one. What comes out is what they would make of the whole batch one
//! after the other. Only where several of them refuse a batch another one may be first, since the first item decides then.

use agent_otlp::{Batch, Item, ScopeCtx, Verdict};

use crate::{ClientInfo, ConsumeError};

/// A processor's work on one item.
///
/// An item is a span, a log record or a data point. What surrounds it (the metric of a point included) may be read and
/// must not be changed: other items of it have been through later steps already, or have not been through earlier ones.
pub trait Step: Send + Sync {
    /// Edits an item, or has it dropped.
    ///
    /// # Errors
    /// The whole batch is refused, as by [`crate::Processor::process`].
    fn item<'e>(
        &self,
        ctx: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        client: Option<&ClientInfo>,
    ) -> Result<Verdict, ConsumeError>;

    /// A pass is over in which so many items were dropped by this step.
    fn dropped(&self, items: usize) {
        let _ = items;
    }
}

/// Steps that share a pass, in their order.
pub struct Pass<'s> {
    steps: Vec<&'s dyn Step>,
    dropped: Vec<usize>,
    at: usize,
    refusal: Option<ConsumeError>,
}

impl<'s> Pass<'s> {
    /// A pass of these steps.
    pub fn of(steps: Vec<&'s dyn Step>) -> Self {
        let dropped = vec![0; steps.len()];
        Self { steps, dropped, at: 0, refusal: None }
    }

    /// Takes every item of the batch through all steps.
    ///
    /// # Errors
    /// The first refusal of a step, which [`Pass::at`] tells; the batch is half edited then, and of no more use.
    pub fn run(&mut self, batch: &mut Batch, client: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        batch.edit_items(|ctx, mut item| self.item(ctx, &mut item, client));
        for (step, dropped) in self.steps.iter().zip(&self.dropped) {
            step.dropped(*dropped);
        }
        self.refusal.take().map_or(Ok(()), Err)
    }

    fn item<'e>(
        &mut self,
        ctx: &mut ScopeCtx<'e>,
        item: &mut Item<'_, 'e, '_>,
        client: Option<&ClientInfo>,
    ) -> Verdict {
        if self.refusal.is_some() {
            return Verdict::Keep;
        }
        for ((at, step), dropped) in self.steps.iter().enumerate().zip(&mut self.dropped) {
            self.at = at;
            match step.item(ctx, item, client) {
                Ok(Verdict::Keep) => {}
                Ok(Verdict::Drop) => {
                    *dropped += 1;
                    return Verdict::Drop;
                }
                Err(refusal) => {
                    self.refusal = Some(refusal);
                    return Verdict::Keep;
                }
            }
        }
        Verdict::Keep
    }

    /// The step that was last at work: the one to blame after a refusal or a panic.
    pub fn at(&self) -> usize {
        self.at
    }

    /// How many items each step dropped so far.
    pub fn dropped(&self) -> &[usize] {
        &self.dropped
    }
}

impl std::fmt::Debug for Pass<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pass").field("at", &self.at).field("dropped", &self.dropped).finish_non_exhaustive()
    }
}
