//! The two strengths of processors and their factory: take the weaker that can do the job.

use std::sync::Arc;

use agent_config::{Issues, Section};

use super::{Batching, Config, Info, Ready, ready};
use crate::{BuildContext, BuildError, Holder, Next, Processor};

/// A processor type that edits batches inline.
pub trait ProcessorComponent: Processor + Sized {
    /// Type name, signals, stability.
    const INFO: Info;
    /// Its settings.
    type Config: Config;

    /// Makes one.
    ///
    /// # Errors
    /// The settings name something of the world that cannot be used.
    fn build(config: &Self::Config, context: &BuildContext) -> Result<Self, BuildError>;
}

/// A processor type that holds data: it has a deadline, can flush, and gets its own place in the stop order.
pub trait HoldingComponent: Holder + Sized {
    /// Type name, signals, stability.
    const INFO: Info;
    /// Its settings.
    type Config: Config;

    /// What it does with these settings, if that is nothing but gathering. Default: something else.
    fn batching(config: &Self::Config) -> Option<Batching> {
        let _ = config;
        None
    }

    /// Makes one that passes data on to `next`. Tasks start in [`Holder::run`].
    ///
    /// # Errors
    /// The settings name something of the world that cannot be used.
    fn build(config: &Self::Config, context: &BuildContext, next: Next) -> Result<Self, BuildError>;
}

/// A processor as the graph places it.
pub enum BuiltProcessor {
    /// Called inline.
    Inline(Arc<dyn Processor>),
    /// A stage with a life of its own.
    Holding(Arc<dyn Holder>),
}

/// Builds processors from one validated section.
pub trait BuildProcessor: Send + Sync {
    /// See [`HoldingComponent::batching`].
    fn batching(&self) -> Option<Batching>;

    /// Makes one for a pipeline; `next` is what comes after it there.
    ///
    /// # Errors
    /// The settings name something of the world that cannot be used.
    fn build(&self, context: &BuildContext, next: Next) -> Result<BuiltProcessor, BuildError>;
}

type Decode = fn(&Section, &mut Issues) -> Option<Arc<dyn BuildProcessor>>;

/// A row in a table of processors.
#[derive(Clone, Copy)]
pub struct ProcessorFactory {
    /// What is known of the type.
    pub info: Info,
    /// Decodes and validates a section.
    pub decode: Decode,
}

impl ProcessorFactory {
    /// The row of an inline processor type.
    pub const fn of<T: ProcessorComponent>() -> Self {
        Self { info: T::INFO, decode: inline::<T> }
    }

    /// The row of a holding processor type.
    pub const fn holding<T: HoldingComponent>() -> Self {
        Self { info: T::INFO, decode: holding::<T> }
    }
}

struct Inline<T: ProcessorComponent>(Ready<T::Config>);
struct Holding<T: HoldingComponent>(Ready<T::Config>);

fn inline<T: ProcessorComponent>(section: &Section, issues: &mut Issues) -> Option<Arc<dyn BuildProcessor>> {
    ready(section, issues).map(|config| Arc::new(Inline::<T>(config)) as Arc<dyn BuildProcessor>)
}

fn holding<T: HoldingComponent>(section: &Section, issues: &mut Issues) -> Option<Arc<dyn BuildProcessor>> {
    ready(section, issues).map(|config| Arc::new(Holding::<T>(config)) as Arc<dyn BuildProcessor>)
}

impl<T: ProcessorComponent> BuildProcessor for Inline<T> {
    fn batching(&self) -> Option<Batching> {
        None
    }

    fn build(&self, context: &BuildContext, _: Next) -> Result<BuiltProcessor, BuildError> {
        Ok(BuiltProcessor::Inline(Arc::new(T::build(self.0.config(), context)?)))
    }
}

impl<T: HoldingComponent> BuildProcessor for Holding<T> {
    fn batching(&self) -> Option<Batching> {
        T::batching(self.0.config())
    }

    fn build(&self, context: &BuildContext, next: Next) -> Result<BuiltProcessor, BuildError> {
        Ok(BuiltProcessor::Holding(Arc::new(T::build(self.0.config(), context, next)?)))
    }
}
