//! Follows a `ConfigMap` and tells each text and each failure, once: in a pod with the service account, elsewhere with `KUBECONFIG`.

use std::io::Write as _;
use std::ops::ControlFlow;
use std::time::Duration;

use agent_k8s::{ClientOptions, ConfigMapSource, ConnectError, Source, connect};

/// Tells what is there now, and then each change, until whoever is told breaks off.
pub(crate) async fn follow(
    options: &ClientOptions,
    mut tell: impl FnMut(&str) -> ControlFlow<()>,
) -> Result<(), ConnectError> {
    let connection = connect(options).await?;
    let source = ConfigMapSource::new(connection, "kloudmate", "kmagent-config", "agent-deployment.yaml");
    // The watch brings changes at once; the interval is for an API server whose watch is forbidden or lags.
    let mut changes = Source::ConfigMap(source).changes(Duration::from_secs(30));
    loop {
        let told = match changes.next().await {
            Ok(snapshot) => format!("{} bytes from {}", snapshot.text.len(), snapshot.origin),
            // The sequence goes on: a failure is news like a text.
            Err(error) => error.to_string(),
        };
        if tell(&told).is_break() {
            return Ok(());
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ConnectError> {
    #[expect(clippy::disallowed_methods, reason = "an example that stands alone reads its own environment")]
    let options = ClientOptions::from_lookup(|name| std::env::var(name).ok());
    let print = |told: &str| match writeln!(std::io::stdout(), "{told}") {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    follow(&options, print).await
}
