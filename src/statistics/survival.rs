//! Spells of waiting, and who was at risk when: what [`super::kaplan_meier`], [`super::aalen_johansen`] and [`super::log_rank`] start from.
//!
//! The order of things at one time is that of R, SAS, Stata and lifelines: who enters exactly then is not yet at risk; events happen;
//! the censored leave after, so a client last seen on day 12 was at risk of an event on day 12. Time 0 events are legal (served the same
//! day) and drop the curve at 0. Times are in any one unit; whole days are exact, others are compared with a tolerance.

/// How a spell ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The event of this cause, counted from 0.
    Event(usize),
    /// Still waiting when last seen.
    Censored,
}

/// Some spells with the same beginning and end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spell {
    /// Under observation only after this time (delayed entry); `None` from the start, time 0 included.
    pub entry: Option<f64>,
    /// When the spell ended; not negative.
    pub time: f64,
    pub end: End,
    /// How many such spells.
    pub count: u64,
}

impl Spell {
    /// Spells observed from the start that ended after a number of whole days.
    pub fn days(days: i32, end: End, count: u64) -> Self {
        Self { entry: None, time: f64::from(days), end, count }
    }

    /// Whether this is a spell at all: it ends at a time, not before the start, and after its entry.
    fn is_possible(&self) -> bool {
        self.time.is_finite() && self.time >= 0.0 && self.entry.is_none_or(|entry| entry < self.time)
    }
}

/// One time at which spells ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    pub time: f64,
    /// Under observation just before.
    pub at_risk: u64,
    /// Events by cause.
    pub events: Vec<u64>,
    pub censored: u64,
}

impl Moment {
    /// Events of any cause.
    pub fn events_of_any_cause(&self) -> u64 {
        self.events.iter().sum()
    }
}

/// Spells in order of time, with the number at risk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RiskTable {
    /// Ascending, one for each distinct time.
    pub moments: Vec<Moment>,
    /// Delayed entries, ascending: time, and how many entered.
    pub entries: Vec<(f64, u64)>,
    pub causes: usize,
    /// Spells counted.
    pub spells: u64,
    /// Spells left out: ended before the start, or not after their entry, or at no known time. The caller should report them.
    pub rejected: u64,
}

impl RiskTable {
    /// Arranges spells. `causes` is how many there are, even if some never happened; a higher one in the data adds to it.
    pub fn new(spells: &[Spell], causes: usize) -> Self {
        Self::with_clock(spells, causes, &Clock::of(spells))
    }

    /// The same, with times that are compared across several groups.
    pub(super) fn with_clock(spells: &[Spell], causes: usize, clock: &Clock) -> Self {
        let mut table = Self { causes, ..Self::default() };
        let mut counted: Vec<Spell> = Vec::with_capacity(spells.len());
        for spell in spells.iter().filter(|spell| spell.count > 0) {
            let entry = spell.entry.map(|entry| clock.read(entry));
            let snapped = Spell { entry, time: clock.read(spell.time), ..*spell };
            // Judged both before and after: two times apart by a rounding error are one time.
            if spell.is_possible() && snapped.is_possible() {
                counted.push(snapped);
            } else {
                table.rejected += spell.count;
            }
            if let End::Event(cause) = spell.end {
                table.causes = table.causes.max(cause + 1);
            }
        }
        counted.sort_by(|one, other| one.time.total_cmp(&other.time));
        table.spells = counted.iter().map(|spell| spell.count).sum();
        table.entries = counted.iter().filter_map(|spell| spell.entry.map(|entry| (entry, spell.count))).collect();
        table.entries.sort_by(|one, other| one.0.total_cmp(&other.0));

        let mut waiting = table.spells - table.entries.iter().map(|(_, count)| count).sum::<u64>();
        let mut entering = table.entries.iter().peekable();
        for group in counted.chunk_by(|one, other| one.time.total_cmp(&other.time).is_eq()) {
            let Some(time) = group.first().map(|spell| spell.time) else { continue };
            while let Some((_, count)) = entering.next_if(|(entry, _)| *entry < time) {
                waiting += count;
            }
            let mut moment = Moment { time, at_risk: waiting, events: vec![0; table.causes], censored: 0 };
            for spell in group {
                match spell.end {
                    End::Event(cause) => moment.events[cause] += spell.count, // `causes` was raised above every cause seen
                    End::Censored => moment.censored += spell.count,
                }
                waiting -= spell.count; // entered before `time`, as `is_possible` makes sure
            }
            table.moments.push(moment);
        }
        table
    }

    /// How many were under observation just before a time.
    pub fn at_risk(&self, time: f64) -> u64 {
        let next = self.moments.partition_point(|moment| moment.time < time);
        let Some(moment) = self.moments.get(next) else { return 0 };
        let since: u64 = self
            .entries
            .iter()
            .filter(|(entry, _)| *entry >= time && *entry < moment.time)
            .map(|(_, count)| count)
            .sum();
        moment.at_risk - since
    }

    /// The last time anyone was at risk.
    pub fn last_time(&self) -> Option<f64> {
        self.moments.last().map(|moment| moment.time)
    }

