//! What the estimates of one metric, period and group tell: counts, each a part of the whole.
//!
//! A share tells two numbers of people, those who met it and those who did not; so does every other estimate, in its own
//! way. Here they are taken apart into parts that do not overlap, so that each part can be followed through all tables by
//! itself: what cannot be worked out of any part cannot be worked out of their sums.

use super::policy::Policy;
use crate::measure::{DAYS_PER_MONTH, Estimate, Group, Note, People, Statistic};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The part of a rate that is time, in days, and no count of people.
const EXPOSURE: &str = "exposure_days";

/// The two parts of a share.
const MET: &str = "met";
const UNMET: &str = "unmet";

/// The part of a rate that is counted; of what happens by a day, what happened by it, and the rest.
const EVENTS: &str = "events";
const BY_DAY: &str = " by day ";
const OTHERS: &str = "others";

/// The only part of those layers.
const UNKNOWN: &str = "unknown";
const EXCLUDED: &str = "excluded";

/// What of an estimate is shown or withheld by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The estimate, its limits, numerator and denominator.
    Figures,
    /// How many answers are not known.
    Unknown,
    /// How many units were left out.
    Excluded,
}

/// A table: sheets of one layer of one metric, over periods and groups.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TableKey {
    pub metric: String,
    /// Of the metric's query: with another definition other people are counted.
    pub version: String,
    pub layer: Layer,
}

/// Where in its table a sheet stands. Dates as ISO text sort as days do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub start: String,
    pub end: String,
    pub group: Group,
}

/// Counts by the name of the part.
pub type Parts = BTreeMap<String, i64>;

/// One sheet: where it stands and what it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    pub place: Place,
    pub parts: Parts,
    /// Whose the units are, where a client can have several.
    pub people: Option<People>,
}

impl Sheet {
    /// Whether nobody is counted: a zero or "no data", which is shown.
    pub fn is_empty(&self) -> bool {
        self.parts.values().all(|n| *n == 0)
    }

    /// All parts together.
    pub fn size(&self) -> i64 {
        self.parts.iter().filter(|(name, _)| *name != EXPOSURE).map(|(_, n)| n).sum()
    }

    /// Whether a part is so small that it must not be read, or is of so few people: fourteen goals of eight clients.
    pub fn is_small(&self, part: &str, policy: Policy) -> bool {
        self.parts.get(part).is_some_and(|n| match *n {
            0 => !policy.zeros_shown && !self.is_empty(),
            n => small(part, n, policy) || self.people_of(part).is_some_and(|m| m < u64::from(policy.small_cell)),
        })
    }

    /// The people of a part's units; of all of them where those of the part are not known.
    pub fn people_of(&self, part: &str) -> Option<u64> {
        let people = self.people?;
        match part {
            UNKNOWN => return people.unknown,
            EXCLUDED => return people.excluded,
            _ => {}
        }
        let of_part = match part {
            MET | EVENTS => people.met,
            UNMET => people.unmet,
            // Those of the headline's day; of several days it is not known whose the units are.
            OTHERS if self.days() == 1 => people.unmet,
            part if part.contains(BY_DAY) && self.days() == 1 => people.met,
            _ => None,
        };
        Some(of_part.unwrap_or(people.all))
    }

    /// Of how many days it is told how many it happened to by then.
    fn days(&self) -> usize {
        self.parts.keys().filter(|part| part.contains(BY_DAY)).count()
    }

    /// Whether that is what was told of it: the same parts, and the same counts.
    pub fn is_told_by(&self, parts: &BTreeMap<String, Option<i64>>) -> bool {
        parts.len() == self.parts.len() && self.parts.iter().all(|(name, n)| parts.get(name) == Some(&Some(*n)))
    }

    /// Whether any part is.
    pub fn is_sensitive(&self, policy: Policy) -> bool {
        self.parts.keys().any(|part| self.is_small(part, policy))
    }
}

/// Whether a count of that part is small. What is below 0 cannot be and is kept back.
pub fn small(part: &str, n: i64, policy: Policy) -> bool {
    n != 0 && n < threshold(part, policy)
}

/// Whether a part counts what people have, and not their time.
pub fn is_counted(part: &str) -> bool {
    part != EXPOSURE
}

/// From where on a count may be read.
pub fn threshold(part: &str, policy: Policy) -> i64 {
    let people = i64::from(policy.small_cell);
    if part == EXPOSURE { (f64::from(policy.small_cell) * DAYS_PER_MONTH).ceil() as i64 } else { people }
}

