//! Randomness and thresholds of 56 bits, as OpenTelemetry's consistent probability sampling defines them.
//!
//! An item is kept when its randomness is not below the threshold. The same numbers carry the older decision by hash:
//! it fills the upper 14 bits.

/// The hexadecimal digits of 56 bits.
pub(super) const HEX_DIGITS: u32 = 14;

/// The least probability that a threshold can express.
pub(super) const MIN_PROBABILITY: f64 = 1.0 / SIZE_AS_DOUBLE;

const SIZE: u64 = 1 << 56;
const SIZE_AS_DOUBLE: f64 = 72_057_594_037_927_936.0;

/// The bits of the hash that decide.
const HASH_BITS: u32 = 14;
pub(super) const HASH_BUCKETS: u32 = 1 << HASH_BITS;

/// 56 bits that are the same for everything that must be decided alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Randomness(u64);

/// The least randomness that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Threshold(u64);

impl Randomness {
    /// Kept at every threshold but [`Threshold::NEVER`].
    pub(super) const GREATEST: Self = Self(SIZE - 1);

    /// The lower 56 bits of a trace id; `None` when there is no id.
    pub(super) fn of_trace_id(id: &[u8]) -> Option<Self> {
        let lower: [u8; 8] = id.get(8..16)?.try_into().ok()?;
        is_id(id).then(|| Self(u64::from_be_bytes(lower) & (SIZE - 1)))
    }

    /// From a hash: what decides is at the top, turned round so that a small hash is kept; the other bits of the hash
    /// are mixed below, as the Collector does, so that the number is the same there.
    pub(super) fn of_hash(bytes: &[u8], seed: u32) -> Self {
        let hash = fnv1a(seed.to_le_bytes().iter().chain(bytes));
        let bucket = u64::from(hash & (HASH_BUCKETS - 1));
        let rest = u64::from(hash >> (32 - HASH_BITS));
        let mixed = rest ^ (rest << 10);
        Self((u64::from(HASH_BUCKETS - 1) - bucket) << 42 | mixed << 14 | bucket)
    }

    /// Reads an `rv`: 14 hexadecimal digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        (text.len() == 14).then(|| hexadecimal(text)).flatten().map(Self)
    }

    /// The text of an `rv`.
    pub(super) fn text(self) -> String {
        format!("{:014x}", self.0)
    }
}

/// Whether the bytes are an id: not absent, and not all zero.
pub(super) fn is_id(id: &[u8]) -> bool {
    id.iter().any(|byte| *byte != 0)
}

fn fnv1a<'b>(bytes: impl Iterator<Item = &'b u8>) -> u32 {
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

impl Threshold {
    /// Keeps everything.
    pub(super) const ALWAYS: Self = Self(0);
    /// Keeps nothing.
    pub(super) const NEVER: Self = Self(SIZE);

    /// The threshold that keeps `kept` of the [`HASH_BUCKETS`] hashes.
    pub(super) fn of_hashes(kept: u32) -> Self {
        Self(u64::from(HASH_BUCKETS.saturating_sub(kept)) << 42)
    }

    /// The threshold for a probability, with as many significant digits; leading `0` and `f` do not count as such.
    /// `None` when the probability is above 1 or cannot be told from 0.
    pub(super) fn of_probability(probability: f64, digits: u32) -> Option<Self> {
        if !(MIN_PROBABILITY..=1.0).contains(&probability) {
            return None;
        }
        let lead = leading_digits(probability).max(leading_digits(1.0 - probability));
        let digits = digits.saturating_add(lead).min(HEX_DIGITS);
        let exact = SIZE - scaled(probability);
        let shift = 4 * (HEX_DIGITS - digits);
        Some(Self(if shift == 0 { exact } else { ((exact + (1 << (shift - 1))) >> shift) << shift }))
    }

    /// The probability to be kept.
    #[expect(clippy::cast_precision_loss, reason = "as precise as the Collector's")]
    pub(super) fn probability(self) -> f64 {
        (SIZE - self.0) as f64 / SIZE_AS_DOUBLE
    }

    /// Reads a `th`: up to 14 hexadecimal digits, trailing zeros left out.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let missing = 14_usize.checked_sub(text.len())?;
        if missing == 14 {
            return None;
        }
        Some(Self(hexadecimal(text)? << (4 * missing)))
    }

    /// The text of a `th`.
    pub(super) fn text(self) -> String {
        if self == Self::ALWAYS {
            return "0".to_owned();
        }
        format!("{:014x}", self.0).trim_end_matches('0').to_owned()
    }

    /// Whether an item of this randomness is kept.
    pub(super) fn keeps(self, randomness: Randomness) -> bool {
        randomness.0 >= self.0
    }
}

fn hexadecimal(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

/// How many leading hexadecimal digits of a number between 0 and 1 are zero.
fn leading_digits(number: f64) -> u32 {
    if number <= 0.0 {
        return 0;
    }
    let exponent = (number.to_bits() >> 52) & 0x7ff;
    u32::try_from(1022_u64.saturating_sub(exponent) / 4).unwrap_or(0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the probability is between 0 and 1, so the product is between 0 and 2^56"
)]
fn scaled(probability: f64) -> u64 {
    (probability * SIZE_AS_DOUBLE).round() as u64
}
