//! What the directory of an exporter and a signal is called: safe in every file system, and never the same for two.

use std::fmt::Write as _;

use agent_config::ComponentId;
use agent_otlp::Signal;

/// Longer names are cut and told apart by a number; file systems take 255 bytes.
const LONGEST: usize = 180;

/// `exporter_<id>_<signal>`; what is not an ASCII letter, a digit, `-` or `_` in the id is written as `~` and its number.
pub(super) fn of(id: &ComponentId, signal: Signal) -> String {
    let id = id.to_string();
    let mut name = String::new();
    for character in id.chars() {
        if character.is_ascii_alphanumeric() || matches!(character, '-' | '_') {
            name.push(character);
        } else {
            // Writing to a string does not fail.
            let _ = write!(name, "~{:04X}", u32::from(character));
        }
    }
    if name.len() > LONGEST {
        name.truncate(LONGEST);
        let _ = write!(name, "~~{:016x}", fingerprint(&id));
    }
    format!("exporter_{name}_{signal}")
}

/// A number over a text that stays the same over versions (FNV-1a, 64 bits).
pub(crate) fn fingerprint(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
