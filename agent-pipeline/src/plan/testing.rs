//! What the tests of the plan share: every kind of component, of which nothing is ever built.

use std::sync::Arc;
use std::time::Duration;

use agent_component::factory::Batching;
use agent_component::{
    BoxFuture, BuildContext, BuildError, Components, ConnectorComponent, ConnectorFactory, ConsumeResult,
    Consumer, ExporterComponent, ExporterFactory, Extension, ExtensionComponent, ExtensionFactory, Holder,
    HoldingComponent, Info, Life, Next, Outputs, ProcessorFactory, Receiver, ReceiverComponent,
    ReceiverFactory, RunError, StartError, StorageUse, Telemetry,
};
use agent_config::{AnyYaml, ComponentId, Document, MapEnvironment, PipelineId, Validate, Validator};
use agent_otlp::Signal;
use serde::Deserialize;

use crate::{Plan, plan};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Config {
    storage: Option<ComponentId>,
    directory: AnyYaml,
    due: usize,
    by_client: bool,
    gathers: Option<bool>,
}

impl Validate for Config {
    fn validate(&self, _: &mut Validator<'_>) {}
}

pub(super) struct Part;

impl Consumer for Part {
    fn consume(&self, _: Telemetry) -> BoxFuture<'_, ConsumeResult> {
        Box::pin(std::future::pending())
    }
}

impl Holder for Part {}

impl ExporterComponent for Part {
    const INFO: Info = Info::stable("keep");
    type Config = Config;

    fn storage(config: &Config) -> Option<StorageUse> {
        Some(StorageUse { at: "queue::storage", extension: config.storage.clone()? })
    }

    fn build(_: &Config, _: &BuildContext, _: &[Signal]) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

impl HoldingComponent for Part {
    const INFO: Info = Info::stable("gather");
    type Config = Config;

    fn batching(config: &Config) -> Option<Batching> {
        let Config { due, by_client, gathers, .. } = *config;
        gathers.unwrap_or(true).then_some(Batching { due, max: 0, timeout: Duration::ZERO, by_client })
    }

    fn build(_: &Config, _: &BuildContext, _: Next) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

impl ConnectorComponent for Part {
    const INFO: Info = Info::stable("join");
    const PAIRS: &'static [(Signal, Signal)] = &[(Signal::Logs, Signal::Logs)];
    type Config = Config;

    fn build(
        _: &Config,
        _: &BuildContext,
        _: (Signal, Signal),
        _: Vec<(PipelineId, Next)>,
    ) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

impl Receiver for Part {
    fn start(&mut self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async { Ok(()) })
    }

    fn run(self: Box<Self>, _: Outputs, _: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(std::future::pending())
    }
}

impl ReceiverComponent for Part {
    const INFO: Info = Info::stable("hand");
    type Config = Config;

    fn build(_: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

pub(super) struct Beside<const IS_STORAGE: bool>;

impl<const IS_STORAGE: bool> Extension for Beside<IS_STORAGE> {
    fn run(self: Arc<Self>, _: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(std::future::pending())
    }
}

impl<const IS_STORAGE: bool> ExtensionComponent for Beside<IS_STORAGE> {
    const INFO: Info = Info::stable(if IS_STORAGE { "disk" } else { "other" });
    const IS_STORAGE: bool = IS_STORAGE;
    type Config = Config;

    fn build(_: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

const COMPONENTS: Components = Components {
    receivers: &[ReceiverFactory::of::<Part>()],
    processors: &[ProcessorFactory::holding::<Part>()],
    exporters: &[ExporterFactory::of::<Part>()],
    connectors: &[ConnectorFactory::of::<Part>()],
    extensions: &[ExtensionFactory::of::<Beside<true>>(), ExtensionFactory::of::<Beside<false>>()],
    planned: &[],
};

/// The plan of a document, and what was said of it.
pub(super) fn judge(text: &str) -> (Option<Plan>, String) {
    let (document, issues) = Document::parse(text, &MapEnvironment::new());
    let (plan, issues) = plan(&document.unwrap_or_else(|| panic!("{issues}")), &COMPONENTS);
    (plan, issues.to_string())
}
