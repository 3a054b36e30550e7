//! An error and its sources as one text.

use std::error::Error;
use std::fmt;

/// More than any honest chain; ends one that runs in a circle.
const MAX_DEPTH: usize = 16;

/// Shows an error as `what: why: why`; made by [`chain`].
#[derive(Clone, Copy, Debug)]
pub struct Chain<'a>(&'a (dyn Error + 'static));

/// `error` with its sources, outermost first, joined by `: `.
///
/// A source whose text already ends the text before it is not repeated; some libraries print their source
/// themselves. At most 16 levels.
///
/// ```
/// let error = std::io::Error::other("connection refused");
/// assert_eq!(agent_telemetry::chain(&error).to_string(), "connection refused");
/// ```
pub fn chain<'a>(error: &'a (dyn Error + 'static)) -> Chain<'a> {
    Chain(error)
}

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut next = self.0.source();
        for _ in 1..MAX_DEPTH {
            let Some(error) = next else { break };
            let text = error.to_string();
            if !said.ends_with(&text) {
                write!(f, ": {text}")?;
                said = text;
            }
            next = error.source();
        }
        Ok(())
    }
}
