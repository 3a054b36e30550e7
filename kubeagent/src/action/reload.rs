//! What applying a configuration would do to an agent that runs the one in the cluster.

use agent_config::{Environment, Settings};
use agent_pipeline::{Difference, Plan};

use crate::document::judge;
use crate::source;

/// Compares `plan` with the ConfigMap that the settings name beside a file. `None` when they name none; a ConfigMap that
/// cannot be read or used is said so, and is no reason to call the candidate bad.
pub(super) async fn effects(
    plan: &Plan,
    settings: &Settings,
    environment: &dyn Environment,
) -> Option<String> {
    let source = source::config_map_beside(settings, environment).await?;
    let snapshot = match source {
        Ok(source) => source.read().await.map_err(|error| agent_telemetry::chain(&error).to_string()),
        Err(error) => Err(agent_telemetry::chain(&error).to_string()),
    };
    Some(match snapshot {
        Err(reason) => format!("what a reload would do is not known: {reason}"),
        Ok(snapshot) => match judge(&snapshot.text, environment) {
            Err(_) => format!("{} is not valid, so a reload would start everything", snapshot.origin),
            Ok(running) => format!(
                "in an agent that runs {} it would\n{}",
                snapshot.origin,
                Difference::between(&running.plan, plan)
            ),
        },
    })
}
