//! The settings that the `memory_limiter` processor and extension share (the Collector's `memorylimiter`, v0.145.0), and
//! the lines that they come to.
//!
//! The Collector compares the heap of the Go runtime, which it collects first if it may; here resident memory is compared,
//! of which nothing can be collected: `min_gc_interval_...` have no effect.

use agent_config::{GoDuration, Validate, Validator};
use serde::Deserialize;

use super::{Lines, Room};

const MIB: u64 = 1 << 20;

/// The section of a `memory_limiter`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemoryLimit {
    /// How often the use of memory is looked at, at the least. Required. Default 0.
    pub check_interval: GoDuration,
    /// The limit in MiB; goes before `limit_percentage`. Default 0: none.
    pub limit_mib: u32,
    /// How far below the limit data is refused, in MiB. Default 0: a fifth of the limit.
    pub spike_limit_mib: u32,
    /// The limit in percent of the container's, or of the machine's memory where the container has none. Default 0: none.
    pub limit_percentage: u32,
    /// How far below the limit data is refused, in percent of the same. Default 0: a fifth of the limit.
    pub spike_limit_percentage: u32,
    /// Without effect. Default 10s.
    pub min_gc_interval_when_soft_limited: GoDuration,
    /// Without effect. Default 0.
    pub min_gc_interval_when_hard_limited: GoDuration,
}

impl Default for MemoryLimit {
    fn default() -> Self {
        Self {
            check_interval: GoDuration::ZERO,
            limit_mib: 0,
            spike_limit_mib: 0,
            limit_percentage: 0,
            spike_limit_percentage: 0,
            min_gc_interval_when_soft_limited: GoDuration::from_secs(10),
            min_gc_interval_when_hard_limited: GoDuration::ZERO,
        }
    }
}

impl Validate for MemoryLimit {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.check_interval <= GoDuration::ZERO {
            at.error("check_interval", "'check_interval' must be greater than zero");
        }
        if self.min_gc_interval_when_soft_limited < self.min_gc_interval_when_hard_limited {
            let text = "'min_gc_interval_when_soft_limited' should be larger than \
                        'min_gc_interval_when_hard_limited'";
            at.error("min_gc_interval_when_soft_limited", text);
        }
        if self.limit_mib == 0 && self.limit_percentage == 0 {
            at.error("", "'limit_mib' or 'limit_percentage' must be greater than zero");
        }
        let percentages = [
            ("limit_percentage", self.limit_percentage),
            ("spike_limit_percentage", self.spike_limit_percentage),
        ];
        for (field, _) in percentages.into_iter().filter(|(_, percentage)| *percentage > 100) {
            let text = "'limit_percentage' and 'spike_limit_percentage' must be greater than zero and less than \
                        or equal to hundred";
            at.error(field, text);
        }
        if self.limit_mib > 0 && self.limit_mib <= self.spike_limit_mib {
            at.error("spike_limit_mib", "'spike_limit_mib' must be smaller than 'limit_mib'");
        }
        if self.limit_percentage > 0 && self.limit_percentage <= self.spike_limit_percentage {
            let text = "'spike_limit_percentage' must be smaller than 'limit_percentage'";
            at.error("spike_limit_percentage", text);
        }
    }
}

/// There is no telling how much memory a percentage is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to get total memory, use fixed memory settings (limit_mib)")]
pub struct UnknownTotal;

impl MemoryLimit {
    /// The lines that these settings come to where there is so much `room`.
    ///
    /// # Errors
    /// The limit is a percentage of what is not known.
    pub fn lines(&self, room: Room) -> Result<Lines, UnknownTotal> {
        let (limit, spike) = if self.limit_mib > 0 {
            (u64::from(self.limit_mib) * MIB, u64::from(self.spike_limit_mib) * MIB)
        } else {
            let total = room.total().ok_or(UnknownTotal)?;
            // Percent of the hundredth would lose up to 99 bytes; a total of 2^57 bytes is nobody's.
            let share = |percentage: u32| total.saturating_mul(u64::from(percentage)) / 100;
            (share(self.limit_percentage), share(self.spike_limit_percentage))
        };
        let spike = if spike == 0 { limit / 5 } else { spike };
        Ok(Lines { soft: limit.saturating_sub(spike), hard: limit })
    }
}
