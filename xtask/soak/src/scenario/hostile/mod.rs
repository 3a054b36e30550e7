//! `hostile`: clients that want to hurt, one kind after the other, while the usual clients go on.
//!
//! Whatever they do, the agent stays alive and ready and serves the others as before, and when they have gone nothing of
//! them is left: no descriptor and no memory.

mod attack;
mod raw;
mod words;

use std::fs;

use std::path::Path;
use std::time::{Duration, Instant};

use agent_testkit::tls::Authority;
use anyhow::Result;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Findings, plain};
use crate::agent::resources::Resources;
use crate::agent::watch::Watch;
use crate::cage::Cage;
use crate::figures::{Window, milliseconds, percentile, split};
use crate::load::Targets;
use crate::load::journal::Incident;
use crate::options::Options;
use crate::ports;
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;
use attack::{Attack, Field, Tally};
use raw::Met;

/// As in the manifests.
const LIMIT: u64 = 256 << 20;
/// Memory that may stay after an attack, in mebibytes: pages that threads keep for the next time.
const KEPT: f64 = 16.0;
/// Everything is as before within this.
const HEALS: Duration = Duration::from_secs(15);
/// What the usual clients' latency may become at the 99th percentile, in what it was; below the floor nobody notices.
const TIMES: f64 = 2.0;
const FLOOR: f64 = 10.0;
const QUEUE: usize = 10_000;
const MIB: f64 = 1_048_576.0;
/// For the head of a request, shorter than the default so that it can be seen.
const HEAD_WITHIN: &str = "1s";

/// What came of an attack.
struct Outcome {
    attack: Attack,
    tally: Tally,
    window: Window,
    /// Memory and descriptors more than before, when they had come back or were given up.
    grown: f64,
    left: Vec<String>,
    healed: Duration,
}

/// Runs the scenario.
pub(super) async fn run(options: &Options) -> Result<Findings> {
    let short = options.short;
    let options = Options { rate: if short { 2000 } else { options.rate }, ..options.clone() };
    let (grpc, http, tls, health) = (ports::free()?, ports::free()?, ports::free()?, ports::free()?);
    let field = Field {
        grpc,
        http,
        tls,
        clients: if short { 50 } else { 500 },
        time: Duration::from_millis(if short { 1500 } else { 5000 }),
        seed: options.seed,
    };
    let folder = tempfile::tempdir()?;
    let yaml = configuration(&field, folder.path())?;
    let cage = Cage::of(LIMIT);
    println!("{}; {} clients at once", cage.describe(), field.clients);
    let targets = Targets { grpc: vec![grpc], http: vec![http] };
    let mut stage = Stage::set_with(&options, &yaml, targets, cage.wrapper(health)).await?;
    let watch = Watch::on(stage.agent.pid(), health);
    let steady = Duration::from_secs(if short { 2 } else { 10 });
    sleep(steady / 2).await;
    let before = Window { from: Instant::now(), to: Instant::now() + steady };
    sleep(steady).await;
    let at_first = stage.resources().await?;

    let mut outcomes = Vec::new();
    for attack in Attack::ALL {
        let from = Instant::now();
        let tally = attack.run(&field).await;
        let window = Window { from, to: Instant::now() };
        stage.agent.check()?;
        let outcome = settled(&stage, attack, tally, window, &at_first).await?;
        stage.say(&outcome.describe());
        outcomes.push(outcome);
    }
    let seen = watch.take();
    let served = stage.load.journal().all_served();
    let p99 = |windows: &[Window]| milliseconds(percentile(&mut split(&served, windows).0, 0.99));
    let during = |floods: bool| {
        let chosen = outcomes.iter().filter(|outcome| outcome.attack.floods() == floods);
        p99(&chosen.map(|outcome| outcome.window).collect::<Vec<_>>())
    };
    let (usual, during, in_floods) = (p99(&[before]), during(false), during(true));
    let limit = (usual * TIMES).max(FLOOR);

    let mut verdicts: Vec<Verdict> = outcomes.iter().flat_map(Outcome::verdicts).collect();
    let latency = |when: &str, found| {
        Verdict::at_most(&format!("latency of the others at the 99th percentile{when}"), found, limit, "ms")
    };
    verdicts.push(latency("", during).unless(options.relaxed));
    verdicts.push(latency(", in floods", in_floods).unless(true));
    verdicts.push(Verdict::none("not ready", seen.not_ready, None).unless(options.relaxed));
    verdicts.push(Verdict::none("not alive", seen.not_alive, None).unless(options.relaxed));
    let (ending, _) = stage.end(options.rate).await?;
    verdicts.extend(stage.met_none(&Incident::FAILURES));
    verdicts.extend(balanced(&ending.tally, "items"));
    verdicts.extend(ending.verdicts(options.relaxed));
    let attacks: Vec<Value> = outcomes.iter().map(Outcome::json).collect();
    stage.cluster.shutdown().await;
    Ok(Findings {
        verdicts,
        figures: json!({"usual_p99_ms": usual, "p99_ms": during, "floods_p99_ms": in_floods, "attacks": attacks}),
    })
}

