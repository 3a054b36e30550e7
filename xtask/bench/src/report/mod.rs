//! The table, and what the targets say to it.

pub(crate) mod json;
pub(crate) mod verdict;

use crate::measure::Sample;
use crate::measure::pairs::{Comparison, Samples, median};
use crate::subject::Subject;
use verdict::{LEVEL_6_LIMIT, Verdict, ratio_limit};

/// A comparison that was made.
pub(crate) struct Row {
    /// What was compared.
    pub(crate) comparison: Comparison,
    /// What was found.
    pub(crate) samples: Samples,
}

impl Row {
    /// The median ratio of processor times, pair by pair.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.samples.ratios())
    }

    /// Bytes on the wire by those of level 6, where that was measured.
    pub(crate) fn bytes_ratio(&self) -> Option<f64> {
        let relay = &self.samples.relay;
        (!relay.is_empty())
            .then(|| of(&self.samples.subject, |sample| sample.bytes) / of(relay, |sample| sample.bytes))
    }

    /// What the targets say.
    pub(crate) fn verdicts(&self) -> Vec<Verdict> {
        let name = |what: &str| format!("{} {}: {what}", self.comparison.subject, self.comparison.scenario);
        let mut verdicts = Vec::new();
        if let Some(limit) = ratio_limit(self.comparison.subject, self.comparison.scenario.protocol) {
            let against = self.comparison.against;
            verdicts.push(Verdict::at_most(
                name(&format!("processor time by {against}")),
                self.ratio(),
                limit,
                "",
            ));
        }
        let gzip = self.comparison.scenario.compression == crate::scenario::Compression::Gzip;
        if let Some(ratio) = self.bytes_ratio().filter(|_| gzip) {
            verdicts.push(Verdict::at_most(name("bytes by level 6"), ratio, LEVEL_6_LIMIT, ""));
        }
        verdicts
    }
}

/// The median of one figure.
pub(crate) fn of(samples: &[Sample], figure: impl Fn(&Sample) -> f64) -> f64 {
    median(samples.iter().map(figure))
}

/// The heading of the table.
pub(crate) fn heading() -> String {
    format!(
        "{:<40} {:>8} {:>8} {:>8} {:>16} {:>9} {:>8} {:>8} {:>9}  verdict",
        "who and what",
        "µs/item",
        "against",
        "relay",
        "ratio (range)",
        "items/s",
        "B/item",
        "by lvl6",
        "peak MiB"
    )
}

/// One row of the table.
pub(crate) fn line(row: &Row) -> String {
    let samples = &row.samples;
    let cpu = |samples: &[Sample]| of(samples, |sample| sample.cpu_us);
    let relay = if samples.relay.is_empty() { "-".to_owned() } else { format!("{:.2}", cpu(&samples.relay)) };
    let ratios = samples.ratios();
    let (low, high) =
        ratios.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), at| (low.min(*at), high.max(*at)));
    let refused: u64 = samples.subject.iter().map(|sample| sample.refused).sum();
    let judged = row.verdicts();
    let verdict = match (judged.is_empty(), judged.iter().all(|verdict| verdict.met)) {
        (true, _) => "-",
        (false, true) => "met",
        (false, false) => "MISSED",
    };
    format!(
        "{:<40} {:>8.2} {:>8.2} {:>8} {:>5.2} ({:.2}-{:.2}) {:>9.0} {:>8.1} {:>8} {:>9.1}  {verdict}{}",
        format!("{}, {}", row.comparison.subject, row.comparison.scenario),
        cpu(&samples.subject),
        cpu(&samples.against),
        relay,
        row.ratio(),
        low,
        high,
        of(&samples.subject, |sample| sample.rate),
        of(&samples.subject, |sample| sample.bytes),
        row.bytes_ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
        of(&samples.subject, |sample| mebibytes(sample.peak)),
        if refused > 0 { format!(", {refused} requests refused") } else { String::new() },
    )
}

/// The highest memory of the agent over all rows, in MiB.
pub(crate) fn peak(rows: &[Row]) -> Option<f64> {
    let agents = rows
        .iter()
        .filter(|row| matches!(row.comparison.subject, Subject::Agent | Subject::AgentWithResource));
    agents.flat_map(|row| &row.samples.subject).map(|sample| mebibytes(sample.peak)).max_by(f64::total_cmp)
}

/// Bytes as MiB.
pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}
