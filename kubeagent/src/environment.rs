//! The environment as configurations see it: the process's, with the agent's own version laid over it.

use agent_config::settings::{Action, Layered, LogLevel};
use agent_config::{MapEnvironment, ProcessEnvironment, Settings};
use tracing::Level;

/// The process's environment plus `KM_AGENT_VERSION`, which the agent sets for `${env:KM_AGENT_VERSION}`.
///
/// An overlay and not `std::env::set_var`, which is unsound once threads run.
pub(crate) fn of_process(version: &str) -> Layered<MapEnvironment, ProcessEnvironment> {
    Layered { upper: MapEnvironment::new().with("KM_AGENT_VERSION", version), lower: ProcessEnvironment }
}

/// The level of the log; the default where the settings cannot be used.
///
/// An action answers on standard output, where only errors may come between.
pub(crate) fn log_level(settings: Option<&Settings>) -> Level {
    let Some(settings) = settings else { return Level::INFO };
    match settings.log_level {
        _ if settings.action != Action::Run => Level::ERROR,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Info => Level::INFO,
        LogLevel::Warn => Level::WARN,
        LogLevel::Error => Level::ERROR,
    }
}
