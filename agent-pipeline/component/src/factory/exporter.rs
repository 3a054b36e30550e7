//! The exporter factory. An exporter is a [`Holder`] whose data leaves the process.

use std::sync::Arc;

use agent_config::{ComponentId, Issues, Section};
use agent_otlp::Signal;

use super::{Config, Folded, Info, Ready, ready};
use crate::{BuildContext, BuildError, Holder};

/// An exporter type: what a component author writes beside [`Holder`].
pub trait ExporterComponent: Holder + Sized {
    /// Type name, aliases, signals, stability.
    const INFO: Info;
    /// Its settings.
    type Config: Config;

    /// The extension that these settings want to keep data on disk in. Default: none. Who names one gathers what it reads
    /// back, see [`ExporterComponent::fold`].
    fn storage(config: &Self::Config) -> Option<StorageUse> {
        let _ = config;
        None
    }

    /// Makes the one instance of this id; `signals` are those of the pipelines that export to it.
    ///
    /// # Errors
    /// The settings name something of the world that cannot be used.
    fn build(config: &Self::Config, context: &BuildContext, signals: &[Signal]) -> Result<Self, BuildError>;

    /// Does from now on what a processor did in front of it. Said before the start, at most once for each signal, and only
    /// to one that keeps data on disk.
    fn fold(&mut self, folded: &Folded) {
        let _ = folded;
    }
}

/// A setting that names an extension as a place on disk. The graph refuses one that it does not run, and exchanges the
/// component when the settings of the extension change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageUse {
    /// The key in the component's section: `sending_queue::storage`.
    pub at: &'static str,
    /// What it names.
    pub extension: ComponentId,
}

/// Builds exporters from one validated section.
pub trait BuildExporter: Send + Sync {
    /// See [`ExporterComponent::storage`].
    fn storage(&self) -> Option<StorageUse>;

    /// See [`ExporterComponent::build`] and [`ExporterComponent::fold`].
    ///
    /// # Errors
    /// As there.
    fn build(
        &self,
        context: &BuildContext,
        signals: &[Signal],
        folded: &[Folded],
    ) -> Result<Arc<dyn Holder>, BuildError>;
}

type Decode = fn(&Section, &mut Issues) -> Option<Arc<dyn BuildExporter>>;

/// A row in a table of exporters.
#[derive(Clone, Copy)]
pub struct ExporterFactory {
    /// What is known of the type.
    pub info: Info,
    /// Decodes and validates a section.
    pub decode: Decode,
}

impl ExporterFactory {
    /// The row of one component type.
    pub const fn of<T: ExporterComponent>() -> Self {
        Self { info: T::INFO, decode: decode::<T> }
    }
}

struct Builder<T: ExporterComponent>(Ready<T::Config>);

fn decode<T: ExporterComponent>(section: &Section, issues: &mut Issues) -> Option<Arc<dyn BuildExporter>> {
    ready(section, issues).map(|config| Arc::new(Builder::<T>(config)) as Arc<dyn BuildExporter>)
}

impl<T: ExporterComponent> BuildExporter for Builder<T> {
    fn storage(&self) -> Option<StorageUse> {
        T::storage(self.0.config())
    }

    fn build(
        &self,
        context: &BuildContext,
        signals: &[Signal],
        folded: &[Folded],
    ) -> Result<Arc<dyn Holder>, BuildError> {
        let mut exporter = T::build(self.0.config(), context, signals)?;
        for folded in folded {
            exporter.fold(folded);
        }
        Ok(Arc::new(exporter))
    }
}
