//! `examples/follow.rs` does what it says, against an API server of this process.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

#[allow(dead_code, reason = "`main` is for who runs the example")]
#[path = "../examples/follow.rs"]
mod follow;

use std::ops::ControlFlow;
use std::time::Duration;

use agent_k8s::ClientOptions;
use agent_testkit::kube_api::Server;

#[tokio::test]
async fn what_is_there_what_changes_and_what_fails_are_told() {
    let api = Server::start().await.unwrap();
    let put =
        |text: &str| api.put_config_map("kloudmate", "kmagent-config", &[("agent-deployment.yaml", text)]);
    put("receivers:");
    let directory = tempfile::tempdir().unwrap();
    let kubeconfig = Some(api.write_kubeconfig(directory.path()).unwrap());
    let options = ClientOptions { kubeconfig, ..ClientOptions::default() };
    let mut all = Vec::new();
    let following = follow::follow(&options, |told| {
        all.push(told.to_owned());
        match all.len() {
            1 => drop(put("receivers: {}")),
            2 => drop(api.delete_config_map("kloudmate", "kmagent-config")),
            _ => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    });
    tokio::time::timeout(Duration::from_mins(1), following).await.unwrap().unwrap();
    let place = "from ConfigMap kloudmate/kmagent-config key agent-deployment.yaml at resource version ";
    assert!(all[0].starts_with(&format!("10 bytes {place}")), "{all:?}");
    assert!(all[1].starts_with(&format!("13 bytes {place}")), "{all:?}");
    assert!(all[2].contains("kmagent-config"), "{all:?}");
}
