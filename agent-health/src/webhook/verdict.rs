//! From what the judge says of each text to the messages that `kubectl` prints.

use super::Verdict;
use super::review::Candidate;
use crate::published::published;

/// Bytes of a problem, and of all of them with their line ends.
const MAX_PROBLEM: usize = 1024;
const MAX_MESSAGE: usize = 8 * 1024;
/// What an API server passes on without cutting it: 256 bytes a warning, 4096 in all.
const MAX_WARNING: usize = 256;
const MAX_WARNINGS: usize = 16;

/// The verdict on all texts: a yes if each has one. Every line names its key.
pub(super) fn of(candidates: &[Candidate], judge: &dyn Fn(&str, &str) -> Verdict) -> Verdict {
    let (mut warnings, mut problems) = (Vec::new(), Vec::new());
    let mut refused = false;
    for Candidate { key, text } in candidates {
        let line = |words: &String, most| one_line(&published(&format!("{key}: {words}"), most));
        match judge(key, text) {
            Ok(found) => warnings.extend(found.iter().map(|words| line(words, MAX_WARNING))),
            Err(found) => {
                refused = true;
                problems.extend(found.iter().map(|words| line(words, MAX_PROBLEM)));
            }
        }
    }
    if refused {
        return Err(problems);
    }
    warnings.truncate(MAX_WARNINGS);
    Ok(warnings)
}

/// All problems, one a line; of very many the first, and how many more there are.
pub(super) fn message(problems: &[String]) -> String {
    let mut size = 0;
    let told = problems.iter().take_while(|problem| {
        size += problem.len() + 1;
        size <= MAX_MESSAGE
    });
    let mut lines = vec!["the configuration is refused".to_owned()];
    lines.extend(told.cloned());
    let untold = problems.len() + 1 - lines.len();
    if untold > 0 {
        lines.push(format!("and {untold} more"));
    }
    lines.join("\n")
}

/// API servers drop warnings that hold control characters.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
