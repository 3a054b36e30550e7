//! Promises, and whether they were kept.

use std::fmt;

/// All that was looked at.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    kept: usize,
    broken: Vec<String>,
}

impl Checks {
    /// Adds a promise that was kept or not; `found` says what was there instead.
    pub(crate) fn that(&mut self, promise: impl fmt::Display, kept: bool, found: impl fmt::Debug) {
        if kept {
            self.kept += 1;
            println!("ok     {promise}");
        } else {
            println!("FAILED {promise}: {found:?}");
            self.broken.push(promise.to_string());
        }
    }

    /// Adds the promise that `found` is what was wanted.
    pub(crate) fn same<T, U>(&mut self, promise: impl fmt::Display, found: T, wanted: U)
    where
        T: PartialEq<U> + fmt::Debug,
        U: Copy,
    {
        let kept = found == wanted;
        self.that(promise, kept, found);
    }

    /// Whether all were kept, and there were any.
    pub(crate) fn good(&self) -> bool {
        self.broken.is_empty() && self.kept > 0
    }
}

impl fmt::Display for Checks {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.broken.is_empty() {
            return write!(out, "all {} checks hold ", self.kept);
        }
        write!(out, "{} OF {} CHECKS FAILED ", self.broken.len(), self.kept + self.broken.len())
    }
}
