//! Values that may never be printed. The last line of defence, not the first: types that hold a secret print
//! `[REDACTED]` themselves; this catches the one that came in through a library's error text.
//!
//! The set belongs to the process, because a secret is one wherever it turns up.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

/// What stands in a secret's place.
const MASK: &str = "[REDACTED]";
/// Shorter values would blot out ordinary words and protect nothing.
const MIN_LEN: usize = 4;
/// Of a configuration that is reloaded all day with new secrets, the first ones stay.
const MAX_SECRETS: usize = 256;

/// Longest first, so that a secret inside another does not leave the rest of it behind.
static SECRETS: RwLock<Vec<Box<str>>> = RwLock::new(Vec::new());
/// Length of the longest; 0 while there is none, which spares the lock.
static LONGEST: AtomicUsize = AtomicUsize::new(0);

/// From now on `secret` is printed as `[REDACTED]` in the message and in every text field of every line.
///
/// Also its form inside a quoted (`Debug`) text. Numbers are not touched. A value of less than 4 bytes is
/// ignored, and so is every new one after 256.
pub fn register_secret(secret: &str) {
    if secret.len() < MIN_LEN {
        return;
    }
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    for form in [secret.to_owned(), secret.escape_debug().to_string()] {
        if secrets.len() < MAX_SECRETS && !secrets.iter().any(|known| **known == *form) {
            secrets.push(form.into_boxed_str());
        }
    }
    secrets.sort_by_key(|known| std::cmp::Reverse(known.len()));
    LONGEST.store(secrets.first().map_or(0, |known| known.len()), Ordering::Release);
}

/// `text` with every registered secret replaced by `[REDACTED]`.
pub fn redact(text: &str) -> Cow<'_, str> {
    if longest() == 0 {
        return Cow::Borrowed(text);
    }
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    let mut clean = Cow::Borrowed(text);
    // One pass for each: linear in the text whatever it contains.
    for secret in secrets.iter() {
        if clean.contains(&**secret) {
            clean = Cow::Owned(clean.replace(&**secret, MASK));
        }
    }
    clean
}

/// Bytes of the longest registered secret; a text cut in the middle may end in a part of one shorter than this.
pub(crate) fn longest() -> usize {
    LONGEST.load(Ordering::Acquire)
}
