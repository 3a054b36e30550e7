//! kubeagent, the life of the process: settings, then either one question to answer (`KM_ACTION`) or the servers that answer
//! for it, the source of configurations, and pipelines until somebody asks it to stop. How it is done stands elsewhere.

mod action;
mod agent;
mod components;
mod document;
mod environment;
mod facts;
mod memory;
mod servers;
mod signals;
mod source;
mod time_to_stop;

use std::process::ExitCode;
use std::sync::Arc;

use agent_component::Life;
use agent_config::{Environment, Settings, settings::Action};
use agent_health::{ConfigState, Health};
use agent_telemetry::LogHandle;
use facts::BUILD;
use time_to_stop::{block_on, within};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Exit status when settings or a configuration cannot be used (`EX_CONFIG` of sysexits.h).
const EX_CONFIG: u8 = 78;

fn main() -> ExitCode {
    let environment = Arc::new(environment::of_process(BUILD.version));
    let settings = Settings::from_env(&*environment);
    let level = environment::log_level(settings.as_ref().ok());
    let Ok(logs) = agent_telemetry::init(level) else { return ExitCode::FAILURE };
    let settings = match settings {
        Ok(settings) => settings,
        Err(errors) => {
            errors.iter().for_each(|error| tracing::error!("{error}"));
            return ExitCode::from(EX_CONFIG);
        }
    };
    agent_telemetry::register_secret(settings.api_key.expose());
    settings.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    match tokio::runtime::Runtime::new() {
        Err(error) => failed(format_args!("cannot start the runtime: {error}")),
        Ok(runtime) if settings.action == Action::Run => {
            block_on(runtime, live(settings, environment, logs.clone()), &logs)
        }
        Ok(runtime) => runtime.block_on(action::answer(&settings, environment)),
    }
}

/// From the first answer on the health port to the last line of the log.
async fn live(settings: Settings, environment: Arc<dyn Environment>, logs: LogHandle) -> ExitCode {
    let (life, health, asked) = (Life::default(), Health::new(), Arc::new(tokio::sync::Notify::new()));
    let config = ConfigState::new(&health);
    let servers = match servers::Servers::bind(&settings, &health, &config, &environment, &asked) {
        Ok(servers) => servers,
        Err(error) => return failed(format_args!("{}", agent_telemetry::chain(&error))),
    };
    if let Err(error) = signals::watch(life.stop.clone(), Arc::clone(&asked), logs.clone()) {
        return failed(format_args!("cannot handle signals: {error}"));
    }
    let host = agent::host(&settings, environment, servers.endpoints());
    let (over, stop, most) = (life.abort.clone(), life.stop.clone(), settings.shutdown_timeout);
    let watching = memory::watch(host.memory.clone(), settings.memory_limit, health.clone(), over.clone());
    let metrics = agent::metrics(&host).run(over.clone());
    let agent = agent::Agent::new(&settings, host, health, config, logs);
    let living = agent.live(&settings, life, &asked);
    let living = Box::pin(async { tokio::join!(living, servers.run(over), watching, metrics).0 });
    within(stop, most, living).await
}

fn failed(reason: std::fmt::Arguments<'_>) -> ExitCode {
    tracing::error!("{reason}");
    ExitCode::FAILURE
}
