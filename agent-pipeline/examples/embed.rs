//! The pipeline in a program of one's own, with a processor of one's own: OTLP comes in at port 4318, `team` puts an
//! attribute on every resource, and `debug` shows what came. The configuration is the Collector's, and judged as strictly.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{
    BuildContext, BuildError, BuildInfo, ClientInfo, Components, ConsumeError, Host, Info, Life, Processor,
    ProcessorComponent, ProcessorFactory,
};
use agent_config::{Document, ProcessEnvironment, Validate, Validator};
use agent_otlp::Batch;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Config {
    name: String,
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.name.is_empty() {
            at.error("name", "must not be empty");
        }
    }
}

struct Team(String);

impl ProcessorComponent for Team {
    const INFO: Info = Info::stable("team");
    type Config = Config;

    fn build(config: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self(config.name.clone()))
    }
}

impl Processor for Team {
    fn process(&self, batch: &mut Batch, _: Option<&ClientInfo>) -> Result<(), ConsumeError> {
        batch.edit_resources(|resource| resource.attributes_mut().upsert("team", self.0.clone()));
        Ok(())
    }
}

const COMPONENTS: Components = Components {
    receivers: agent_receivers::RECEIVERS,
    processors: &[ProcessorFactory::of::<Team>()],
    exporters: agent_exporters::EXPORTERS,
    connectors: &[],
    extensions: &[],
    planned: &[],
};

/// Runs what `configuration` describes until `stop`, then drains it for up to 10 s.
///
/// # Errors
/// All problems of the configuration, or why a component could not be built or started; then nothing runs.
pub(crate) async fn run(
    configuration: &str,
    host: &Arc<Host>,
    stop: &CancellationToken,
) -> Result<(), Box<dyn Error>> {
    let (document, mut issues) = Document::parse(configuration, &*host.environment);
    let document = document.ok_or_else(|| issues.to_string())?;
    let (plan, found) = agent_pipeline::plan(&document, &COMPONENTS);
    issues.extend(found);
    let plan = plan.filter(|_| !issues.has_errors()).ok_or_else(|| issues.to_string())?;

    let mut running = plan.build(host)?.start(&Life::default()).await?;
    // Whatever ends by an error or a panic is started anew.
    while stop.run_until_cancelled(running.trouble()).await.is_some() {
        running.mend().await;
    }
    let lost = running.stop(Duration::from_secs(10)).await.aborted;
    if lost.is_empty() { Ok(()) } else { Err(format!("did not drain in time: {lost:?}").into()) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let build = BuildInfo { version: env!("CARGO_PKG_VERSION"), commit: "none" };
    let host = Arc::new(Host::new(build, Arc::new(ProcessEnvironment)));
    let stop = CancellationToken::new();
    let stop_on_interrupt = async {
        // Without signals there is only the end by force.
        let _ = tokio::signal::ctrl_c().await;
        stop.cancel();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ran = run(CONFIGURATION, &host, &stop) => ran,
        () = stop_on_interrupt => Ok(()),
    }
}

pub(crate) const CONFIGURATION: &str = "
receivers: {otlp: {protocols: {http: {endpoint: 'localhost:4318'}}}}
processors: {team: {name: '${env:TEAM:-platform}'}}
exporters: {debug: {verbosity: detailed, use_internal_logger: false}}
service: {pipelines: {logs: {receivers: [otlp], processors: [team], exporters: [debug]}}}
";