/// The tables of all estimates, and for every estimate its place.
pub fn tables(estimates: &[Estimate]) -> BTreeMap<TableKey, Vec<Sheet>> {
    let mut together: BTreeMap<(String, String, Place), Vec<&Estimate>> = BTreeMap::new();
    for estimate in estimates.iter().filter(|estimate| counts_something(estimate)) {
        let key = (estimate.metric.clone(), estimate.version.clone(), place(estimate));
        together.entry(key).or_default().push(estimate);
    }
    let mut tables: BTreeMap<TableKey, Vec<Sheet>> = BTreeMap::new();
    for ((metric, version, place), estimates) in together {
        let most = |f: fn(&Estimate) -> Option<u64>| estimates.iter().filter_map(|e| f(e)).max();
        let people = estimates.iter().find_map(|estimate| estimate.people);
        let single = |name: &str, n: Option<u64>| n.map(|n| Parts::from([(name.to_owned(), whole(n as f64))]));
        let layers = [
            (Layer::Figures, Some(parts(&estimates)).filter(|parts| !parts.is_empty())),
            (Layer::Unknown, single(UNKNOWN, most(|e| e.unknown))),
            (Layer::Excluded, single(EXCLUDED, most(|e| e.excluded))),
        ];
        for (layer, parts) in layers {
            let key = TableKey { metric: metric.clone(), version: version.clone(), layer };
            if let Some(parts) = parts {
                tables.entry(key).or_default().push(Sheet { place: place.clone(), parts, people });
            }
        }
    }
    tables
}

/// Where an estimate stands.
pub fn place(estimate: &Estimate) -> Place {
    Place { start: estimate.period.start.clone(), end: estimate.period.end.clone(), group: estimate.group.clone() }
}

fn counts_something(estimate: &Estimate) -> bool {
    !matches!(estimate.note, Some(Note::NotCollected | Note::Withheld))
}

/// A count that came as a number of double precision; counts are far from where those have gaps.
fn whole(n: f64) -> i64 {
    n.round() as i64
}

/// The parts of what the estimates of one sheet tell.
fn parts(estimates: &[&Estimate]) -> Parts {
    let mut parts = Parts::new();
    let mut told = BTreeMap::<(&str, u32), i64>::new();
    let mut all: Option<i64> = None;
    let mut classified: Option<i64> = None;
    for estimate in estimates {
        let n = estimate.denominator.map(whole);
        match estimate.statistic {
            Statistic::Events | Statistic::Clients => {
                parts.extend(estimate.estimate.map(|n| (estimate.statistic.name().to_owned(), whole(n))));
                parts.extend(estimate.numerator.map(|n| ("numerator".to_owned(), whole(n))));
            }
            Statistic::Rate => {
                parts.extend(estimate.numerator.map(|n| (EVENTS.to_owned(), whole(n))));
                let days = estimate.denominator.map(|months| whole(months * DAYS_PER_MONTH));
                parts.extend(days.map(|days| (EXPOSURE.to_owned(), days)));
            }
            Statistic::ReliablyImproved | Statistic::ReliablyDeteriorated => {
                parts.extend(estimate.numerator.map(|n| (estimate.statistic.name().to_owned(), whole(n))));
                classified = classified.max(n);
            }
            Statistic::ShareByDay | Statistic::MatureShare => {
                let of = (estimate.outcome.as_deref().unwrap_or(""), estimate.at.unwrap_or(0));
                let events = estimate.events.map(|n| n as f64).or(estimate.numerator);
                told.extend(events.map(|n| (of, whole(n))));
                all = all.max(n);
            }
            Statistic::Share
            | Statistic::MedianDays
            | Statistic::RestrictedMeanDays
            | Statistic::Mean
            | Statistic::Median
            | Statistic::Quartile1
            | Statistic::Quartile3
            | Statistic::MeanChange
            | Statistic::EffectSize => match (estimate.numerator.map(whole), n) {
                (Some(met), Some(n)) => parts.extend([(MET.to_owned(), met), (UNMET.to_owned(), n - met)]),
                _ => all = all.max(n),
            },
        }
    }
    // Day by day the events that came since the day before; whoever had none of them is the rest.
    let mut rest = all.unwrap_or(0);
    let mut before: (&str, i64) = ("", 0);
    for ((outcome, day), events) in told {
        let earlier = if before.0 == outcome { before.1 } else { 0 };
        parts.insert(format!("{outcome}{BY_DAY}{day}"), events - earlier);
        rest -= events - earlier;
        before = (outcome, events);
    }
    if let Some(classified) = classified {
        let changed: i64 = parts.values().sum();
        parts.insert("no reliable change".into(), classified - changed);
        rest -= classified;
    }
    if all.is_some() {
        parts.insert(OTHERS.into(), rest);
    }
    parts
}
