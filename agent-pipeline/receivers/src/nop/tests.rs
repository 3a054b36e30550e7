//! It does nothing, until told to stop.

use std::sync::Arc;

use agent_component::{BuildContext, BuildInfo, Host, Life, Outputs, Receiver, ReceiverComponent};
use agent_config::MapEnvironment;

use super::{Config, Nop};

#[tokio::test]
async fn it_runs_until_it_is_stopped() {
    let host = Host::new(BuildInfo { version: "0", commit: "none" }, Arc::new(MapEnvironment::new()));
    let context = BuildContext { id: "nop".parse().unwrap(), pipeline: None, host: Arc::new(host) };
    let mut nop = Box::new(Nop::build(&Config::default(), &context).unwrap());
    nop.start().await.unwrap();
    let life = Life::default();
    let mut run = nop.run(Outputs::default(), life.clone());
    assert!(tokio::time::timeout(std::time::Duration::ZERO, &mut run).await.is_err());
    life.stop.cancel();
    run.await.unwrap();
}
