//! A kubeconfig file, for running outside a cluster.
//!
//! Errors say where the file is wrong but never quote it: it holds credentials.

use std::path::Path;

use kube::Config;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};

/// The configuration of the current context of `paths`, or why there is none.
pub(super) async fn config(paths: &Path) -> Result<Config, String> {
    let mut merged = Kubeconfig::default();
    for path in std::env::split_paths(paths).filter(|path| !path.as_os_str().is_empty()) {
        let one = Kubeconfig::read_from(&path).map_err(|error| text(&error))?;
        merged = merged.merge(one).map_err(|error| text(&error))?;
    }
    let explicit_proxy = merged.clusters.iter().filter_map(|named| named.cluster.as_ref());
    if explicit_proxy.filter_map(|cluster| cluster.proxy_url.as_deref()).any(|url| !url.is_empty()) {
        return Err("proxy-url is not supported".to_owned());
    }
    let mut config = Config::from_custom_kubeconfig(merged, &KubeConfigOptions::default())
        .await
        .map_err(|error| text(&error))?;
    // Kube takes HTTPS_PROXY here; the agent's proxy variables are for telemetry, not for the API server.
    config.proxy_url = None;
    Ok(config)
}

fn text(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::Parse(yaml) => match yaml.location() {
            Some(at) => format!("not valid at line {}, column {}", at.line(), at.column()),
            None => "not a valid kubeconfig".to_owned(),
        },
        other => other.to_string(),
    }
}
