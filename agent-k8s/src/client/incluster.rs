//! The pod's own service account.
//!
//! Kube has a loader of its own, but it reads the environment and a fixed directory itself, which no test can replace.

use std::path::Path;

use kube::Config;

use super::ClientOptions;

/// The configuration of a pod, or why this is not one.
pub(super) fn config(options: &ClientOptions) -> Result<Config, String> {
    let (Some(host), Some(port)) = (&options.service_host, &options.service_port) else {
        return Err("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; \
                    outside a cluster set KUBECONFIG"
            .to_owned());
    };
    let port: u16 =
        port.parse().map_err(|_| format!("KUBERNETES_SERVICE_PORT is not a port number: {port:?}"))?;
    let url = if host.contains(':') {
        format!("https://[{host}]:{port}")
    } else {
        format!("https://{host}:{port}")
    };
    let url = url.parse().map_err(|_| format!("KUBERNETES_SERVICE_HOST is not a host: {host:?}"))?;
    let dir = &options.service_account_dir;
    let token = dir.join("token");
    read(&token)?;
    let ca = dir.join("ca.crt");
    read(&ca)?;
    let mut config = Config::new(url);
    // A pod may do without this file; it only says which namespace is the default one.
    if let Ok(namespace) = read(&dir.join("namespace")) {
        namespace.trim().clone_into(&mut config.default_namespace);
    }
    config.root_cert = Some(Vec::new());
    config.root_cert_file = Some(ca);
    config.auth_info.token_file = Some(token.to_string_lossy().into_owned());
    Ok(config)
}

/// The text of a file that has to be there and not empty.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let text =
        std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if text.trim().is_empty() {
        return Err(format!("{} is empty", path.display()));
    }
    Ok(text)
}