/// The usual configuration with an impatient HTTP server, and a receiver behind TLS.
fn configuration(field: &Field, folder: &Path) -> Result<String> {
    let identity = Authority::new()?.server()?;
    let (cert, key) = (folder.join("tls.crt"), folder.join("tls.key"));
    fs::write(&cert, identity.certificate_pem)?;
    fs::write(&key, identity.key_pem)?;
    let Field { grpc, http, tls, .. } = field;
    let plain = format!("      http: {{endpoint: '{http}'}}\n");
    let with_tls = format!(
        "      http: {{endpoint: '{http}', read_header_timeout: {HEAD_WITHIN}}}\n  otlp/tls:\n    protocols:\n      \
         grpc: {{endpoint: '{tls}', tls: {{cert_file: '{}', key_file: '{}'}}}}\n",
        cert.display(),
        key.display(),
    );
    let yaml = plain::yaml(*grpc, *http, QUEUE).replace(&plain, &with_tls);
    Ok(yaml.replace("receivers: [otlp]", "receivers: [otlp, otlp/tls]"))
}

/// Waits until what the agent holds is as it was at first, or long enough.
async fn settled(
    stage: &Stage,
    attack: Attack,
    tally: Tally,
    window: Window,
    at_first: &Resources,
) -> Result<Outcome> {
    let begin = Instant::now();
    loop {
        let now = stage.resources().await?;
        let grown = (now.resident as f64 - at_first.resident as f64) / MIB;
        let left = now.more_than(at_first);
        let healed = begin.elapsed();
        if (left.is_empty() && grown <= KEPT) || healed > HEALS {
            return Ok(Outcome { attack, tally, window, grown, left, healed });
        }
    }
}

impl Outcome {
    fn describe(&self) -> String {
        let Self { attack, tally, window, grown, left, healed } = self;
        let took = milliseconds(window.to - window.from);
        let (name, descriptors) = (attack.name(), left.len());
        format!(
            "{name}: {tally:?} in {took:.0} ms; {descriptors} descriptors and {grown:.1} MiB more after {:.1} s",
            healed.as_secs_f64()
        )
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let count = |met| self.tally.get(&met).copied().unwrap_or_default();
        let mut verdicts = vec![
            Verdict::none("taken for telemetry", count(Met::Taken), None),
            Verdict::none("descriptors that stay", self.left.len() as u64, self.left.first().cloned()),
            Verdict::at_most("memory that stays", self.grown, KEPT, "MiB"),
        ];
        if self.attack.must_end() {
            verdicts.push(Verdict::none("neither answered nor cut off", count(Met::Nothing), None));
        }
        verdicts.into_iter().map(|verdict| verdict.of(self.attack.name())).collect()
    }

    fn json(&self) -> Value {
        let took = milliseconds(self.window.to - self.window.from);
        json!({
            "attack": self.attack.name(), "met": format!("{:?}", self.tally), "ms": took,
            "grown_mib": self.grown, "descriptors": self.left.len(), "healed_s": self.healed.as_secs_f64(),
        })
    }
}
