//! Start-up and memory without load: in file mode, and with the Kubernetes client running.

use std::time::Duration;

use agent_testkit::kube_api;
use anyhow::Result;
use tokio::time::sleep;

use super::Bench;
use super::pairs::median;
use crate::process::Process;
use crate::scenario::Compression;
use crate::subject::{Running, Subject, agent, configuration, free_ports};

const KUBERNETES_STARTS: usize = 3;

/// What an agent needs before it has anything to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Idle {
    /// Median time from exec to all ports accepting, in milliseconds.
    pub(crate) ready_ms: f64,
    /// Median resident memory, in bytes.
    pub(crate) resident: f64,
}

/// Starts the agent in file mode again and again.
pub(crate) async fn in_file_mode(bench: &Bench, starts: usize, settle: Duration) -> Result<Idle> {
    let (mut ready, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..starts {
        let mut running =
            Running::start(&bench.programs, Subject::Agent, Compression::Gzip, &bench.backend.url())?;
        ready.push(running.ready().await?.as_secs_f64() * 1e3);
        sleep(settle).await;
        resident.push(running.process.resident()? as f64);
        running.process.stop().await?;
    }
    Ok(Idle { ready_ms: median(ready), resident: median(resident) })
}

/// Median resident memory with the Kubernetes client and its watch, in bytes.
pub(crate) async fn in_kubernetes(bench: &Bench, settle: Duration) -> Result<f64> {
    let mut resident = Vec::new();
    for _ in 0..KUBERNETES_STARTS {
        let api = kube_api::Server::start().await?;
        let [grpc, http, health] = free_ports()?;
        let document = configuration(grpc, http, Compression::Gzip, false);
        api.put_config_map("kloudmate", "kmagent-config", &[("agent-deployment.yaml", &document)]);
        let folder = tempfile::tempdir()?;
        let mut command = agent(&bench.programs, health, &bench.backend.url());
        command
            .env("KUBECONFIG", api.write_kubeconfig(folder.path())?)
            .env("CONFIGMAP_NAME", "kmagent-config")
            .env("POD_NAMESPACE", "kloudmate")
            .env_remove("KUBERNETES_SERVICE_HOST");
        let mut process = Process::start(&mut command)?;
        process.ready(&[grpc, http, health]).await?;
        sleep(settle).await;
        resident.push(process.resident()? as f64);
        process.stop().await?;
        api.shutdown().await;
    }
    Ok(median(resident))
}
