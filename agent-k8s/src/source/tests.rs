//! Promises of the sources, kept against a real API server over TLS.

mod changes;
mod config_map;
mod failures;
mod file;
mod memory;
mod noticed;
mod watch;

use std::path::Path;

use agent_testkit::kube_api::Server;

use super::*;
use crate::client::connect;
use crate::client::tests::pod;

const NAMESPACE: &str = "kloudmate";
const NAME: &str = "kmagent-config";
const KEY: &str = "agent-deployment.yaml";

/// A source that reads `server`'s documented `ConfigMap` with the files in `dir`.
async fn source(server: &Server, dir: &Path) -> ConfigMapSource {
    server.write_service_account_dir(dir).unwrap();
    ConfigMapSource::new(connect(&pod(server, dir)).await.unwrap(), NAMESPACE, NAME, KEY)
}

/// A server that holds `text` under the documented key.
async fn server_with(text: &str) -> Server {
    let server = Server::start().await.unwrap();
    put(&server, text);
    server
}

fn put(server: &Server, text: &str) {
    server.put_config_map(NAMESPACE, NAME, &[(KEY, text)]);
}

fn mount(dir: &Path, text: &str) {
    std::fs::write(dir.join(KEY), text).unwrap();
}
