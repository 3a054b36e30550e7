//! Bytes of the queues that are not as they were written, one place in each copy.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_testkit::otlp_backend::Signal;
use anyhow::{Context as _, Result, ensure};
use fastrand::Rng;

use super::SHUTDOWN;
use super::segment::{self, FILE_HEADER, Segment};
use crate::agent::Agent;
use crate::agent::log::Log;
use crate::backend::Backend;
use crate::ledger::Ledger;
use crate::load::post::post;
use crate::load::{GENERATORS, Targets};
use crate::options::Options;
use crate::ports;
use crate::scenario::durable::{self, Settings};
use crate::stage::Stage;
use crate::verdict::Verdict;

/// How long the queues fill, and in a short run.
const FILLING: Duration = Duration::from_secs(2);
const SHORT_FILLING: Duration = Duration::from_millis(700);
/// MiB of each queue; its segments are an eighth.
const MAX_MIB: u64 = 2;
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(5);
/// Who sends new data, and how many items of each signal.
const NEW: usize = GENERATORS;
const NEW_ITEMS: u64 = 10;

/// What is done to a file.
#[derive(Debug, Clone, Copy)]
enum Damage {
    /// Some bits of the byte at a place are turned.
    Flip { at: usize, bits: u8 },
    /// The file ends there.
    Cut { at: usize },
}

/// What is missing.
#[derive(Debug, Default)]
struct Missed {
    lost: Vec<String>,
    others: Vec<String>,
    untold: Vec<String>,
    ends: Vec<String>,
}

/// Fills queues, kills the agent, and lets one agent after the other find a damaged copy.
pub(super) async fn run(options: &Options) -> Result<Vec<Verdict>> {
    let (folder, directory) = durable::folder()?;
    let pristine = folder.path().join("pristine");
    let (grpc, http) = (ports::free()?, ports::free()?);
    let settings = Settings {
        grpc,
        http,
        directory: &directory,
        fsync: false,
        batch: false,
        max_mib: MAX_MIB,
        live_share: None,
    };
    let targets = Targets { grpc: vec![grpc], http: vec![http] };
    let mut stage = Stage::set(options, &durable::yaml(settings), targets).await?;
    stage.backend.refuse(true).await?;
    tokio::time::sleep(if options.short { SHORT_FILLING } else { FILLING }).await;
    let acknowledged = stage.kill().await?.acknowledged;
    stage.load.stop().await;
    fs::rename(&directory, &pristine)?;
    let segments = segment::all(&pristine)?;
    let frames: usize = segments.iter().map(|segment| segment.frames.len()).sum();
    stage.say(&format!("killed with {frames} records in {} segments", segments.len()));
    let missing = not_on_disk(&stage, &segments);

    let mut rng = Rng::with_seed(options.seed);
    let mut missed = Missed::default();
    for number in 1..=options.copies {
        let (segment, damage) = draw(&mut rng, &segments, number)?;
        copy(&pristine, &directory)?;
        damage.apply(&directory.join(&segment.path))?;
        let words = format!("copy {number}: {damage:?} of {}", segment.path.display());
        once(options, &stage, http, &segments, (segment, damage), &words, &mut missed)
            .await
            .context(words)?;
    }
    let of = |what: &str, list: &[String]| Verdict::none(what, list.len() as u64, list.first().cloned());
    stage.cluster.shutdown().await;
    Ok(vec![
        Verdict::none("acknowledged items that are not on disk", missing, Some(format!("of {acknowledged}"))),
        of(&format!("copies of {} of which more was lost than the damage hit", options.copies), &missed.lost),
        of("copies of which anything came that should not", &missed.others),
        of("copies whose damage the log does not count", &missed.untold),
        of("copies with which the agent did not end with 0", &missed.ends),
    ])
}

/// Acknowledged items that no frame holds.
fn not_on_disk(stage: &Stage, segments: &[Segment]) -> u64 {
    let now = Instant::now();
    for frame in segments.iter().flat_map(|segment| &segment.frames) {
        let intact = frame.items.clone();
        stage.ledger.arrived(&crate::item::Found { intact, ..Default::default() }, now);
    }
    stage.ledger.tally().lost
}

/// A place in a file. The first few copies see to it that headers and borders of records are among them.
fn draw<'a>(rng: &mut Rng, segments: &'a [Segment], number: usize) -> Result<(&'a Segment, Damage)> {
    let segment = rng.choice(segments).context("no segments")?;
    let frame = rng.choice(&segment.frames).context("an empty segment")?;
    let flip = |at, rng: &mut Rng| Damage::Flip { at, bits: rng.u8(1..) };
    let anywhere = rng.usize(FILE_HEADER..segment.frames.last().map_or(segment.len, |frame| frame.bytes.end));
    let damage = match number {
        1 => flip(rng.usize(..FILE_HEADER), rng),
        2 => Damage::Cut { at: anywhere },
        4 => flip(frame.bytes.start + rng.usize(..28), rng),
        5 => flip(frame.bytes.end - 1, rng),
        6 => Damage::Cut { at: frame.bytes.start },
        7 => Damage::Cut { at: rng.usize(..FILE_HEADER) },
        _ if number.is_multiple_of(8) => Damage::Cut { at: anywhere },
        _ => flip(anywhere, rng),
    };
    Ok((segment, damage))
}

