//! The extension contract and its factory: what lives beside the pipelines and never sees data.

use std::sync::Arc;

use agent_config::{Issues, Section};

use super::{Config, Info, Ready, ready};
use crate::{BoxFuture, BuildContext, BuildError, Life, RunError, StartError};

/// Lives beside the pipelines: starts before them, stops after them.
pub trait Extension: Send + Sync + 'static {
    /// Takes what it needs of the world.
    ///
    /// # Errors
    /// The configuration that holds this extension is refused as a whole.
    fn start(&self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async { Ok(()) })
    }

    /// Runs until `life.stop`.
    ///
    /// # Errors
    /// The extension cannot go on. Then, and if it panics, one that is built anew takes its place.
    fn run(self: Arc<Self>, life: Life) -> BoxFuture<'static, Result<(), RunError>>;
}

/// An extension type: what a component author writes beside [`Extension`].
pub trait ExtensionComponent: Extension + Sized {
    /// Type name, stability.
    const INFO: Info;
    /// Whether it provides a place on disk ([`Storages`](crate::Storages)) under its id. Default: no.
    const IS_STORAGE: bool = false;
    /// Its settings.
    type Config: Config;

    /// Makes one, without spawning.
    ///
    /// # Errors
    /// The settings name something of the world that cannot be used.
    fn build(config: &Self::Config, context: &BuildContext) -> Result<Self, BuildError>;
}

/// Builds extensions from one validated section.
pub trait BuildExtension: Send + Sync {
    /// See [`ExtensionComponent::IS_STORAGE`].
    fn is_storage(&self) -> bool;

    /// See [`ExtensionComponent::build`].
    ///
    /// # Errors
    /// As there.
    fn build(&self, context: &BuildContext) -> Result<Arc<dyn Extension>, BuildError>;
}

type Decode = fn(&Section, &mut Issues) -> Option<Arc<dyn BuildExtension>>;

/// A row in a table of extensions.
#[derive(Clone, Copy)]
pub struct ExtensionFactory {
    /// What is known of the type.
    pub info: Info,
    /// Decodes and validates a section.
    pub decode: Decode,
}

impl ExtensionFactory {
    /// The row of one component type.
    pub const fn of<T: ExtensionComponent>() -> Self {
        Self { info: T::INFO, decode: decode::<T> }
    }
}

struct Builder<T: ExtensionComponent>(Ready<T::Config>);

fn decode<T: ExtensionComponent>(section: &Section, issues: &mut Issues) -> Option<Arc<dyn BuildExtension>> {
    ready(section, issues).map(|config| Arc::new(Builder::<T>(config)) as Arc<dyn BuildExtension>)
}

impl<T: ExtensionComponent> BuildExtension for Builder<T> {
    fn is_storage(&self) -> bool {
        T::IS_STORAGE
    }

    fn build(&self, context: &BuildContext) -> Result<Arc<dyn Extension>, BuildError> {
        Ok(Arc::new(T::build(self.0.config(), context)?))
    }
}
