//! What is known of the binary when it is built.

use agent_component::BuildInfo;

/// Version, and the commit if the build was told.
pub(crate) const BUILD: BuildInfo = BuildInfo {
    version: env!("CARGO_PKG_VERSION"),
    commit: match option_env!("KUBEAGENT_COMMIT") {
        Some(commit) => commit,
        None => "none",
    },
};
