//! Which numbers of a table are withheld: the small ones, and as few others as it takes that no small one can be worked out.
//!
//! The small numbers of all sheets, the counts between dates that follow from the others, and the differences to what was
//! told earlier must each stay open: a reader who knows everything published, now and before, and the rule itself, can tell
//! neither that the number is small nor which it is; and one who could tell which numbers are small, since no more is withheld
//! than needed, could still not tell which number it is. For each, the cheapest set of further numbers to withhold is the
//! solution of a linear program: the attacker's problem, with a price on what would have to differ (after the heuristics for
//! cell suppression, Kelly, Golden & Assad 1992, Fischetti & Salazar 2000). What has become superfluous is published again in the end. Every decision is backed by worlds
//! ([`super::world`]), which the audit adds up once more.

use super::near::Sought;
use super::nesting::Nesting;
use super::policy::Policy;
use super::sheet::{Place, Sheet, is_counted};
use super::strand::{ANYWHERE, Strand, Table, strand};
use super::system::least_apart;
use std::collections::{BTreeMap, BTreeSet};

/// Why a sheet is withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It has a small part.
    Small,
    /// A small number would follow from it.
    Linked,
    /// It differs a little from what was told before.
    Restated,
    /// No way was found to make the table safe in parts.
    WholeTable,
}

/// A draw makes a number dearer by up to this part of its price.
const DEARER: f64 = 0.5;

/// What was told of a place earlier, the latest first: counts, or none where they were withheld.
pub type Told = Vec<(Place, BTreeMap<String, Option<i64>>)>;

/// What to do with a table.
#[derive(Debug, Default)]
pub struct Decision {
    /// Position of the sheet → why it is withheld.
    pub withheld: BTreeMap<usize, Why>,
    /// Small numbers that follow from what was told earlier alone: nothing done now can take that back.
    pub exposed: usize,
}

/// Decides what of a table is withheld. `rest` are places of it that are not told, with whose their units are.
pub fn protect(sheets: &[Sheet], rest: &[Sheet], earlier: &Told, policy: Policy, nesting: &Nesting) -> Decision {
    let mut decision = Decision::default();
    for (i, sheet) in sheets.iter().enumerate() {
        if sheet.is_sensitive(policy) {
            decision.withheld.insert(i, Why::Small);
        }
    }
    let names: BTreeSet<&String> = sheets.iter().flat_map(|sheet| sheet.parts.keys()).collect();
    // A sheet that was told before as it is now cannot be taken back.
    let mut before: BTreeMap<&Place, Vec<&BTreeMap<String, Option<i64>>>> = BTreeMap::new();
    for (place, parts) in earlier {
        before.entry(place).or_default().push(parts);
    }
    let is_told = |sheet: &Sheet| before.get(&sheet.place).is_some_and(|told| told.iter().any(|t| sheet.is_told_by(t)));
    let told: Vec<bool> = sheets.iter().map(is_told).collect();
    let is_moved = |i: &usize| {
        sheets.get(*i).is_some_and(|sheet| told.get(*i) == Some(&false) && moved_by_a_few(sheet, earlier, policy))
    };
    let moved: BTreeSet<usize> = (0..sheets.len()).filter(is_moved).collect();
    for i in &moved {
        decision.withheld.entry(*i).or_insert(Why::Restated);
    }
    // Where nobody is told of settings, it does not matter which setting a program is of.
    let places = sheets.iter().map(|sheet| &sheet.place).chain(earlier.iter().map(|(place, _)| place));
    let mut dimensions = places.flat_map(|place| &place.group.0).map(|(name, _)| name);
    let nesting = dimensions.any(|name| nesting.is_wider(name)).then_some(nesting);
    let mut strands = Vec::new();
    for part in names {
        let beside = |told: &Told| strand(part, (sheets, rest), nesting, told, policy);
        match beside(earlier).or_else(|| beside(&agreeing(earlier, |told| beside(told).is_some()))) {
            Some(strand) => strands.push(strand),
            None => return whole_table(sheets),
        }
    }
    if strands.iter().all(Strand::is_free) {
        return decision;
    }
    let prices: Vec<f64> = sheets.iter().map(|sheet| price(sheet, policy)).collect();
    let table = Table { sheets, told: &told, prices: &prices };
    loop {
        let before = decision.withheld.len();
        if !hold_back(table, &mut strands, &mut decision) {
            return Decision { exposed: exposed(&strands), ..whole_table(sheets) };
        }
        // What is withheld for one number may leave open that another one is there at all.
        if decision.withheld.len() == before {
            break;
        }
    }
    publish_again(table, &mut strands, &mut decision, &moved);
    decision.exposed = exposed(&strands);
    if !strands.iter().all(|strand| strand.holds(table, &decision.withheld)) {
        return Decision { exposed: decision.exposed, ..whole_table(sheets) };
    }
    decision
}

/// What was told earlier without the numbers that cannot be true of today's records beside later ones: a record that came late
/// is in a total that is told now, and not in the programs that were told then.
fn agreeing(earlier: &Told, agrees: impl Fn(&Told) -> bool) -> Told {
    let mut kept = Told::new();
    let mut left = earlier.as_slice();
    while !left.is_empty() {
        let with = |n: usize| kept.iter().chain(left.iter().take(n)).cloned().collect::<Told>();
        // The most of the latest that agree: so many do, and one more does not.
        let (mut agree, mut too_many) = (0, left.len() + 1);
        while agree + 1 < too_many {
            let n = usize::midpoint(agree, too_many);
            if agrees(&with(n)) { agree = n } else { too_many = n }
        }
        kept = with(agree);
        left = left.get(agree + 1..).unwrap_or_default();
    }
    kept
}

