//! What is measured: the agent in file mode, or a reference; how each is started.

use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::process::Process;
use crate::scenario::{Compression, Protocol};

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    /// The release binary with the seed configuration.
    Agent,
    /// The same with a `resource` processor in every pipeline.
    AgentWithResource,
    /// The least that a relay can do.
    Floor,
    /// What one writes with the usual crates.
    Relay,
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Agent => "agent",
            Self::AgentWithResource => "agent+resource",
            Self::Floor => "floor",
            Self::Relay => "relay",
        })
    }
}

/// The programs that subjects are.
pub(crate) struct Programs {
    /// The agent.
    pub(crate) agent: PathBuf,
    /// This program, which the references are part of.
    pub(crate) references: PathBuf,
}

/// A subject that runs.
pub(crate) struct Running {
    /// Its process.
    pub(crate) process: Process,
    grpc: SocketAddr,
    http: SocketAddr,
    ports: Vec<SocketAddr>,
    _folder: TempDir,
}

impl Running {
    /// Starts a subject that exports to `backend`.
    pub(crate) fn start(
        programs: &Programs,
        subject: Subject,
        compression: Compression,
        backend: &str,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("bench-").tempdir()?;
        let [grpc, http, health] = free_ports()?;
        let (mut command, ports) = match subject {
            Subject::Agent | Subject::AgentWithResource => {
                let document = configuration(grpc, http, compression, subject == Subject::AgentWithResource);
                fs::write(folder.path().join("agent-deployment.yaml"), document)?;
                let mut command = agent(programs, health, backend);
                command.env("KM_CONFIG_SOURCE", "file").env("KM_CONFIG_DIR", folder.path());
                (command, vec![grpc, http, health])
            }
            Subject::Floor | Subject::Relay => {
                let mut command = Command::new(&programs.references);
                command.args([subject.to_string(), grpc.to_string(), http.to_string()]);
                command.args([backend, compression.name()]);
                (command, if subject == Subject::Floor { vec![grpc, http] } else { vec![grpc] })
            }
        };
        Ok(Self { process: Process::start(&mut command)?, grpc, http, ports, _folder: folder })
    }

    /// Waits until it accepts on all its ports; the time since exec.
    pub(crate) async fn ready(&mut self) -> Result<std::time::Duration> {
        self.process.ready(&self.ports).await
    }

    /// Where requests of a protocol go.
    pub(crate) fn address(&self, protocol: Protocol) -> SocketAddr {
        match protocol {
            Protocol::Grpc => self.grpc,
            Protocol::Http => self.http,
        }
    }
}

/// The agent with the settings that every mode has in common.
pub(crate) fn agent(programs: &Programs, health: SocketAddr, backend: &str) -> Command {
    let mut command = Command::new(&programs.agent);
    for (name, _) in std::env::vars_os() {
        if ["KM_", "OTEL_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
        .env("KM_API_KEY", "bench")
        .env("KM_COLLECTOR_ENDPOINT", backend)
        .env("KM_HEALTH_ENDPOINT", health.to_string())
        .env("KM_STATUS_ENDPOINT", "off");
    command
}

/// The seed configuration with other ports, a short batch timeout and a chosen compression.
pub(crate) fn configuration(
    grpc: SocketAddr,
    http: SocketAddr,
    compression: Compression,
    resource: bool,
) -> String {
    let processors = if resource { "[resource, batch]" } else { "[batch]" };
    let definition = if resource { RESOURCE } else { "" };
    let pipeline = |signal: &str| {
        format!(
            "    {signal}:\n      receivers: [otlp]\n      processors: {processors}\n      exporters: [otlphttp]"
        )
    };
    let pipelines = ["traces", "metrics", "logs"].map(pipeline).join("\n");
    format!(
        "receivers:
  otlp:
    protocols:
      grpc:
        endpoint: {grpc}
      http:
        endpoint: {http}
processors:
{definition}  batch:
    timeout: 200ms
    send_batch_size: 1024
exporters:
  otlphttp:
    endpoint: ${{env:KM_COLLECTOR_ENDPOINT}}
    compression: {}
    headers:
      api-key: ${{env:KM_API_KEY}}
service:
  pipelines:
{pipelines}
",
        compression.name()
    )
}

const RESOURCE: &str = "  resource:
    attributes:
      - key: k8s.cluster.name
        value: production-eu
        action: upsert
      - key: deployment.environment.name
        value: production
        action: insert
      - key: service.namespace
        value: store
        action: upsert
      - key: process.pid
        action: delete
      - key: host.arch
        action: delete
";

/// Ports that were free a moment ago.
pub(crate) fn free_ports<const N: usize>() -> Result<[SocketAddr; N]> {
    let mut held = Vec::new();
    let mut ports = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)); N];
    for port in &mut ports {
        let listener = TcpListener::bind(*port)?;
        *port = listener.local_addr()?;
        held.push(listener);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_the_seed_with_the_named_changes() {
        let [grpc, http] = free_ports().unwrap();
        let plain = configuration(grpc, http, Compression::None, false);
        assert!(plain.contains("compression: none") && plain.contains("processors: [batch]"), "{plain}");
        assert!(
            plain.contains("send_batch_size: 1024") && plain.contains("api-key: ${env:KM_API_KEY}"),
            "{plain}"
        );
        let edited = configuration(grpc, http, Compression::Gzip, true);
        assert!(
            edited.contains("processors: [resource, batch]") && edited.contains("action: delete"),
            "{edited}"
        );
    }
}
