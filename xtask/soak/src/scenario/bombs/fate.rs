//! What became of the bombs of a kind, and what they did to the agent.

use std::fs;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::rounds::Rounds;
use super::throw::Answer;
use super::{Bomb, RISE};
use crate::figures::milliseconds;
use crate::verdict::Verdict;

/// A tick of the kernel's accounts in milliseconds: `USER_HZ` is 100 wherever Linux runs.
const TICK: f64 = 10.0;

/// One kind.
pub(super) struct Fate {
    /// Thrown at the agent.
    pub(super) bombs: Rounds,
    /// Thrown at the sink.
    pub(super) control: Rounds,
    /// What memory rose by, in mebibytes.
    pub(super) rise: f64,
    /// What the agent took of the processors in either, in milliseconds.
    pub(super) cpu: [f64; 2],
    /// The others' 99th percentile in either, in milliseconds.
    pub(super) p99: [f64; 2],
}

/// What a process has taken of the processors so far, in milliseconds (proc(5): `utime` and `stime`).
pub(super) fn cpu_of(pid: u32) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).context("the agent's /proc/<pid>/stat")?;
    // The name before it may have spaces.
    let fields = text.rsplit_once(')').map(|(_, rest)| rest.split_whitespace()).context("no name in it")?;
    Ok(fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() * TICK)
}

impl Fate {
    pub(super) fn describe(&self, bomb: &Bomb) -> String {
        let (rounds, took, kib) =
            (self.bombs.windows.len(), milliseconds(self.bombs.took()), bomb.body.len() >> 10);
        let (title, rise, answers) = (bomb.title(), self.rise, &self.bombs.answers);
        let ([cpu, cpu_control], [p99, p99_control]) = (self.cpu, self.p99);
        let at_once = answers.values().sum::<usize>() / rounds.max(1);
        format!(
            "{at_once} times {title}, {kib} KiB each: {answers:?} in {rounds} rounds of {:.0} ms; memory rose by \
             {rise:.1} MiB; CPU {cpu:.0} ms, control {cpu_control:.0}; others' p99 {p99:.1} ms, control {p99_control:.1}",
            took / rounds.max(1) as f64
        )
    }

    pub(super) fn verdicts(&self, bomb: &Bomb) -> [Verdict; 3] {
        let count = |answer| self.bombs.answers.get(&answer).copied().unwrap_or_default() as u64;
        [
            Verdict::none("taken", count(Answer::Taken), None).of(&bomb.title()),
            Verdict::none("cut off without an answer", count(Answer::Cut), None).of(&bomb.title()),
            Verdict::at_most("memory rises", self.rise, RISE, "MiB").of(&bomb.title()),
        ]
    }

    pub(super) fn json(&self, bomb: &Bomb) -> Value {
        let answers = format!("{:?}", self.bombs.answers);
        json!({
            "kind": bomb.title(), "bytes": bomb.body.len(), "answers": answers, "rounds": self.bombs.windows.len(),
            "ms": milliseconds(self.bombs.took()), "control_ms": milliseconds(self.control.took()),
            "rise_mib": self.rise, "cpu_ms": self.cpu[0], "control_cpu_ms": self.cpu[1],
            "p99_ms": self.p99[0], "control_p99_ms": self.p99[1],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_taken_time() {
        let before = cpu_of(std::process::id()).unwrap();
        let begin = std::time::Instant::now();
        let mut sum = 0_u64;
        while cpu_of(std::process::id()).unwrap() <= before {
            sum = std::hint::black_box(sum.wrapping_add(1));
            assert!(begin.elapsed().as_secs() < 60, "{sum}");
        }
    }
}
