//! The data path: what flows, who takes it, and what comes back.
//!
//! | call | returns `Ok` when | returns `Err` when |
//! |---|---|---|
//! | [`Consumer::consume`] | a holder has the data, or the backend answered | nobody has it; the error says whether to try again |
//! | [`Processor::process`] | the batch was edited | it refuses the batch as a whole |

use std::sync::Arc;
use std::time::Duration;

use agent_config::ComponentId;
use agent_otlp::Batch;
use tokio_util::sync::CancellationToken;

use crate::{
    BoxFuture, ClientInfo, Code, Life, Next, Overloaded, Panic, Receipt, RunError, StartError, Step,
};

/// A batch on its way, with what must stay beside it.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// The data. Cloning copies reference counts, never bytes.
    pub batch: Batch,
    /// The client that sent it, where the receiver keeps that.
    pub client: Option<Arc<ClientInfo>>,
    /// What the caller waits on, where `Accepted` is not enough for it.
    pub receipt: Option<Receipt>,
}

impl Telemetry {
    /// A batch of an unknown client whose caller is content with `Accepted`.
    pub fn new(batch: Batch) -> Self {
        Self { batch, client: None, receipt: None }
    }

    /// Ends the way of this data as delivered: call it after the backend's answer, or after counting a permanent loss.
    pub fn settle(self) {
        if let Some(receipt) = self.receipt {
            receipt.settle();
        }
    }
}

/// The next holder has the data. Default: all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Items that the backend refused for good (OTLP partial success); they must not be sent again.
    pub rejected: u64,
    /// The backend's words on that, possibly a warning with nothing rejected.
    pub message: String,
}

impl Accepted {
    /// Joins the answers of two branches that got the same data: the worse count, both texts.
    #[must_use]
    pub fn join(mut self, other: &Self) -> Self {
        self.rejected = self.rejected.max(other.rejected);
        if !other.message.is_empty() {
            if !self.message.is_empty() {
                self.message.push_str("; ");
            }
            self.message.push_str(&other.message);
        }
        self
    }
}

/// What came of handing data on.
pub type ConsumeResult = Result<Accepted, ConsumeError>;

/// Whether sending the same data again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Not now; the far end may have said how long to wait.
    Retryable {
        /// The least time to wait, where the far end named one.
        after: Option<Duration>,
    },
    /// Never, as it is.
    Permanent,
}

/// Data was not taken.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}{message}", component.as_ref().map(|id| format!("{id}: ")).unwrap_or_default())]
pub struct ConsumeError {
    /// Whether to try again.
    pub kind: ErrorKind,
    /// The gRPC status of the far end, where it gave one; receivers pass it back to their client.
    pub code: Option<Code>,
    /// The component that refused.
    pub component: Option<ComponentId>,
    /// Why, in words that may be shown to a client: never a secret, never a part of the data.
    pub message: String,
}

impl ConsumeError {
    /// A refusal that may pass.
    pub fn retryable(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Retryable { after: None },
            code: None,
            component: None,
            message: message.into(),
        }
    }

    /// A refusal that stays.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Permanent, code: None, component: None, message: message.into() }
    }

    /// Names the component that refused, unless one nearer to the wire already did.
    #[must_use]
    pub fn by(mut self, id: &ComponentId) -> Self {
        self.component.get_or_insert_with(|| id.clone());
        self
    }

    /// Keeps the far end's gRPC status.
    #[must_use]
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// Keeps the far end's wish to be left alone for a while; a permanent error becomes retryable by it.
    #[must_use]
    pub fn retry_after(mut self, after: Duration) -> Self {
        self.kind = ErrorKind::Retryable { after: Some(after) };
        self
    }

    /// Whether sending again can never help.
    pub fn is_permanent(&self) -> bool {
        self.kind == ErrorKind::Permanent
    }

    /// Joins the refusals of two branches that got the same data: permanent only if either is (a second
    /// try could not succeed as a whole), the longer wait, both texts, the first code.
    #[must_use]
    pub fn join(self, other: &Self) -> Self {
        let kind = match (self.kind, other.kind) {
            (ErrorKind::Retryable { after: a }, ErrorKind::Retryable { after: b }) => {
                ErrorKind::Retryable { after: a.max(b) }
            }
            _ => ErrorKind::Permanent,
        };
        let message = format!("{self}; {other}");
        Self { kind, code: self.code.or(other.code), component: None, message }
    }
}

