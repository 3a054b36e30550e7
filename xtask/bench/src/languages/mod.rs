//! What processing costs within the process: the model, statements of OTTL by class, and chains of processors.
//!
//! No sockets: what is measured here is lost in the noise of the table of processes. Times are the least of many short
//! rounds, and those that are compared take turns, so that a busy machine raises both or neither.

mod chain;
mod clock;
mod instructions;
mod reference;
mod rows;

use anyhow::Result;

use crate::options::Options;
use crate::report::verdict::Verdict;
use clock::Row;

/// Rounds of each row.
const ROUNDS: usize = 300;
/// The same in a quick run.
const QUICK_ROUNDS: usize = 60;

/// A chain by what `prost` and edits written in Rust need.
const CHAIN_LIMIT: f64 = 0.333;
/// A pipeline with `resource` by one without.
const RESOURCE_LIMIT: f64 = 1.1;
/// A log record with `ParseJSON` and `merge_maps` by `serde_json` on its body.
const JSON_LIMIT: f64 = 2.0;

/// Two rows of which one is judged by the other.
struct Comparison {
    name: String,
    subject: Row,
    against: Row,
    limit: f64,
}

/// Measures and prints; whether all targets were met.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let wanted = |name: &str| options.row.as_deref().is_none_or(|part| name.contains(part));
    let rounds = options.rounds.unwrap_or(if options.quick { QUICK_ROUNDS } else { ROUNDS });
    println!(
        "nanoseconds an item, least of {rounds} rounds; requests of 100 items as in the table of processes"
    );
    for mut row in rows::all()?.into_iter().filter(|row| wanted(&row.name)) {
        let time = clock::alone(&mut row, rounds);
        println!("{:<88} {time:>9.1}", row.name);
    }
    let mut verdicts = Vec::new();
    for mut comparison in comparisons()?.into_iter().filter(|comparison| wanted(&comparison.name)) {
        let found = clock::in_turns(&mut comparison.subject, &mut comparison.against, rounds);
        println!("{:<88} {:>9.1}   against {:>9.1}", comparison.name, found.subject, found.against);
        verdicts.push(Verdict::at_most(comparison.name, found.ratio(), comparison.limit, ""));
    }
    println!();
    for verdict in &verdicts {
        println!("{verdict}");
    }
    Ok(verdicts.iter().all(|verdict| verdict.met))
}

/// Runs one row so many times and does nothing else: what a profiler or a counter of instructions is pointed at.
pub(crate) fn only_row(name: &str, times: &str) -> Result<bool> {
    let mut rows = each_row()?;
    let row = rows.iter_mut().find(|row| row.name == name);
    let row = row.ok_or_else(|| anyhow::anyhow!("there is no row `{name}`"))?;
    for _ in 0..times.parse()? {
        (row.work)();
    }
    Ok(true)
}

/// Counts the instructions of every row, where valgrind is there to do it.
pub(crate) fn count(options: &Options) -> Result<bool> {
    let rows = each_row()?;
    println!("instructions an item, counted by valgrind");
    let wanted = |name: &str| options.row.as_deref().is_none_or(|part| name.contains(part));
    for row in rows.iter().filter(|row| wanted(&row.name)) {
        println!("{:<88} {:>9.0}", row.name, instructions::of(row)?);
    }
    Ok(true)
}

/// All rows, those of comparisons too.
fn each_row() -> Result<Vec<Row>> {
    let mut rows = rows::all()?;
    for comparison in comparisons()? {
        rows.extend([comparison.subject, comparison.against]);
    }
    Ok(rows)
}

fn comparisons() -> Result<Vec<Comparison>> {
    let mut all = chain::against_structs(CHAIN_LIMIT)?;
    all.extend(chain::resource_only(RESOURCE_LIMIT)?);
    all.push(rows::json_against_serde(JSON_LIMIT)?);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_can_be_made_and_has_a_name_of_its_own() {
        let mut names = Vec::new();
        for mut row in each_row().unwrap() {
            (row.work)();
            names.push(row.name);
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
