//! An exporter keeps data only in an extension that runs and is a storage, and goes with its settings.

use std::sync::Arc;

use agent_component::{
    BoxFuture, BuildContext, BuildError, Components, ConsumeResult, Consumer, ExporterComponent,
    ExporterFactory, Extension, ExtensionComponent, ExtensionFactory, Holder, Info, Life, Outputs, Receiver,
    ReceiverComponent, ReceiverFactory, RunError, StartError, StorageUse, Telemetry,
};
use agent_config::{AnyYaml, ComponentId, Document, MapEnvironment, Validate, Validator};
use agent_otlp::Signal;
use serde::Deserialize;

use crate::{Difference, Effect, Plan, plan};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    storage: Option<ComponentId>,
    directory: AnyYaml,
}

impl Validate for Config {
    fn validate(&self, _: &mut Validator<'_>) {}
}

/// Every kind of component, of which nothing is ever built.
struct Part;

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

struct Beside<const IS_STORAGE: bool>;

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
    processors: &[],
    exporters: &[ExporterFactory::of::<Part>()],
    connectors: &[],
    extensions: &[ExtensionFactory::of::<Beside<true>>(), ExtensionFactory::of::<Beside<false>>()],
    planned: &[],
};

/// An exporter that keeps its data in `storage`, where `listed` extensions run.
fn judge(storage: &str, listed: &str, directory: &str) -> (Option<Plan>, String) {
    let text = format!(
        "receivers: {{hand: }}\nexporters: {{keep: {{storage: {storage}}}, keep/idle: {{storage: nowhere}}}}\n\
         extensions: {{disk/a: {{directory: {directory}}}, other: }}\n\
         service: {{extensions: [{listed}], pipelines: {{logs: {{receivers: [hand], exporters: [keep]}}}}}}\n"
    );
    let (document, issues) = Document::parse(&text, &MapEnvironment::new());
    let (plan, issues) = plan(&document.unwrap_or_else(|| panic!("{issues}")), &COMPONENTS);
    (plan, issues.to_string())
}

#[track_caller]
fn refused(storage: &str, listed: &str, words: &str) {
    let (plan, issues) = judge(storage, listed, "x");
    assert!(
        plan.is_none() && issues.starts_with(&format!("exporters::keep::queue::storage: {words}")),
        "{issues}"
    );
}

#[test]
fn a_storage_that_runs_is_taken() {
    let (plan, issues) = judge("disk/a", "disk/a, other", "x");
    assert!(plan.is_some() && issues.is_empty(), "{issues}");
}

#[test]
fn a_storage_that_does_not_run_is_refused() {
    refused("disk/a", "other", "no storage client extension found: \"disk/a\" is not in service::extensions");
    refused("disk/b", "disk/a", "no storage client extension found");
}

#[test]
fn an_extension_that_keeps_nothing_is_refused() {
    refused("other", "other", "requested extension is not a storage extension: \"other\"");
}

#[test]
fn an_exporter_is_exchanged_with_the_settings_of_its_storage() {
    let changed = |after: &str| {
        let plan = |directory| judge("disk/a", "disk/a", directory).0.unwrap();
        Difference::between(&plan("x"), &plan(after)).components(Effect::Change).collect::<Vec<_>>()
    };
    assert_eq!(changed("x"), [""; 0]);
    assert_eq!(changed("y"), ["\"disk/a\" extension", "\"keep\" exporter"]);
}