/// Memory is short: to be tried again, after the wait that it names.
impl From<Overloaded> for ConsumeError {
    fn from(overloaded: Overloaded) -> Self {
        Self::retryable(overloaded.to_string()).retry_after(overloaded.retry_after)
    }
}

/// Takes data: everything that can stand behind a [`crate::Next`].
pub trait Consumer: Send + Sync + 'static {
    /// Takes responsibility for the data, or says why not.
    ///
    /// Waits while the holder is full (back-pressure). May be called from several tasks at once. The future
    /// may be dropped at any await point: then either nobody or the holder has the data, never a part of it.
    ///
    /// # Errors
    /// The data was not taken; [`ConsumeError::kind`] says whether to try again. A receipt is not settled then.
    fn consume(&self, data: Telemetry) -> BoxFuture<'_, ConsumeResult>;

    /// A call panicked, and [`Next`] caught it: what its caller is told. What stands before another consumer and holds
    /// nothing passes it on, so that whoever is to blame can be named.
    ///
    /// The data of the call is gone, as it is for a refusal, and the caller may try again. Not called for what a `Next`
    /// further behind has caught.
    fn panicked(&self, panic: &Panic) -> ConsumeError {
        let _ = panic;
        ConsumeError::retryable("internal error")
    }
}

/// A consumer with a life of its own: a processor that holds data, an exporter, a connector.
pub trait Holder: Consumer {
    /// Takes what it needs of the world (files, connections) before any data comes. Not a place to wait for a backend.
    ///
    /// # Errors
    /// The configuration that holds this component is refused as a whole.
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async { Ok(()) })
    }

    /// A component of the same id with other settings takes this one's place, and works already. From now on what is held
    /// here and is not on the wire may go to `successor` instead of being sent from here. That may begin at once: calls
    /// that began before may still bring data, later ones go to the successor, and `life.stop` follows when they have ended.
    ///
    /// For those that could hold data for long, as a queue does while a backend is down. Default: drain as ever.
    fn hand_over(&self, successor: Next) {
        drop(successor);
    }

    /// No component of this id takes this one's place, or not for all of its signals: nobody comes for what is held on disk.
    /// It may be sent from here after `life.stop`, until `until`: then the agent ends, and what is on disk stays.
    ///
    /// Said after [`Holder::hand_over`], if that is said. Default: drain as ever.
    fn retire(&self, until: CancellationToken) {
        drop(until);
    }

    /// Runs until `life.stop`, then passes on all that is held and returns.
    ///
    /// After `life.stop` nothing new arrives from the graph. On `life.abort` it returns at once.
    ///
    /// If it ends before `life.stop`, by an error or a panic, a component that is built anew takes its place, is named by
    /// [`Holder::hand_over`], and `run` is called once more with `life.stop` soon to follow: to pass on what is still held.
    ///
    /// # Errors
    /// The component cannot go on.
    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            life.stop.cancelled().await;
            Ok(())
        })
    }
}

/// Edits batches inline. No runtime is needed to call or test one.
pub trait Processor: Send + Sync + 'static {
    /// Edits the batch in place; an emptied batch ends its way here and counts as delivered.
    ///
    /// Called from several tasks at once, which is why it takes `&self`: the stateless processors of the
    /// common pipeline then need no lock, and one with state locks just that.
    ///
    /// # Errors
    /// The batch is refused as a whole and the refusal travels back to the caller.
    fn process(&self, batch: &mut Batch, client: Option<&ClientInfo>) -> Result<(), ConsumeError>;

    /// The same work item by item, where it can be done so: see [`Step`]. The graph calls that instead when the
    /// neighbours have one too. Always the same answer for a processor. Default: it cannot.
    fn step(&self) -> Option<&dyn Step> {
        None
    }
}