    /// Events of one cause up to and at a time.
    pub fn events_until(&self, time: f64, cause: usize) -> u64 {
        let moments = self.moments.iter().take_while(|moment| moment.time <= time);
        moments.filter_map(|moment| moment.events.get(cause)).sum()
    }

    /// Spells still waiting when last seen, which was before a time: those whose state at that time is not known.
    pub fn censored_before(&self, time: f64) -> u64 {
        self.moments.iter().take_while(|moment| moment.time < time).map(|moment| moment.censored).sum()
    }

    /// Events of any cause.
    pub fn events(&self) -> u64 {
        self.moments.iter().map(Moment::events_of_any_cause).sum()
    }

    /// Spells still waiting when last seen.
    pub fn censored(&self) -> u64 {
        self.moments.iter().map(|moment| moment.censored).sum()
    }
}

/// Distinct times, where times closer than a rounding error are one: 0.1 + 0.2 and 0.3.
///
/// The tolerance is √ε, absolute or relative to the mean time, as in R's `survival`; whole days are never touched by it.
pub(super) struct Clock(Vec<f64>);

impl Clock {
    pub(super) fn of<'a>(spells: impl IntoIterator<Item = &'a Spell>) -> Self {
        let mut times: Vec<f64> = spells
            .into_iter()
            .flat_map(|spell| spell.entry.into_iter().chain([spell.time]))
            .filter(|t| t.is_finite())
            .collect();
        times.sort_by(f64::total_cmp);
        times.dedup();
        let size = times.iter().map(|time| time.abs()).sum::<f64>() / times.len().max(1) as f64;
        let tolerance = f64::EPSILON.sqrt();
        let mut previous = f64::NEG_INFINITY;
        times.retain(|&time| {
            let gap = time - previous;
            previous = time;
            gap > tolerance && gap > tolerance * size
        });
        Self(times)
    }

    /// The distinct time a time belongs to: the last one not after it.
    fn read(&self, time: f64) -> f64 {
        let after = self.0.partition_point(|distinct| *distinct <= time);
        after.checked_sub(1).and_then(|place| self.0.get(place)).copied().unwrap_or(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn impossible_spells_are_counted_not_used() {
        let late = Spell { entry: Some(5.0), time: 5.0, end: End::Event(0), count: 2 };
        let nowhere = Spell { entry: None, time: f64::NAN, end: End::Censored, count: 4 };
        let table =
            RiskTable::new(&[Spell::days(-1, End::Event(0), 8), late, nowhere, Spell::days(3, End::Event(0), 1)], 1);
        assert_eq!((table.spells, table.rejected, table.events()), (1, 14, 1));
    }

    #[test]
    fn who_enters_at_a_time_is_not_at_risk_then() {
        let spell = |entry, time| Spell { entry, time, end: End::Event(0), count: 1 };
        let table = RiskTable::new(&[spell(None, 3.0), spell(Some(3.0), 6.0)], 1);
        assert_eq!([2.0, 3.0, 3.5, 6.0, 7.0].map(|time| table.at_risk(time)), [1, 1, 1, 1, 0]);
    }

    #[test]
    fn nobody_is_no_moment() {
        let table = RiskTable::new(&[], 2);
        assert_eq!((table.moments.len(), table.last_time(), table.at_risk(0.0)), (0, None, 0));
    }

    #[test]
    fn a_row_that_counts_nobody_does_not_lengthen_the_curve() {
        let table = RiskTable::new(&[Spell::days(3, End::Event(0), 2), Spell::days(90, End::Censored, 0)], 1);
        assert_eq!((table.last_time(), table.spells), (Some(3.0), 2));
    }

    proptest! {
        #[test]
        fn the_number_at_risk_is_who_entered_before_and_had_not_left(
            rows in prop::collection::vec((prop::option::of(0_i32..20), 0_i32..25, 0_usize..3), 0..40), time in 0_i32..26,
        ) {
            let spells: Vec<Spell> = rows
                .iter()
                .map(|(entry, days, code)| Spell {
                    entry: entry.map(f64::from),
                    ..Spell::days(*days, if *code == 0 { End::Censored } else { End::Event(code - 1) }, 1)
                })
                .collect();
            let table = RiskTable::new(&spells, 2);
            let possible: Vec<_> = rows.iter().filter(|(entry, days, _)| entry.is_none_or(|entry| entry < *days)).collect();
            let at_risk = possible.iter().filter(|(entry, days, _)| entry.is_none_or(|e| e < time) && *days >= time).count();
            prop_assert_eq!(table.at_risk(time.into()), at_risk as u64);
            prop_assert_eq!(table.rejected, (rows.len() - possible.len()) as u64);
            let served = possible.iter().filter(|(_, days, code)| *days <= time && *code == 1).count();
            prop_assert_eq!(table.events_until(time.into(), 0), served as u64);
            let unknown = possible.iter().filter(|(_, days, code)| *days < time && *code == 0).count();
            prop_assert_eq!(table.censored_before(time.into()), unknown as u64);
        }
    }
}
