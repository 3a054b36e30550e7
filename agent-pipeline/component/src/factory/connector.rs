//! The connector contract and its factory: an exporter in one pipeline, a receiver in others.

use std::sync::Arc;

use agent_config::{Issues, PipelineId, Section, Validator};
use agent_otlp::Signal;

use super::{Config, Info, Ready, ready};
use crate::{BuildContext, BuildError, Holder, Next};

/// A connector type. One instance joins the pipelines of one signal to those of one signal.
pub trait ConnectorComponent: Holder + Sized {
    /// Type name, signals, stability.
    const INFO: Info;
    /// The pairs (signal in, signal out) it can join.
    const PAIRS: &'static [(Signal, Signal)];
    /// Its settings.
    type Config: Config;

    /// Tells which pipelines the settings name that are not among `outputs`, those that receive from the instance for
    /// this pair of signals. `at` is the place of the settings. Default: they name none.
    fn check_outputs(
        config: &Self::Config,
        pair: (Signal, Signal),
        outputs: &[PipelineId],
        at: &mut Validator<'_>,
    ) {
        let _ = (config, pair, outputs, at);
    }

    /// Makes the instance for one pair of signals; `outputs` are the pipelines that receive from it, by id.
    ///
    /// # Errors
    /// The settings name a pipeline that does not receive from it, or the like.
    fn build(
        config: &Self::Config,
        context: &BuildContext,
        pair: (Signal, Signal),
        outputs: Vec<(PipelineId, Next)>,
    ) -> Result<Self, BuildError>;
}

/// Builds connectors from one validated section.
pub trait BuildConnector: Send + Sync {
    /// See [`ConnectorComponent::check_outputs`].
    fn check_outputs(&self, pair: (Signal, Signal), outputs: &[PipelineId], at: &mut Validator<'_>);

    /// See [`ConnectorComponent::build`].
    ///
    /// # Errors
    /// As there.
    fn build(
        &self,
        context: &BuildContext,
        pair: (Signal, Signal),
        outputs: Vec<(PipelineId, Next)>,
    ) -> Result<Arc<dyn Holder>, BuildError>;
}

type Decode = fn(&Section, &mut Issues) -> Option<Arc<dyn BuildConnector>>;

/// A row in a table of connectors.
#[derive(Clone, Copy)]
pub struct ConnectorFactory {
    /// What is known of the type.
    pub info: Info,
    /// The pairs (signal in, signal out) it can join.
    pub pairs: &'static [(Signal, Signal)],
    /// Decodes and validates a section.
    pub decode: Decode,
}

impl ConnectorFactory {
    /// The row of one component type.
    pub const fn of<T: ConnectorComponent>() -> Self {
        Self { info: T::INFO, pairs: T::PAIRS, decode: decode::<T> }
    }
}

struct Builder<T: ConnectorComponent>(Ready<T::Config>);

fn decode<T: ConnectorComponent>(section: &Section, issues: &mut Issues) -> Option<Arc<dyn BuildConnector>> {
    ready(section, issues).map(|config| Arc::new(Builder::<T>(config)) as Arc<dyn BuildConnector>)
}

impl<T: ConnectorComponent> BuildConnector for Builder<T> {
    fn check_outputs(&self, pair: (Signal, Signal), outputs: &[PipelineId], at: &mut Validator<'_>) {
        T::check_outputs(self.0.config(), pair, outputs, at);
    }

    fn build(
        &self,
        context: &BuildContext,
        pair: (Signal, Signal),
        outputs: Vec<(PipelineId, Next)>,
    ) -> Result<Arc<dyn Holder>, BuildError> {
        Ok(Arc::new(T::build(self.0.config(), context, pair, outputs)?))
    }
}
