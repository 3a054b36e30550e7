//! `KM_ACTION`: one question, its answer on standard output, and the exit status.

mod list;
mod reload;
mod trial;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use agent_component::Host;
use agent_config::{Environment, Settings, settings::Action};

use crate::document::{Judged, judge};
use crate::{BUILD, EX_CONFIG, source};

/// Answers the question that the settings ask.
pub(crate) async fn answer(settings: &Settings, environment: Arc<dyn Environment>) -> ExitCode {
    match ask(settings, environment).await {
        Ok(text) => print(&text, ExitCode::SUCCESS),
        Err(text) => print(&text, ExitCode::from(EX_CONFIG)),
    }
}

async fn ask(settings: &Settings, environment: Arc<dyn Environment>) -> Result<String, String> {
    if settings.action == Action::Components {
        return Ok(list::components());
    }
    let opened = source::open(settings, &*environment).await.map_err(|error| error.to_string())?;
    let snapshot = opened.source.read().await.map_err(|error| agent_telemetry::chain(&error).to_string())?;
    let Judged { document, plan, warnings } =
        judge(&snapshot.text, &*environment).map_err(|issues| issues.to_string())?;
    if settings.action == Action::PrintConfig {
        return Ok(document.resolved_yaml(true));
    }
    let host = Arc::new(Host::new(BUILD, Arc::clone(&environment)));
    if let Some(file) = settings.test_input.as_deref().filter(|_| settings.action == Action::Test) {
        return trial::trial(plan, host, file).await;
    }
    // Building finds what only the world knows: unreadable certificates, missing directories.
    plan.build(&host).map_err(|error| error.to_string())?;
    let pipelines: Vec<String> = plan.pipelines().map(ToString::to_string).collect();
    let mut lines: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    lines.push(format!("{} is valid; pipelines: {}", snapshot.origin, pipelines.join(", ")));
    lines.extend(reload::effects(&plan, settings, &*environment).await);
    Ok(lines.join("\n"))
}

fn print(text: &str, status: ExitCode) -> ExitCode {
    let mut out = std::io::stdout().lock();
    let written = out
        .write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match written.and_then(|()| out.flush()) {
        Ok(()) => status,
        Err(_) => ExitCode::FAILURE,
    }
}
