//! The demo: a Kubernetes API server, the agent, a backend and an instrumented application on one machine.
//!
//! Nothing in it is pretended: the agent is the real program in Kubernetes mode, it reads the documented ConfigMap
//! through the API over TLS with a token, and the application uses the OpenTelemetry SDK. `cargo xtask demo` builds
//! and starts it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks on its terminal")]

mod agent;
mod application;
mod bare_root;
mod check;
mod cluster;
mod edit;
mod options;
mod probe;
mod sdk;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use agent_testkit::otlp_backend::{self, Backend};
use anyhow::{Context as _, Result, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::timeout;

use agent::Agent;
use application::Part;
use check::Check;
use cluster::Cluster;
use options::{Options, USAGE};

/// Key that the application's owner got for the backend.
const API_KEY: &str = "demo-key-4711";

const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let outcome = Options::parse(&args).and_then(|options| {
        let runtime = tokio::runtime::Runtime::new().context("cannot start a runtime")?;
        runtime.block_on(async {
            let keep = options.keep;
            // Either way the agent's owner is dropped, and the agent with it: nothing stays behind.
            tokio::select! {
                outcome = run(options) => outcome,
                signal = interrupted(keep) => bail!("ended by {}", signal?),
            }
        })
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Waits for a signal that ends the demo early. With `--keep` Ctrl-C is its regular end, waited for elsewhere.
async fn interrupted(keep: bool) -> Result<&'static str> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle signals")?;
    tokio::select! {
        _ = terminate.recv() => Ok("SIGTERM"),
        ended = tokio::signal::ctrl_c(), if !keep => ended.map(|()| "Ctrl-C").context("cannot handle signals"),
    }
}

/// Whether everything was as it should be.
async fn run(options: Options) -> Result<bool> {
    let begin = Instant::now();
    let step = |text: &str| println!("{:>6.2} s  {text}", begin.elapsed().as_secs_f64());

    agent::check_ports()?;
    let cluster = Cluster::start(&options.root, options.bare_root.as_deref()).await?;
    step(&format!("Kubernetes API server at {}, with the ConfigMap of deploy/kubernetes", cluster.url()));
    let (backend, url) = backend(&cluster).await?;
    step(&format!("OTLP backend at {url}, which wants an api-key"));

    let mut agent = Agent::start(&options.agent, &cluster, &url)?;
    let ready = agent.ready(PATIENCE).await?;
    step(&format!("the agent runs the ConfigMap: ready {:.0} ms after its start", ready.as_secs_f64() * 1e3));

    let outcome = act(&options, &agent, &backend, &cluster, step).await;
    let outcome = match outcome {
        Ok(mut checks) => {
            let ended = agent.stop(PATIENCE).await?;
            step(&format!("SIGTERM: the agent ended after {:.0} ms", ended.took.as_secs_f64() * 1e3));
            checks.extend(ended.checks());
            checks.extend(check::arrived(&backend.requests(), API_KEY));
            checks.push(check::edited(&backend.requests()));
            Ok(checks)
        }
        Err(error) => Err(error.context(format!("the agent's last words:\n{}", agent.last_words()))),
    };
    drop(agent);
    let requests = backend.requests();
    backend.shutdown().await;
    cluster.shutdown().await;
    let checks = outcome?;
    println!("\n{}", check::table(&requests));
    for check in &checks {
        println!("{check}");
    }
    let good = checks.iter().all(|check| check.good);
    println!(
        "\n{} in {:.1} s",
        if good { "all is well" } else { "NOT ALL IS WELL" },
        begin.elapsed().as_secs_f64()
    );
    Ok(good)
}

/// The backend and its URL. An agent in a bare root has to find its name and to trust its certificate.
async fn backend(cluster: &Cluster) -> Result<(Backend, String)> {
    let backend = Backend::start_with(otlp_backend::Options {
        tls: cluster.bare_root().is_some(),
        required_header: Some(("api-key".to_owned(), API_KEY.to_owned())),
        ..otlp_backend::Options::default()
    });
    let backend = backend.await.context("cannot start the backend")?;
    let Some(root) = cluster.bare_root() else {
        let url = backend.http_url();
        return Ok((backend, url));
    };
    root.trust(&backend.authority().certificate_pem())?;
    let url = format!("https://localhost:{}", backend.http_address().port());
    Ok((backend, url))
}

/// What the application and the kubelet do while the agent runs.
async fn act(
    options: &Options,
    agent: &Agent,
    backend: &Backend,
    cluster: &Cluster,
    step: impl Fn(&str),
) -> Result<Vec<Check>> {
    application::run(Part::BeforeTheEdit).await?;
    step(&format!(
        "an application sent {} over gRPC and HTTP with the OpenTelemetry SDK",
        application::sent(Part::BeforeTheEdit)
    ));
    // The documented batch holds what is less than 1024 items for ten seconds: the rest comes with the drain.
    let full = timeout(PATIENCE, backend.wait_for(|counts| counts.spans >= application::FULL_BATCH));
    let Ok(counts) = full.await else {
        bail!("a full batch of spans did not arrive within {} s: {:?}", PATIENCE.as_secs(), backend.counts());
    };
    step(&format!("a full batch arrived at the backend: {} spans", counts.spans));
    step(&edit::good(agent, cluster).await?);
    application::run(Part::AfterTheEdit).await?;
    step(&format!("the application sent {} more", application::sent(Part::AfterTheEdit)));
    step(&edit::bad(agent, cluster).await?);
    let mut checks = Vec::new();
    for reason in ["ConfigApplied", "ConfigRejected"] {
        let told = cluster.has_events(reason, PATIENCE).await;
        checks.push(Check::new(format!("an Event {reason} on the ConfigMap and on the Pod"), told));
    }
    for path in ["/health", "/ready"] {
        let status = probe::status(agent.health(), path).await?;
        checks.push(Check::new(format!("{path} answered {status}"), status == 200));
    }
    if options.keep {
        println!("\n{}\n", agent.endpoints(&backend.http_url()));
        tokio::signal::ctrl_c().await.context("cannot wait for Ctrl-C")?;
        step("Ctrl-C");
    }
    Ok(checks)
}
