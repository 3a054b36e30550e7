//! A disk that does not take data for a while, one kind after the other.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::{Resource, Rlimit, prlimit};

use super::SHUTDOWN;
use super::place::Place;
use crate::load::Targets;
use crate::load::journal::Incident;
use crate::options::Options;
use crate::ports;
use crate::scenario::durable::{self, Settings};
use crate::stage::{Stage, balanced};
use crate::verdict::Verdict;

/// Load before anything is bad.
const WARM_UP: Duration = Duration::from_millis(300);
/// The agent refuses within this.
const NOTICED: Duration = Duration::from_secs(20);
/// How long it stays bad after that.
const BAD: Duration = Duration::from_millis(500);
/// It takes data again, and has sent what it had, within this.
const HEALED: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(20);
/// Items that have to be acknowledged after it is well.
const ENOUGH: u64 = 1000;
/// MiB of a file system of its own.
const SMALL_MIB: u64 = 2;
/// What a file may grow to while the disk fails.
const LARGEST_FILE: u64 = 5000;
/// The line of the log.
const TOLD: &str = "The queue on disk does not take data. Rejecting it.";

/// What is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The queue has reached `file_storage::max_size`.
    MaxSize,
    /// The queue has filled the file system.
    Full,
    /// Somebody else has filled it.
    Filled,
    /// It has become read-only over a kill of the agent.
    ReadOnly,
    /// Writes fail in the middle (`RLIMIT_FSIZE`, with its signal ignored).
    Failing,
    /// There is a file where the folder was.
    Gone,
}

impl Kind {
    pub(super) const ALL: [Self; 6] =
        [Self::MaxSize, Self::Full, Self::Filled, Self::ReadOnly, Self::Failing, Self::Gone];

    /// Whether it is the backend that makes the queue grow.
    fn is_backlog(self) -> bool {
        matches!(self, Self::MaxSize | Self::Full)
    }

    fn is_namespace(self) -> bool {
        matches!(self, Self::Full | Self::Filled | Self::ReadOnly)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::MaxSize => "max_size reached",
            Self::Full => "file system full of it",
            Self::Filled => "file system filled by others",
            Self::ReadOnly => "read-only",
            Self::Failing => "writes fail",
            Self::Gone => "folder replaced",
        })
    }
}

/// Why the machine does not let us do that.
pub(super) fn cannot(kind: Kind) -> Option<String> {
    let place = if kind.is_namespace() { Place::small(1).map(|_| ()) } else { Ok(()) };
    place.err().map(|error| format!("{error:#}"))
}

/// Lets the agent live through it.
pub(super) async fn endure(options: &Options, kind: Kind) -> Result<Vec<Verdict>> {
    let place = if kind.is_namespace() { Place::small(SMALL_MIB)? } else { Place::plain()? };
    let (grpc, http) = (ports::free()?, ports::free()?);
    // Small segments, so that it does not take long until a new one is needed.
    let max_mib = if kind.is_namespace() { 64 } else { 1 };
    let settings = Settings {
        grpc,
        http,
        directory: &place.directory,
        fsync: false,
        batch: false,
        max_mib,
        live_share: None,
    };
    let targets = Targets { grpc: vec![grpc], http: vec![http] };
    let mut wrapper = match kind {
        // Without the signal a write fails as on any other disk.
        Kind::Failing => ["sh", "-c", "trap '' XFSZ; exec \"$0\" \"$@\""].map(str::to_owned).to_vec(),
        _ => place.wrapper(),
    };
    // Nobody comes any more when it ends, and nothing is left to be drained.
    wrapper.extend(["env".to_owned(), format!("KM_SHUTDOWN_TIMEOUT={SHUTDOWN}")]);
    let mut stage = Stage::set_with(options, &durable::yaml(settings), targets, wrapper).await?;
    tokio::time::sleep(WARM_UP).await;
    begin(kind, &mut stage, &place).await?;
    let noticed = refuses(kind, &mut stage, &place).await?;
    let sent = if kind.is_backlog() { None } else { Some(all_sent(&stage).await) };
    let told = stage.agent.log().said(TOLD).is_some();
    let refused = stage.load.journal().count(Incident::Deferred);
    end(kind, &stage, &place).await?;
    let healed = takes_again(&mut stage).await?;
    stage.say(&match healed {
        Some(took) => format!(
            "{refused} requests refused; well again, and data is taken {:.2} s later",
            took.as_secs_f64()
        ),
        None => format!("{refused} requests refused; well again, and no data is taken"),
    });
    let (mut ending, _) = stage.end(options.rate).await?;
    if let Some(account) = ending.account.as_mut().filter(|_| kind == Kind::ReadOnly) {
        account.left = account.sent.saturating_sub(account.accepted);
    }
    let mut verdicts = stage.met_none(&[Incident::Rejected]);
    if kind != Kind::ReadOnly {
        verdicts.extend(stage.met_none(&[Incident::Broken, Incident::Refused]));
    }
    verdicts.push(Verdict::holds(
        "data is refused in a way that may pass",
        format!("{refused} requests"),
        noticed,
    ));
    verdicts.push(Verdict::holds("the log says so", "", told));
    if let Some(sent) = sent {
        verdicts.push(Verdict::holds("what is there is sent all the while", "", sent));
    }
    verdicts.push(Verdict::holds("data is taken again by itself", "", healed.is_some()));
    verdicts.extend(balanced(&ending.tally, "items"));
    verdicts.extend(ending.verdicts(options.relaxed));
    stage.cluster.shutdown().await;
    Ok(verdicts)
}

