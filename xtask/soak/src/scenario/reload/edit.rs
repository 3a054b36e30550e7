//! One edit: made through the API, waited for, and looked for at the backend.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::bad::{Bad, Deed};
use super::plan::Good;
use super::result::{Fate, Met, Outcome};
use super::shape::{Copies, Shape};
use super::{Reload, ports};
use crate::agent::log::Event;
use crate::cluster::KEY;
use crate::figures::Window;
use crate::load::journal::Incident;
use crate::load::{STAYING, Targets};

/// After this an edit has failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// After this the effect of an active edit has failed to show.
const EFFECT: Duration = Duration::from_secs(5);
/// After this a generator has noticed that its connection has ended.
const NOTICED: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(20);
/// How long after its line a swap may still be felt.
const AFTERMATH: Duration = Duration::from_millis(500);

impl Reload {
    /// Makes a good edit.
    pub(super) async fn good(&mut self, number: usize, kind: Good) -> Result<Outcome> {
        let mut next = self.shape.clone();
        kind.change(&mut next, number, &mut self.rng);
        if kind == Good::Port {
            let moved = if self.rng.bool() { &mut next.grpc } else { &mut next.http };
            *moved = ports::free()?;
        }
        if kind == Good::Header && self.rng.bool() {
            let hasty = |revision| Shape { revision, ..next.clone() };
            let passing = [hasty(number * 1000 + 1), hasty(number * 1000 + 2)];
            return self.apply(&passing, next, "exporter header, 3 edits at once").await;
        }
        self.apply(&[], next, kind.text()).await
    }

    /// Lets the agent run another configuration. The `passing` ones are written right before it, and the agent is free
    /// to run them or not.
    pub(super) async fn apply(
        &mut self,
        passing: &[Shape],
        next: Shape,
        name: &'static str,
    ) -> Result<Outcome> {
        let text = next.yaml(&self.second.url());
        let hash = sha256(&text);
        let mut outcome = Outcome::of(name, next.receives_like(&self.shape));
        let met = self.met();
        let copied = self.second.sighting().requests;
        // While both are possible, a new connection takes the old address first: it has to answer until the new one does.
        self.stage.load.lead(Targets {
            grpc: distinct(self.shape.grpc, next.grpc),
            http: distinct(self.shape.http, next.http),
        });
        let (seen, begin) = (self.stage.agent.log().seen(), Instant::now());
        for shape in passing {
            self.stage.cluster.write(KEY, &shape.yaml(&self.second.url())).await?;
        }
        let written = self.stage.cluster.write(KEY, &text).await?;
        let is_it = |event: &Event| match event {
            Event::Active(Some(of)) => hash.starts_with(of.as_str()),
            Event::Active(None) => true,
            Event::Refused(_) => false,
        };
        if let Some(active) = self.stage.agent.log().after(seen, PATIENCE, is_it).await {
            outcome.fate = Fate::Active(active.at.saturating_duration_since(written));
            outcome.window = Some(Window { from: begin, to: active.at + AFTERMATH });
            outcome.trouble = self.effect_of(&next, copied).await;
            self.shape = next;
        } else {
            let refused = |event: &Event| matches!(event, Event::Refused(_));
            let said = self.stage.agent.log().after(seen, Duration::ZERO, refused).await;
            outcome.trouble = Some(match said.map(|entry| entry.event) {
                Some(Event::Refused(reason)) => format!("was refused: {reason}"),
                _ => format!("is not active after {} s", PATIENCE.as_secs()),
            });
        }
        self.stage.load.lead(self.shape.targets());
        sleep(AFTERMATH + self.pause).await;
        if !outcome.leaves_connections {
            self.moved_on(met.moved).await;
        }
        outcome.met = self.met() - met;
        Ok(outcome)
    }

    /// Makes a bad edit.
    pub(super) async fn bad(&mut self, number: usize, bad: &Bad) -> Result<Outcome> {
        let good = Shape { comment: number, ..self.shape.clone() }.yaml(&self.second.url());
        let deed = (bad.deed)(&good, self.taken.local_addr()?);
        let mut outcome = Outcome::of(bad.name, true);
        let (seen, met) = (self.stage.agent.log().seen(), self.met());
        let cluster = &mut self.stage.cluster;
        let written = match deed {
            Deed::Write(text) => cluster.write(KEY, &text).await?,
            Deed::Rename(text) => cluster.write("agent.yaml", &text).await?,
            Deed::Delete => cluster.delete().await?,
        };
        match self.stage.agent.log().after(seen, PATIENCE, |_| true).await {
            Some(entry) if matches!(entry.event, Event::Refused(_)) => {
                outcome.fate = Fate::Refused(entry.at.saturating_duration_since(written));
            }
            Some(_) => outcome.trouble = Some("was applied".to_owned()),
            None => outcome.trouble = Some(format!("nothing was said for {} s", PATIENCE.as_secs())),
        }
        sleep(self.pause).await;
        outcome.met = self.met() - met;
        Ok(outcome)
    }

    /// Waits, within bounds, until the generators have noticed that a receiver was replaced: they do when they send.
    async fn moved_on(&self, before: u64) {
        let begin = Instant::now();
        while self.met().moved < before + STAYING && begin.elapsed() < NOTICED {
            sleep(LOOK).await;
        }
    }

    /// What the generators have met so far.
    fn met(&self) -> Met {
        let journal = self.stage.load.journal();
        let failures = Incident::FAILURES.map(|incident| journal.count(incident)).iter().sum();
        Met { moved: journal.count(Incident::Moved), failures }
    }

    /// What is missing of the difference that an active edit makes; `copied` is what the second backend had got before.
    async fn effect_of(&self, next: &Shape, copied: u64) -> Option<String> {
        for (old, new) in [(self.shape.grpc, next.grpc), (self.shape.http, next.http)] {
            let listens =
                old == new || timeout(EFFECT, TcpStream::connect(new)).await.is_ok_and(|made| made.is_ok());
            if !listens {
                return Some(format!("nobody listens on {new}"));
            }
        }
        let revision = format!("r{}", next.revision);
        let as_told =
            self.stage.backend.sees(EFFECT, |seen| seen.revision == revision && seen.mark == next.mark);
        if !as_told.await {
            return Some(format!("after 5 s the backend still sees {:?}", self.stage.backend.sighting()));
        }
        if next.copies == Some(Copies::Sent) && !self.second.sees(EFFECT, |seen| seen.requests > copied).await
        {
            return Some("no copies arrive at the second backend".to_owned());
        }
        None
    }
}

fn sha256(text: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// One address, or both where they differ.
fn distinct(old: SocketAddr, new: SocketAddr) -> Vec<SocketAddr> {
    if old == new { vec![old] } else { vec![old, new] }
}
