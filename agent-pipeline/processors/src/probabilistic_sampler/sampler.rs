//! The decision, whatever the signal: from what an item carries to whether it is kept and what it carries then.

use super::Config;
use super::threshold::{HASH_BUCKETS, Randomness, Threshold};

/// How randomness is found and a threshold chosen.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// The percentage is 0, or rounds to it.
    Never,
    /// By hash of the trace id or an attribute; items that carry sampling information are refused.
    Hash(Threshold),
    /// Raises thresholds to this one.
    Equalizing(Threshold),
    /// Multiplies the probability that an item had so far.
    Proportional { ratio: f64, digits: u32 },
}

/// See the file's head.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sampler {
    mode: Mode,
    fail_closed: bool,
}

/// The sampling information that an item carries.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Carried {
    pub(super) randomness: Option<Randomness>,
    pub(super) threshold: Option<Threshold>,
}

/// What is known of an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// `None` when it is malformed.
    pub(super) carried: Option<Carried>,
    /// The randomness it has otherwise, by its trace id or by hash; `None` when there is nothing to take it from.
    pub(super) own: Option<Randomness>,
    /// A threshold that the item asks for, whatever the settings say.
    pub(super) priority: Option<Threshold>,
}

/// What a kept item carries from here on. `None` where that stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) randomness: Option<Randomness>,
    pub(super) threshold: Option<Threshold>,
    /// Whether the information is to be written at all: not when it was malformed or not understood.
    pub(super) write: bool,
}

impl Sampler {
    pub(super) fn new(config: &Config) -> Self {
        Self { mode: Mode::new(config), fail_closed: config.fail_closed }
    }

    /// Whether randomness comes from hashing.
    pub(super) fn hashes(&self) -> bool {
        matches!(self.mode, Mode::Hash(_))
    }

    /// Decides; `None` when the item is dropped.
    pub(super) fn decide(&self, item: &Item) -> Option<Kept> {
        let (randomness, carried) = self.look(item);
        let mut before = carried.and_then(|carried| carried.threshold);
        let mut failed = randomness.is_none() || carried.is_none();
        if let (Some(randomness), Some(threshold)) = (randomness, before)
            && !threshold.keeps(randomness)
        {
            // It should not have come this far: what it says of its probability is wrong.
            before = None;
            failed = true;
        }
        let threshold = match failed {
            true if self.fail_closed => Threshold::NEVER,
            true => Threshold::ALWAYS,
            false => self.threshold(before),
        };
        let threshold = item.priority.unwrap_or(threshold);
        if !threshold.keeps(randomness.unwrap_or(Randomness::GREATEST)) {
            return None;
        }
        Some(Kept {
            randomness: item.own.filter(|_| self.hashes()),
            // The probability of what was sampled before can only fall.
            threshold: Some(threshold).filter(|threshold| before.is_none_or(|before| before <= *threshold)),
            write: carried.is_some(),
        })
    }

    /// The randomness to decide on, and what the item carries if that is understood.
    fn look(&self, item: &Item) -> (Option<Randomness>, Option<Carried>) {
        match self.mode {
            Mode::Never => (Some(Randomness::GREATEST), item.carried),
            Mode::Hash(_) => {
                let bare = |carried: &Carried| carried.randomness.is_none() && carried.threshold.is_none();
                (item.own, item.carried.filter(bare))
            }
            Mode::Equalizing(_) | Mode::Proportional { .. } => match item.carried {
                None => (None, None),
                Some(carried) => (carried.randomness.or(item.own), Some(carried)),
            },
        }
    }

    fn threshold(&self, before: Option<Threshold>) -> Threshold {
        match self.mode {
            Mode::Never => Threshold::NEVER,
            Mode::Hash(threshold) => threshold,
            Mode::Equalizing(threshold) => before.map_or(threshold, |before| before.max(threshold)),
            Mode::Proportional { ratio, digits } => {
                let before = before.map_or(1.0, Threshold::probability);
                Threshold::of_probability(before * ratio, digits).unwrap_or(Threshold::NEVER)
            }
        }
    }
}

impl Mode {
    fn new(config: &Config) -> Self {
        let percentage = config.percentage().min(100.0);
        let ratio = f64::from(percentage) / 100.0;
        let digits = config.sampling_precision;
        match &*config.mode {
            _ if percentage == 0.0 => Self::Never,
            "equalizing" => {
                Self::Equalizing(Threshold::of_probability(ratio, digits).unwrap_or(Threshold::ALWAYS))
            }
            "proportional" => Self::Proportional { ratio, digits },
            _ => match hashes(percentage) {
                0 => Self::Never,
                kept => Self::Hash(Threshold::of_hashes(kept)),
            },
        }
    }
}

/// How many hashes are kept: in single precision and cut, which decides about the last of them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the percentage is between 0 and 100; the cut is meant"
)]
fn hashes(percentage: f32) -> u32 {
    (percentage * (HASH_BUCKETS as f32 / 100.0)) as u32
}