async fn begin(kind: Kind, stage: &mut Stage, place: &Place) -> Result<()> {
    match kind {
        Kind::MaxSize | Kind::Full => stage.backend.refuse(true).await?,
        Kind::Filled => place.fill()?,
        Kind::ReadOnly => {
            stage.backend.refuse(true).await?;
            tokio::time::sleep(WARM_UP).await;
            stage.kill().await?;
            place.protect(true)?;
            let begin = stage.spawn()?;
            stage.ready(begin).await?;
            stage.backend.refuse(false).await?;
        }
        Kind::Failing => limit_files(stage, Some(LARGEST_FILE))?,
        Kind::Gone => place.block(true)?,
    }
    stage.say("the disk is bad");
    Ok(())
}

async fn end(kind: Kind, stage: &Stage, place: &Place) -> Result<()> {
    match kind {
        Kind::MaxSize | Kind::Full => stage.backend.refuse(false).await,
        Kind::Filled => place.empty(),
        Kind::ReadOnly => place.protect(false),
        Kind::Failing => limit_files(stage, None),
        Kind::Gone => place.block(false),
    }
}

fn limit_files(stage: &Stage, limit: Option<u64>) -> Result<()> {
    let limit = Rlimit { current: limit, maximum: None };
    prlimit(Some(stage.agent.process()?), Resource::Fsize, limit)?;
    Ok(())
}

/// Waits until the agent refuses requests, and goes on for a while; whether it did.
async fn refuses(kind: Kind, stage: &mut Stage, place: &Place) -> Result<bool> {
    let (begin, mut since) = (Instant::now(), None);
    while since.is_none_or(|since: Instant| since.elapsed() < BAD) {
        if begin.elapsed() > NOTICED {
            return Ok(false);
        }
        stage.agent.check()?;
        if kind == Kind::Filled {
            // What the agent gives back is taken too.
            place.fill()?;
        }
        if since.is_none() && stage.load.journal().count(Incident::Deferred) > 0 {
            since = Some(Instant::now());
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(true)
}

/// Whether everything acknowledged arrives while the disk is bad.
async fn all_sent(stage: &Stage) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < HEALED {
        if stage.ledger.tally().lost == 0 {
            return true;
        }
        tokio::time::sleep(LOOK).await;
    }
    false
}

/// How long it takes until new data is acknowledged.
async fn takes_again(stage: &mut Stage) -> Result<Option<Duration>> {
    let (begin, before) = (Instant::now(), stage.ledger.tally().acknowledged);
    while begin.elapsed() < HEALED {
        stage.agent.check()?;
        if stage.ledger.tally().acknowledged >= before + ENOUGH {
            return Ok(Some(begin.elapsed()));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(None)
}
