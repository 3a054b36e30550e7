//! Which edits come in which order: shuffled decks, each with every kind once and bad edits twice.

use anyhow::{Result, bail};
use fastrand::Rng;

use super::bad::{BAD, Bad};
use super::shape::{Copies, Shape};

/// A change that has to be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Good {
    /// Timeout and size of batches.
    Batch,
    /// A processor more, or one less.
    Processor,
    /// A pipeline more for each signal, or one less.
    Pipeline,
    /// A header of the exporter.
    Header,
    /// Compression, queue and retries of the exporter.
    Exporter,
    /// A setting of the receiver, its addresses the same.
    Receiver,
    /// A port of the receiver.
    Port,
    /// Nothing but a comment.
    Comment,
}

impl Good {
    const ALL: [Self; 8] = [
        Self::Batch,
        Self::Processor,
        Self::Pipeline,
        Self::Header,
        Self::Exporter,
        Self::Receiver,
        Self::Port,
        Self::Comment,
    ];

    /// What a person calls it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Batch => "batch settings",
            Self::Processor => "processor",
            Self::Pipeline => "pipeline",
            Self::Header => "exporter header",
            Self::Exporter => "exporter settings",
            Self::Receiver => "receiver setting",
            Self::Port => "receiver port",
            Self::Comment => "comment only",
        }
    }

    fn is_called(self, name: &str) -> bool {
        self.text() == name || self.text().split(' ').any(|word| word == name)
    }

    /// Makes the change. Ports are chosen by whoever knows free ones.
    pub(super) fn change(self, shape: &mut Shape, number: usize, rng: &mut Rng) {
        match self {
            Self::Batch => {
                shape.batch_ms = other(rng, &[50, 100, 200, 500], shape.batch_ms);
                shape.batch_size = other(rng, &[200, 500, 1024, 4096], shape.batch_size);
            }
            Self::Processor => {
                shape.mark = if shape.mark.is_some() { None } else { Some(format!("m{number}")) };
            }
            Self::Pipeline => {
                let added = if rng.bool() { Copies::Sent } else { Copies::Dropped };
                shape.copies = if shape.copies.is_some() { None } else { Some(added) };
            }
            Self::Header => shape.revision = number,
            Self::Exporter => {
                shape.compression = other(rng, &["gzip", "zstd", "none"], shape.compression);
                shape.consumers = other(rng, &[1, 2, 4, 10], shape.consumers);
                shape.retry_ms = other(rng, &[100, 1000, 5000], shape.retry_ms);
            }
            Self::Receiver => {
                shape.message_mib = other(rng, &[4, 8, 16], shape.message_mib);
                shape.body_mib = other(rng, &[10, 20, 40], shape.body_mib);
            }
            Self::Port | Self::Comment => {}
        }
        shape.comment = number;
    }
}

/// One of `choices` that is not what there is.
fn other<T: Copy + PartialEq>(rng: &mut Rng, choices: &[T], now: T) -> T {
    let left: Vec<T> = choices.iter().copied().filter(|choice| *choice != now).collect();
    rng.choice(left).unwrap_or(now)
}

/// One edit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    /// To be applied.
    Good(Good),
    /// To be refused.
    Bad(&'static Bad),
}

/// That many edits, all good and of the kinds whose name is `only` or has it as a word: to find out which is to blame.
///
/// # Errors
/// There is no such kind.
pub(super) fn narrow(edits: usize, only: &str) -> Result<Vec<Edit>> {
    let kinds: Vec<Good> = Good::ALL.into_iter().filter(|kind| kind.is_called(only)).collect();
    if kinds.is_empty() {
        let names = Good::ALL.map(Good::text).join(", ");
        bail!("--only: no kind is called `{only}`; there are {names}");
    }
    Ok(kinds.into_iter().cycle().take(edits).map(Edit::Good).collect())
}

/// That many edits.
pub(super) fn plan(edits: usize, rng: &mut Rng) -> Vec<Edit> {
    let mut bad: Vec<&'static Bad> = Vec::new();
    let mut last = "";
    let mut plan = Vec::new();
    while plan.len() < edits {
        let mut deck: Vec<Edit> = Good::ALL.into_iter().map(Edit::Good).collect();
        for _ in 0..2 {
            if bad.is_empty() {
                bad = BAD.iter().collect();
                rng.shuffle(&mut bad);
                // The same text twice in a row would be no edit.
                if bad.last().is_some_and(|next| next.name == last) {
                    bad.rotate_right(1);
                }
            }
            let next = bad.pop();
            last = next.map_or(last, |next| next.name);
            deck.extend(next.map(Edit::Bad));
        }
        rng.shuffle(&mut deck);
        plan.extend(deck);
    }
    plan.truncate(edits);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_edits_hold_every_kind_and_a_hundred_every_bad_one() {
        let goods = |plan: &[Edit]| {
            let mut kinds: Vec<Good> = plan
                .iter()
                .filter_map(|edit| match edit {
                    Edit::Good(kind) => Some(*kind),
                    Edit::Bad(_) => None,
                })
                .collect();
            kinds.sort();
            kinds
        };
        assert_eq!(goods(&plan(10, &mut Rng::with_seed(1))), Good::ALL);
        let long = plan(10 * BAD.len().div_ceil(2), &mut Rng::with_seed(2));
        for bad in BAD {
            let is_it = |edit: &Edit| matches!(edit, Edit::Bad(planned) if planned.name == bad.name);
            assert!(long.iter().any(is_it), "{}", bad.name);
        }
    }

    #[test]
    fn a_narrow_plan_holds_one_kind() {
        let plan = narrow(3, "header").unwrap();
        assert!(plan.len() == 3 && plan.iter().all(|edit| matches!(edit, Edit::Good(Good::Header))));
        assert!(narrow(3, "nope").unwrap_err().to_string().contains("receiver port"));
    }

    #[test]
    fn a_seed_gives_the_same_plan_again() {
        let names = |seed| format!("{:?}", plan(40, &mut Rng::with_seed(seed)));
        assert_eq!(names(7), names(7));
        assert_ne!(names(7), names(8));
    }

    #[test]
    fn every_change_but_a_port_makes_another_document() {
        let shape = || Shape::base(([127, 0, 0, 1], 1).into(), ([127, 0, 0, 1], 2).into());
        for kind in Good::ALL {
            let mut changed = shape();
            kind.change(&mut changed, 3, &mut Rng::with_seed(1));
            changed.comment = 0;
            let same = changed == shape();
            assert_eq!(same, matches!(kind, Good::Port | Good::Comment), "{kind:?}");
        }
    }
}
