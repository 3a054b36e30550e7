//! What new data has of the arrivals while what has gathered still waits, for each generator: one queue may drain before
//! another.

use std::fmt;
use std::time::{Duration, Instant};

use super::{LOOK, SHARE, SLOW};
use crate::ledger::Since;
use crate::stage::Stage;

/// The part of what had gathered for a generator that must still wait when it is judged.
const STILL: u64 = 4;
/// What was acknowledged so shortly before is on its way: an answer that was waited for, and a request.
const ON_ITS_WAY: Duration = SLOW.saturating_mul(2);
/// What gets through of new data that is less than its share, at least.
const THROUGH: f64 = 0.9;

/// What was seen since a moment, again and again.
pub(super) struct Looks(Vec<(Duration, Vec<Since>)>);

/// The items of a generator that were acknowledged since the moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct New {
    generator: usize,
    /// When the first of them arrived, if they did.
    pub(super) first: Duration,
    /// How many had arrived when it was judged.
    pub(super) arrived: u64,
    /// So many should have.
    pub(super) due: f64,
    /// How many were acknowledged, but for those on their way.
    acknowledged: u64,
    /// How many arrived since the first one, old ones too.
    of: u64,
}

impl Looks {
    /// Looks on for a while, from now on.
    pub(super) async fn taken(stage: &Stage, span: Duration) -> Self {
        let (mark, begin) = (stage.ledger.mark(), Instant::now());
        let mut looks = vec![(Duration::ZERO, stage.ledger.since(&mark))];
        while begin.elapsed() < span {
            tokio::time::sleep(LOOK).await;
            looks.push((begin.elapsed(), stage.ledger.since(&mark)));
        }
        Self(looks)
    }

    /// The generator whose new items had the least of what was due to them; `None` if for none anything can be said.
    pub(super) fn worst(&self) -> Option<New> {
        let generators = self.0.first().map_or(0, |(_, of)| of.len());
        let all = (0..generators).filter_map(|generator| self.of(generator));
        all.min_by(|one, other| one.part().total_cmp(&other.part()))
    }

    /// How long it took until something new had arrived from every generator of which something waited.
    pub(super) fn longest(&self) -> Option<Duration> {
        let generators = self.0.first().map_or(0, |(_, of)| of.len());
        (0..generators).filter_map(|generator| self.of(generator)).map(|new| new.first).max()
    }

    fn of(&self, generator: usize) -> Option<New> {
        let looks = || self.0.iter().filter_map(move |(at, of)| Some((*at, *of.get(generator)?)));
        let gathered = looks().next()?.1.waiting;
        let still = |since: &Since| since.waiting > 0 && since.waiting * STILL >= gathered;
        let (end, last) = looks().take_while(|(_, since)| still(since)).last()?;
        // Without any new one it is as if the first came at the end.
        let arrival = looks().find(|(_, since)| since.new > 0).filter(|(at, _)| *at <= end);
        let (first, before) = arrival.map_or((end, 0), |(at, since)| (at, since.arrived));
        let settled = looks().take_while(|(at, _)| *at + ON_ITS_WAY <= end).last()?.1;
        let (acknowledged, of) = (settled.acknowledged, last.arrived.saturating_sub(before));
        let due = (SHARE * of as f64).min(THROUGH * acknowledged as f64);
        (due > 0.0).then_some(New { generator, first, arrived: last.new, due, acknowledged, of })
    }
}

impl New {
    /// What arrived of what was due.
    pub(super) fn part(&self) -> f64 {
        self.arrived as f64 / self.due
    }
}

impl fmt::Display for New {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { generator, first, arrived, due, acknowledged, of } = self;
        write!(
            out,
            "of generator {generator} {arrived} new items had arrived of {acknowledged} that could have, among {of} arrivals since \
             the first, {:.1} s after the backend came back; {due:.0} were due",
            first.as_secs_f64()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A look every half second, at a generator that acknowledges 100 items in that time and has 1000 waiting at first.
    fn looks(old: u64, new: u64) -> Looks {
        let look = |number: u64| Since {
            waiting: 1000_u64.saturating_sub(old * number),
            acknowledged: 100 * number,
            arrived: (old + new) * number,
            new: new * number,
        };
        Looks((0..20).map(|number| (SLOW * u32::try_from(number).unwrap(), vec![look(number)])).collect())
    }

    #[test]
    fn new_data_has_its_share_or_all_of_it_gets_through() {
        let part = |old, new| looks(old, new).worst().unwrap().part();
        // Half of what arrives.
        assert!(part(40, 40) > 1.0);
        assert!(part(50, 20) < 0.8);
        // All that there is.
        assert!(part(200, 100) > 1.0);
        assert_eq!(looks(40, 40).longest(), Some(SLOW));
        // None comes before all that has gathered.
        assert!(part(50, 0) < 0.01);
        assert_eq!(looks(50, 0).longest(), Some(SLOW * 15));
        // What has gathered is gone before anything can be said.
        assert!(looks(900, 0).worst().is_none() && looks(900, 0).longest().is_none());
    }
}