/// Whether a sheet differs by a few from what was told of its place, in a part or in all, or of a time that begins or ends with
/// it: it is not told, also where what others tell would give that away. What was told cannot be taken back, so that there is no
/// other way to keep the difference.
fn moved_by_a_few(sheet: &Sheet, earlier: &Told, policy: Policy) -> bool {
    let least = i64::from(policy.small_cell);
    let few = |now: i64, then: i64, people: Option<u64>| {
        let people = people.and_then(|people| i64::try_from(people).ok()).map_or(now, |people| people.min(now));
        (1..least_apart(people, now, least)).contains(&(now - then).abs())
    };
    let parts_of = |told: &BTreeMap<String, Option<i64>>| -> Vec<(i64, i64, Option<u64>)> {
        let counted = sheet.parts.iter().filter(|(part, _)| is_counted(part));
        counted
            .filter_map(|(part, now)| Some((*now, told.get(part).copied().flatten()?, sheet.people_of(part))))
            .collect()
    };
    let of = &sheet.place;
    earlier.iter().filter(|(place, _)| place.group == of.group).any(|(place, told)| {
        let parts = parts_of(told);
        if place == of {
            let all = parts.iter().map(|(_, then, _)| then).sum();
            let is_whole = parts.len() == sheet.parts.keys().filter(|part| is_counted(part)).count();
            let is_moved = is_whole && few(sheet.size(), all, sheet.people.map(|people| people.all));
            is_moved || parts.iter().any(|(now, then, people)| few(*now, *then, *people))
        } else {
            let is_beside = place.start == of.start || place.end == of.end;
            is_beside && parts.iter().any(|(now, then, _)| (1..least).contains(&(now - then).abs()))
        }
    })
}

/// How many small numbers follow from what was told earlier.
fn exposed(strands: &[Strand]) -> usize {
    strands.iter().map(Strand::exposed).sum()
}

/// Withholds what it takes that every number that must stay open does; `false` where no way was found.
fn hold_back(table: Table<'_>, strands: &mut [Strand], decision: &mut Decision) -> bool {
    for strand in strands {
        for (target, show) in strand.shows() {
            // Most numbers are safe as it is, which is found sooner than what else would have to be withheld.
            while let Some(wish) = strand.still_to_show(table, &decision.withheld, (target, show), strand.open_within())
            {
                let mut found =
                    strand.otherwise(table, &decision.withheld, (target, show), wish, strand.priced_within());
                if matches!(found, Sought::Unclear) && strand.is_large() {
                    if strand.still_to_show(table, &decision.withheld, (target, show), &ANYWHERE).is_none() {
                        break;
                    }
                    found = strand.otherwise(table, &decision.withheld, (target, show), wish, &ANYWHERE);
                }
                match found {
                    Sought::Found { changes, deviating } => {
                        let (why, sheets) = strand.withheld_for(target, &deviating);
                        for sheet in sheets {
                            decision.withheld.entry(sheet).or_insert(why);
                        }
                        strand.keep(changes, (target, show));
                    }
                    // What was told earlier gives it away already; the next wish is to add nothing to that.
                    _ if strand.cannot_be(table, (target, show), wish) => strand.rule_out((target, show)),
                    _ => return false,
                }
            }
        }
    }
    true
}

/// A large number, and one of everybody, is missed more than a small one of few. Which of several is withheld must not tell
/// that they are equal, or which is less: so each is dearer by a draw that nobody outside can repeat.
fn price(sheet: &Sheet, policy: Policy) -> f64 {
    let weight = 1.0 + (1.0 + sheet.size().max(0) as f64).ln();
    let missed = if sheet.place.group.is_everybody() { 2.0 * weight } else { weight };
    missed * (1.0 + DEARER * policy.draw(&sheet.place))
}

fn whole_table(sheets: &[Sheet]) -> Decision {
    let all = sheets.iter().enumerate().filter(|(_, sheet)| !sheet.is_empty());
    Decision { withheld: all.map(|(i, _)| (i, Why::WholeTable)).collect(), exposed: 0 }
}

/// Publishes what need not be withheld any more, the dearest first.
fn publish_again(table: Table<'_>, strands: &mut [Strand], decision: &mut Decision, moved: &BTreeSet<usize>) {
    let is_other = |(i, why): &(&usize, &Why)| **why != Why::Small && !moved.contains(*i);
    let mut others: Vec<usize> = decision.withheld.iter().filter(is_other).map(|(i, _)| *i).collect();
    let price = |i: &usize| table.prices.get(*i).copied().unwrap_or(0.0);
    others.sort_by(|a, b| price(b).total_cmp(&price(a)).then(a.cmp(b)));
    for sheet in others {
        let Some(why) = decision.withheld.remove(&sheet) else { continue };
        if !strands.iter_mut().all(|strand| strand.stays_open(table, &decision.withheld, sheet)) {
            decision.withheld.insert(sheet, why);
        }
    }
}
