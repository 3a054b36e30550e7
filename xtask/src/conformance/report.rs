//! What a run prints: counts by area, then each failing case with the first place that differs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::case::Case;
use super::check::Failure;
use super::diff::brief;

/// A case and how it went.
pub(super) struct Verdict<'a> {
    /// The case.
    pub(super) case: &'a Case,
    /// What went wrong.
    pub(super) failure: Option<Failure>,
    /// How long it took.
    pub(super) took: Duration,
}

/// Passed and total.
type Count = (usize, usize);

fn count<'a>(verdicts: impl Iterator<Item = &'a Verdict<'a>>) -> Count {
    verdicts
        .fold((0, 0), |(passed, total), verdict| (passed + usize::from(verdict.failure.is_none()), total + 1))
}

fn by_area<'a>(verdicts: &'a [Verdict<'a>]) -> BTreeMap<&'a str, Count> {
    let mut areas: BTreeMap<&str, Count> = BTreeMap::new();
    for verdict in verdicts {
        let (passed, total) = areas.entry(&verdict.case.area).or_default();
        *passed += usize::from(verdict.failure.is_none());
        *total += 1;
    }
    areas
}

/// Prints the table and the failures.
pub(super) fn print(verdicts: &[Verdict<'_>], wall: Duration) {
    let row =
        |name: &str, (passed, total): Count, rest: &str| println!("{name:<24}{passed:>6} / {total:<5}{rest}");
    println!("{:<24}passed / total", "area");
    for (area, count) in by_area(verdicts) {
        row(area, count, "");
    }
    row("all", count(verdicts.iter()), &format!(" in {:.1} s", wall.as_secs_f64()));
    let quirks = count(verdicts.iter().filter(|verdict| verdict.case.quirk));
    if quirks.1 > 0 {
        row("(quirks)", quirks, "");
    }
    let mut heading = "\nfailing cases:\n";
    for verdict in verdicts {
        let Some(failure) = &verdict.failure else { continue };
        let mark = if verdict.case.quirk { " (quirk)" } else { "" };
        println!("{heading}  {}{mark}: {}", verdict.case.name, failure.reason);
        heading = "";
        if let Some(difference) = &failure.difference {
            println!("      at       {}", difference.path);
            println!("      expected {}", brief(difference.expected.as_ref(), 400));
            println!("      got      {}", brief(difference.got.as_ref(), 400));
        }
        let lines: Vec<&str> = failure.log.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(4)) {
            println!("      | {}", line.chars().take(200).collect::<String>());
        }
    }
}

/// Writes the results as JSON.
pub(super) fn write_json(path: &Path, verdicts: &[Verdict<'_>], wall: Duration) -> Result<()> {
    let case = |verdict: &Verdict<'_>| {
        let difference = verdict.failure.as_ref().and_then(|failure| failure.difference.as_ref());
        json!({
            "case": verdict.case.name,
            "area": verdict.case.area,
            "quirk": verdict.case.quirk,
            "ok": verdict.failure.is_none(),
            "ms": u64::try_from(verdict.took.as_millis()).unwrap_or(u64::MAX),
            "reason": verdict.failure.as_ref().map(|failure| &failure.reason),
            "path": difference.map(|difference| &difference.path),
            "expected": difference.map(|difference| brief(difference.expected.as_ref(), 800)),
            "got": difference.map(|difference| brief(difference.got.as_ref(), 800)),
            "log": verdict.failure.as_ref().map(|failure| &failure.log),
        })
    };
    let counted = |(passed, total): Count| json!({"passed": passed, "total": total});
    let (passed, total) = count(verdicts.iter());
    let areas: serde_json::Map<String, Value> =
        by_area(verdicts).into_iter().map(|(area, count)| (area.to_owned(), counted(count))).collect();
    let document = json!({
        "passed": passed,
        "total": total,
        "seconds": (wall.as_secs_f64() * 10.0).round() / 10.0,
        "quirks": counted(count(verdicts.iter().filter(|verdict| verdict.case.quirk))),
        "areas": areas,
        "cases": verdicts.iter().map(case).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&document)?;
    std::fs::write(path, text + "\n").with_context(|| path.display().to_string())
}
