//! A program whose liveness and readiness Kubernetes can ask for: `/health` fails when its loop hangs, `/ready` when it ends.

use std::time::Duration;

use agent_health::{Health, HealthError, HealthServer};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Serves on `endpoint` while `work` is done again and again, until `stop`. `listening` is told the address.
pub(crate) async fn serve<Work: Future<Output = ()>>(
    endpoint: &str,
    stop: &CancellationToken,
    listening: impl FnOnce(std::net::SocketAddr),
    mut work: impl FnMut() -> Work,
) -> Result<(), HealthError> {
    let health = Health::new();
    let server = HealthServer::bind(endpoint, &health)?;
    listening(server.local_addr());
    // Last to go, so that probes are answered to the end.
    let probed = CancellationToken::new();
    let serving = JoinSet::from_iter([server.run(probed.clone())]);
    let heartbeat = health.watch("work", Duration::from_secs(30));
    health.set_ready();
    while stop.run_until_cancelled(work()).await.is_some() {
        heartbeat.beat();
    }
    health.shut_down();
    // ... what is held is passed on here ...
    probed.cancel();
    serving.join_all().await;
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), HealthError> {
    let tick = || tokio::time::sleep(Duration::from_secs(1));
    serve("localhost:13133", &CancellationToken::new(), |_| {}, tick).await
}
