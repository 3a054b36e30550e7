//! Settings of `probabilistic_sampler`, with the Collector's defaults (`probabilisticsamplerprocessor`, v0.145.0).

use agent_config::{Validate, Validator};
use serde::Deserialize;

use super::threshold::{HEX_DIGITS, MIN_PROBABILITY};

/// The `probabilistic_sampler` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How many of a hundred are kept; 100 and more keep everything. Default 0: nothing is kept.
    pub sampling_percentage: f64,
    /// Goes into the hash, so that samplers one after the other do not decide alike. Default 0.
    pub hash_seed: u32,
    /// `hash_seed` (the default, also when empty), `equalizing` or `proportional`.
    pub mode: String,
    /// Drop what cannot be decided on: without randomness, or with sampling information that makes no sense. Default `true`.
    pub fail_closed: bool,
    /// Hexadecimal digits of a threshold, 1 to 14. Default 4.
    pub sampling_precision: u32,
    /// Logs: `traceID`, the default, or `record`, which leaves the trace id aside.
    pub attribute_source: String,
    /// Logs: the attribute to hash where there is no trace id. Default: none.
    pub from_attribute: String,
    /// Logs: an attribute that holds a percentage for its record. Default: none.
    pub sampling_priority: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            sampling_percentage: 0.0,
            hash_seed: 0,
            mode: String::new(),
            fail_closed: true,
            sampling_precision: 4,
            attribute_source: "traceID".to_owned(),
            from_attribute: String::new(),
            sampling_priority: String::new(),
        }
    }
}

impl Config {
    /// The percentage in the precision that the Collector computes with.
    #[expect(clippy::cast_possible_truncation, reason = "the hash decisions depend on the rounding")]
    pub(super) fn percentage(&self) -> f32 {
        self.sampling_percentage as f32
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        let percentage = self.percentage();
        let ratio = f64::from(percentage) / 100.0;
        if !percentage.is_finite() {
            let text = if percentage.is_nan() {
                "NaN"
            } else if percentage > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            at.error("sampling_percentage", format!("sampling rate is invalid: {text}%"));
        } else if ratio < 0.0 {
            at.error("sampling_percentage", format!("sampling rate is negative: {percentage:.6}%"));
        } else if ratio > 0.0 && ratio < MIN_PROBABILITY {
            at.error("sampling_percentage", format!("sampling rate is too small: {percentage:e}%"));
        }
        if !["", "hash_seed", "equalizing", "proportional"].contains(&&*self.mode) {
            at.error("mode", format!("unsupported sampler mode {:?}", self.mode));
        }
        let source = &*self.attribute_source;
        if !["", "traceID", "record"].contains(&source) {
            let problem = format!("invalid attribute source: {source}. Expected: traceID or record");
            at.error("attribute_source", problem);
        }
        match self.sampling_precision {
            0 => at.error("sampling_precision", "invalid sampling precision: 0"),
            1..=HEX_DIGITS => {}
            given => {
                let problem = format!("sampling precision is too great, should be <= {HEX_DIGITS}: {given}");
                at.error("sampling_precision", problem);
            }
        }
    }
}
