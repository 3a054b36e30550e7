//! The note in a directory that says whose queue it is, so that what nobody uses any more may find its way.
//!
//! Three lines under a heading: the exporter, the signal, and a number over everything that decides where data goes. A
//! directory without a note, or with one that this version does not know, belongs to nobody else.

use std::path::Path;

use agent_config::ComponentId;
use agent_otlp::Signal;

const FILE: &str = "owner";
const HEADING: &str = "kubeagent queue 1";
/// Longer notes are none of ours.
const LONGEST: u64 = 64 << 10;

/// Whose queue it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) exporter: String,
    pub(super) signal: Signal,
    /// `None`: it says nothing, so nobody else may have the data.
    pub(super) destination: Option<u64>,
}

impl Owner {
    pub(super) fn new(exporter: &ComponentId, signal: Signal, destination: Option<u64>) -> Self {
        Self { exporter: exporter.to_string(), signal, destination }
    }

    /// Whether what is in a directory of `other` was meant for the place that this one sends to.
    pub(super) fn is_heir_of(&self, other: &Self) -> bool {
        self.signal == other.signal && self.destination.is_some() && self.destination == other.destination
    }

    /// The note of a directory.
    pub(super) fn of(directory: &Path) -> Option<Self> {
        let path = directory.join(FILE);
        if std::fs::metadata(&path).ok()?.len() > LONGEST {
            return None;
        }
        Self::parse(&std::fs::read_to_string(path).ok()?)
    }

    /// Leaves the note, whole or not at all.
    pub(super) fn write(&self, directory: &Path) -> std::io::Result<()> {
        if Self::of(directory).as_ref() == Some(self) {
            return Ok(());
        }
        let new = directory.join(format!("{FILE}.new"));
        std::fs::write(&new, self.text())?;
        std::fs::rename(new, directory.join(FILE))
    }

    fn text(&self) -> String {
        let destination = self.destination.map(|number| format!("{number:016x}")).unwrap_or_default();
        format!("{HEADING}\nexporter {}\nsignal {}\ndestination {destination}\n", self.exporter, self.signal)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next()? != HEADING {
            return None;
        }
        let mut value = |key: &str| lines.next()?.strip_prefix(key)?.strip_prefix(' ').map(str::to_owned);
        let exporter = value("exporter")?;
        let signal = value("signal")?.parse().ok()?;
        let destination = u64::from_str_radix(&value("destination")?, 16).ok();
        Some(Self { exporter, signal, destination })
    }
}
