//! The options of a verb: `--name value`, `--name=value` and `--switch`, nothing more.
//!
//! Not a general parser: verbs have a handful of options, and a dependency for them would be compiled by everyone
//! who runs the demo.

use anyhow::{Result, bail};

/// What a verb accepts.
pub(crate) struct Spec {
    /// Printed for `--help` and beside every complaint.
    pub(crate) usage: &'static str,
    /// Options that take a value, with their dashes.
    pub(crate) valued: &'static [&'static str],
    /// Options that take none, with their dashes.
    pub(crate) switches: &'static [&'static str],
}

/// The options that were given.
#[derive(Debug, Default)]
pub(crate) struct Flags {
    values: Vec<(&'static str, String)>,
    switches: Vec<&'static str>,
}

impl Flags {
    /// Reads `args`; `None` when help was asked for and has been printed.
    pub(crate) fn parse(spec: &Spec, args: &[String]) -> Result<Option<Self>> {
        let mut flags = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            if matches!(arg.as_str(), "--help" | "-h") {
                println!("{}", spec.usage);
                return Ok(None);
            }
            let (name, inline) = match arg.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (arg.as_str(), None),
            };
            if let Some(known) = spec.valued.iter().find(|known| **known == name) {
                let Some(value) = inline.or_else(|| args.next().cloned()) else {
                    bail!("{name} needs a value\n\n{}", spec.usage);
                };
                flags.values.push((known, value));
            } else if let Some(known) = spec.switches.iter().find(|known| **known == name && inline.is_none())
            {
                flags.switches.push(known);
            } else {
                bail!("unknown option `{arg}`\n\n{}", spec.usage);
            }
        }
        Ok(Some(flags))
    }

    /// The last value given for `name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The last value given for `name` as a number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>> {
        match self.value(name) {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(number) => Ok(Some(number)),
                Err(_) => bail!("{name}: `{text}` is not a number"),
            },
        }
    }

    /// Whether the switch `name` was given.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.switches.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: Spec = Spec { usage: "usage: verb", valued: &["--jobs"], switches: &["--keep"] };

    fn parse(args: &[&str]) -> Result<Option<Flags>> {
        Flags::parse(&SPEC, &args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn reads_values_in_both_spellings_and_switches() {
        let flags = parse(&["--jobs", "2", "--keep", "--jobs=3"]).unwrap().unwrap();
        assert_eq!(flags.number("--jobs").unwrap(), Some(3));
        assert!(flags.has("--keep"));
    }

    #[test]
    fn names_what_is_unknown_or_missing_and_shows_the_usage() {
        for (args, expected) in [
            (vec!["--nope"], "unknown option `--nope`"),
            (vec!["--jobs"], "--jobs needs a value"),
            (vec!["--keep=1"], "unknown option `--keep=1`"),
        ] {
            let text = parse(&args).unwrap_err().to_string();
            assert!(text.contains(expected) && text.contains("usage: verb"), "{text}");
        }
        assert!(parse(&["--jobs", "two"]).unwrap().unwrap().number("--jobs").is_err());
    }

    #[test]
    fn help_ends_the_verb() {
        assert!(parse(&["--keep", "--help"]).unwrap().is_none());
    }
}
