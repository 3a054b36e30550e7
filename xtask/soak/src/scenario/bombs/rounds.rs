//! Rounds of bombs of a kind, one after the other, and the same rounds once more at a server that does nothing with them.
//!
//! A round is short, so there are several: few requests of others fall into one. The second time each round begins when it
//! did the first time, so that in both stretches the same bytes come from the same senders at the same moments.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep_until;

use super::Bomb;
use super::apart::Apart;
use super::throw::{Answer, call, post};
use crate::figures::Window;

/// Who throws, and how many at once.
pub(super) struct Senders {
    runtime: Apart,
    at_once: usize,
}

/// Rounds that were thrown.
pub(super) struct Rounds {
    pub(super) answers: BTreeMap<Answer, usize>,
    /// From the first bomb to the last answer.
    pub(super) window: Window,
    /// When each began, after the first.
    starts: Vec<Duration>,
}

impl Rounds {
    fn begun() -> Self {
        let now = Instant::now();
        Self { answers: BTreeMap::new(), window: Window { from: now, to: now }, starts: Vec::new() }
    }

    /// How many there were.
    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    /// How long they took together.
    pub(super) fn took(&self) -> Duration {
        self.window.to - self.window.from
    }
}

impl Senders {
    /// So many at once, on a thread of their own.
    pub(super) fn start(at_once: usize) -> std::io::Result<Self> {
        Ok(Self { runtime: Apart::start("senders")?, at_once })
    }

    /// Throws rounds until they have taken `long`.
    pub(super) async fn throw(&self, bomb: &Bomb, address: SocketAddr, long: Duration) -> Rounds {
        let mut rounds = Rounds::begun();
        while rounds.took() < long {
            self.round(bomb, address, &mut rounds).await;
        }
        rounds
    }

    /// Throws the rounds of `model` at the moments they were thrown at, or later where that is not possible.
    pub(super) async fn again(&self, model: &Rounds, bomb: &Bomb, address: SocketAddr) -> Rounds {
        let mut rounds = Rounds::begun();
        let from = rounds.window.from;
        for start in &model.starts {
            sleep_until((from + *start).into()).await;
            self.round(bomb, address, &mut rounds).await;
        }
        let end = from + model.took();
        sleep_until(end.into()).await;
        rounds.window.to = end.max(rounds.window.to);
        rounds
    }

    async fn round(&self, bomb: &Bomb, address: SocketAddr, rounds: &mut Rounds) {
        rounds.starts.push(rounds.window.from.elapsed());
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
        rounds.window.to = Instant::now();
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
        let first = senders.throw(&bomb, sink.http, Duration::from_millis(50)).await;
        let second = senders.again(&first, &bomb, sink.http).await;
        assert_eq!(first.answers, second.answers);
        assert_eq!(first.answers.values().sum::<usize>(), 3 * first.count());
        assert!(second.took() >= first.took() && second.starts.iter().ge(&first.starts));
    }
}