impl Damage {
    fn apply(self, path: &Path) -> Result<()> {
        let mut content = fs::read(path)?;
        match self {
            Self::Flip { at, bits } => *content.get_mut(at).context("behind the end")? ^= bits,
            Self::Cut { at } => content.truncate(at),
        }
        Ok(fs::write(path, content)?)
    }

    /// The numbers of the frames of the segment that are gone with it.
    fn hits(self, segment: &Segment) -> Vec<usize> {
        let gone = |bytes: &std::ops::Range<usize>| match self {
            Self::Flip { at, .. } => at < FILE_HEADER || bytes.contains(&at),
            Self::Cut { at } => bytes.end > at,
        };
        (0..).zip(&segment.frames).filter(|(_, frame)| gone(&frame.bytes)).map(|(number, _)| number).collect()
    }

    /// Whether the log counts what it must.
    fn is_told(self, segment: &Segment, log: &Log) -> bool {
        let damaged = log.said("Files of the journal are damaged. What is whole is delivered.");
        let cut = log.said("The journal was cut behind the last whole record.");
        let count = |name: &str| {
            let lines = [&damaged, &cut];
            lines.into_iter().flatten().filter_map(|line| line.get(name)?.as_u64()).max().unwrap_or_default()
        };
        let hits = self.hits(segment).len() as u64;
        let (all_counted, torn) = (count("records") == hits, count("tornBytes") > 0);
        match self {
            Self::Flip { at, .. } if at < FILE_HEADER => count("setAside") == 1,
            // A damaged record at the very end is not told from one that was being written.
            Self::Flip { .. } => all_counted || (segment.is_last && torn),
            // Nothing tells it from a segment whose first record was being written.
            Self::Cut { at } if at < FILE_HEADER => true,
            // An end between records is as good as any other, when nothing comes behind it.
            Self::Cut { at } if segment.is_last => all_counted || torn || segment.is_border(at),
            Self::Cut { .. } => all_counted,
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir(to)?;
    for queue in fs::read_dir(from)? {
        let queue = queue?;
        let folder = to.join(queue.file_name());
        fs::create_dir(&folder)?;
        for file in fs::read_dir(queue.path())? {
            let file = file?;
            fs::copy(file.path(), folder.join(file.file_name()))?;
        }
    }
    Ok(())
}

/// Lets an agent find a damaged copy: what is whole arrives, and so does what is new.
async fn once(
    options: &Options,
    stage: &Stage,
    http: std::net::SocketAddr,
    segments: &[Segment],
    (segment, damage): (&Segment, Damage),
    words: &str,
    missed: &mut Missed,
) -> Result<()> {
    let ledger = Arc::new(Ledger::new(GENERATORS + 1));
    let hits = damage.hits(segment);
    let mut expected = 0;
    for other in segments {
        let is_hit = |number: usize| other.path == segment.path && hits.contains(&number);
        for (_, frame) in (0..).zip(&other.frames).filter(|(number, _)| !is_hit(*number)) {
            for name in &frame.items {
                ledger.acknowledged(name.generator, name.sequence..name.sequence + 1);
                expected += 1;
            }
        }
    }
    let backend = Backend::start(Arc::clone(&ledger)).await?;
    let mut environment = stage.cluster.environment().to_vec();
    environment.push(("KM_COLLECTOR_ENDPOINT", backend.url()));
    environment.push(("SOAK_METRICS_PORT", ports::free()?.port().to_string()));
    environment.push(("KM_SHUTDOWN_TIMEOUT", SHUTDOWN.to_owned()));
    let mut agent = Agent::start(Command::new(&options.agent), &environment, options.log.as_deref())?;
    agent.ready(PATIENCE).await?;
    for (signal, first) in [(Signal::Traces, 0), (Signal::Metrics, NEW_ITEMS), (Signal::Logs, 2 * NEW_ITEMS)]
    {
        post(http, signal, NEW, first..first + NEW_ITEMS).await?;
        ledger.acknowledged(NEW, first..first + NEW_ITEMS);
        expected += NEW_ITEMS;
    }
    let begin = Instant::now();
    while ledger.tally().lost > 0 && begin.elapsed() < PATIENCE {
        tokio::time::sleep(LOOK).await;
    }
    ensure!(expected > 0, "nothing is left");
    let ended = agent.terminate(PATIENCE).await?;
    let tally = ledger.tally();
    let enter = |list: &mut Vec<String>, is_so: bool| {
        if is_so {
            list.push(format!("{words}: {tally}"));
        }
    };
    enter(&mut missed.lost, tally.lost > 0);
    enter(&mut missed.others, tally.arrived > expected || tally.repeated + tally.altered > 0);
    enter(&mut missed.untold, !damage.is_told(segment, agent.log()));
    enter(&mut missed.ends, !ended.status.success() || agent.log().panicked());
    stage.say(&format!("{words}: {} records hit, {} items arrived", hits.len(), tally.arrived));
    Ok(())
}
