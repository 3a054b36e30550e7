//! Rounds of bombs of a kind, one after the other, and the same rounds once more at a server that does nothing with them.
//!
//! A round is short, so there are several: few requests of others fall into one. They begin at a fixed pace, so that who answers
//! sooner is not thrown at more often. The second time each begins when it did the first time: the same bytes come from the
//! same senders at the same moments.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::Bomb;
use super::apart::Apart;
use super::throw::{Answer, call, post};
use crate::figures::Window;

/// A round begins so long after the one before, or later if that is not answered yet.
const PACE: Duration = Duration::from_millis(100);

/// Who throws, and how many at once.
pub(super) struct Senders {
    runtime: Apart,
    at_once: usize,
}

/// Rounds that were thrown.
#[derive(Default)]
pub(super) struct Rounds {
    pub(super) answers: BTreeMap<Answer, usize>,
    /// Each from its first bomb to its last answer.
    pub(super) windows: Vec<Window>,
}

impl Rounds {
    /// How long they took together, without what lies between.
    pub(super) fn took(&self) -> Duration {
        self.windows.iter().map(|window| window.to - window.from).sum()
    }
}

impl Senders {
    /// So many at once, on a thread of their own.
    pub(super) fn start(at_once: usize) -> std::io::Result<Self> {
        Ok(Self { runtime: Apart::start("senders")?, at_once })
    }

    /// Throws that many rounds.
    pub(super) async fn throw(&self, bomb: &Bomb, address: SocketAddr, count: usize) -> Rounds {
        let mut rounds = Rounds::default();
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for _ in 0..count {
            pace.tick().await;
            self.round(bomb, address, &mut rounds).await;
        }
        rounds
    }

    /// Throws the rounds of `model` with the same pauses between their beginnings. Each counts for as long as it did there, or
    /// longer if it takes longer.
    pub(super) async fn again(&self, model: &Rounds, bomb: &Bomb, address: SocketAddr) -> Rounds {
        let mut rounds = Rounds::default();
        let (first, now) = (model.windows.first().map(|window| window.from), Instant::now());
        for of_model in &model.windows {
            sleep_until((now + (of_model.from - first.unwrap_or(of_model.from))).into()).await;
            self.round(bomb, address, &mut rounds).await;
            if let Some(window) = rounds.windows.last_mut() {
                let end = window.from + (of_model.to - of_model.from);
                window.to = window.to.max(end);
                sleep_until(end.into()).await;
            }
        }
        rounds
    }

    async fn round(&self, bomb: &Bomb, address: SocketAddr, rounds: &mut Rounds) {
        let from = Instant::now();
        let mut all = JoinSet::new();
        for _ in 0..self.at_once {
            let (encoding, body, over_grpc) = (bomb.encoding, bomb.body.clone(), bomb.over_grpc);
            let throw = async move {
                if over_grpc {
                    call(address, encoding, body).await
                } else {
                    post(address, encoding, body).await
                }
            };
            all.spawn_on(throw, self.runtime.handle());
        }
        for answer in all.join_all().await {
            *rounds.answers.entry(answer).or_default() += 1;
        }
        rounds.windows.push(Window { from, to: Instant::now() });
    }
}

#[cfg(test)]
mod tests {
    use super::super::sink::Sink;
    use super::*;

    #[tokio::test]
    async fn rounds_are_repeated_at_the_same_pace() {
        let sink = Sink::open().unwrap();
        let senders = Senders::start(3).unwrap();
        let bomb = Bomb { name: "any", encoding: "gzip", over_grpc: false, body: vec![1; 100_000].into() };
        let first = senders.throw(&bomb, sink.http, 3).await;
        let second = senders.again(&first, &bomb, sink.http).await;
        assert_eq!(first.answers, second.answers);
        assert_eq!((first.answers.values().sum(), first.windows.len()), (9, 3));
        let span = |rounds: &Rounds| rounds.windows[2].from - rounds.windows[0].from;
        assert!(span(&first) > PACE && span(&second) + PACE / 2 > span(&first));
        assert!(second.took() >= first.took());
    }
}
