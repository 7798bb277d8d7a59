//! Which numbers of a table are withheld: the small ones, and as few others as it takes that no small one can be worked out.
//!
//! The small numbers of all sheets, the counts between dates that follow from the others, and the differences to what was
//! told earlier must each stay open: a reader who knows everything published, now and before, and the rule itself, can tell
//! neither that the number is small nor which it is. For each, the cheapest set of further numbers to withhold is the
//! solution of a linear program: the attacker's problem, with a price on what would have to differ (after the heuristics for
//! cell suppression, Kelly, Golden & Assad 1992, Fischetti & Salazar 2000). What has become superfluous is published again in the end. Every decision is backed by worlds
//! ([`super::world`]), which the audit adds up once more.

use super::policy::Policy;
use super::sheet::{Place, Sheet, threshold};
use super::system::{Given, Restated, System, reconciled};
use super::world::{Binding, Search, Wish, World, agrees, search};
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

/// A number that must stay open.
#[derive(Debug, Clone)]
struct Target {
    sum: Vec<usize>,
    /// What worlds must show, each with what they must show instead where what was told earlier rules that out.
    wishes: Vec<Vec<Wish>>,
    /// Why other numbers are withheld for it.
    why: Why,
    /// Nobody knows here what it is, since it was withheld before: it may be none at all, which may be read.
    may_be_none: bool,
}

/// One part of the table, followed through all sheets.
struct Strand {
    system: System,
    /// For every number given: the sheet of this release, or none for what was told earlier.
    of_sheet: Vec<Option<usize>>,
    /// None where it was withheld earlier.
    values: Vec<Option<i64>>,
    /// What a reader knows of a number that is withheld.
    least: Vec<i64>,
    targets: Vec<Target>,
    worlds: Vec<World>,
}

/// Decides what of a table is withheld.
pub fn protect(sheets: &[Sheet], earlier: &Told, policy: Policy) -> Decision {
    let mut decision = Decision::default();
    for (i, sheet) in sheets.iter().enumerate() {
        if sheet.is_sensitive(policy) {
            decision.withheld.insert(i, Why::Small);
        }
    }
    let names: BTreeSet<&String> = sheets.iter().flat_map(|sheet| sheet.parts.keys()).collect();
    // A sheet that was told before as it is now cannot be taken back.
    let told: Vec<bool> = sheets
        .iter()
        .map(|sheet| earlier.iter().any(|(place, parts)| *place == sheet.place && sheet.is_told_by(parts)))
        .collect();
    let mut strands: Vec<Strand> = names.into_iter().map(|part| strand(part, sheets, earlier, policy)).collect();
    if strands.iter().all(|strand| strand.targets.is_empty()) {
        return decision;
    }
    let prices: Vec<f64> = sheets.iter().map(price).collect();
    loop {
        let before = decision.withheld.len();
        if !hold_back(sheets, &mut strands, &mut decision, &told, &prices) {
            return Decision { exposed: decision.exposed, ..whole_table(sheets) };
        }
        // What is withheld for one number may leave open that another one is there at all.
        if decision.withheld.len() == before {
            break;
        }
    }
    publish_again(sheets, &mut strands, &mut decision, &told, &prices);
    if !audit(sheets, &strands, &decision, &told) {
        return Decision { exposed: decision.exposed, ..whole_table(sheets) };
    }
    decision
}

/// Withholds what it takes that every number that must stay open does; `false` where no way was found.
fn hold_back(sheets: &[Sheet], strands: &mut [Strand], decision: &mut Decision, told: &[bool], prices: &[f64]) -> bool {
    decision.exposed = 0;
    for strand in strands {
        for target in strand.targets.clone() {
            for wishes in &target.wishes {
                for (at, wish) in wishes.iter().enumerate() {
                    let published = strand.bindings(sheets, &decision.withheld, told);
                    // Most numbers are safe as it is, which is found sooner than what else would have to be withheld.
                    if strand.is_open(&published, &target, *wish) {
                        break;
                    }
                    let otherwise = strand.priced(published, sheets, told, prices);
                    match search(&strand.system, &otherwise, &target.sum, *wish) {
                        Search::Found { world, deviating } => {
                            for at in deviating {
                                if let Some(Some(sheet)) = strand.of_sheet.get(at) {
                                    decision.withheld.entry(*sheet).or_insert(target.why);
                                }
                            }
                            strand.worlds.push(world);
                            break;
                        }
                        // What was told earlier gives it away already; the next wish is to add nothing to that.
                        _ if strand.cannot_be(sheets, told, &target, *wish) => {
                            decision.exposed += usize::from(at == 0 && matches!(wish, Wish::AtLeast(_)));
                        }
                        _ => return false,
                    }
                }
            }
        }
    }
    true
}

/// A large number, and one of everybody, is missed more than a small one of few.
fn price(sheet: &Sheet) -> f64 {
    let weight = 1.0 + (1.0 + sheet.size().max(0) as f64).ln();
    if sheet.place.group.is_everybody() { 2.0 * weight } else { weight }
}

fn whole_table(sheets: &[Sheet]) -> Decision {
    let all = sheets.iter().enumerate().filter(|(_, sheet)| !sheet.is_empty());
    Decision { withheld: all.map(|(i, _)| (i, Why::WholeTable)).collect(), exposed: 0 }
}

/// Publishes what need not be withheld any more, the dearest first.
fn publish_again(sheets: &[Sheet], strands: &mut [Strand], decision: &mut Decision, told: &[bool], prices: &[f64]) {
    let mut others: Vec<usize> =
        decision.withheld.iter().filter(|(_, why)| **why != Why::Small).map(|(i, _)| *i).collect();
    let price = |i: &usize| prices.get(*i).copied().unwrap_or(0.0);
    others.sort_by(|a, b| price(b).total_cmp(&price(a)).then(a.cmp(b)));
    for sheet in others {
        let mut withheld = decision.withheld.clone();
        withheld.remove(&sheet);
        let safe = strands.iter_mut().all(|strand| strand.stays_open(sheets, &withheld, told));
        if safe {
            decision.withheld = withheld;
        }
    }
}

/// Whether every number that must stay open does, each shown by worlds that agree with all that is published.
fn audit(sheets: &[Sheet], strands: &[Strand], decision: &Decision, told: &[bool]) -> bool {
    strands.iter().all(|strand| {
        let bindings = strand.bindings(sheets, &decision.withheld, told);
        strand.targets.iter().all(|target| {
            target.wishes.iter().all(|wishes| {
                let holds =
                    |wish: &Wish| strand.shown(&bindings, target, *wish).is_some() || strand.is_none(&bindings, target);
                let mut left =
                    wishes.iter().skip_while(|wish| !holds(wish) && strand.cannot_be(sheets, told, target, **wish));
                left.next().is_none_or(holds)
            })
        })
    })
}

/// One part through all sheets, with what must stay open.
fn strand(part: &str, sheets: &[Sheet], earlier: &Told, policy: Policy) -> Strand {
    let mut of_sheet = Vec::new();
    let mut least = Vec::new();
    let mut given = Vec::new();
    for (i, sheet) in sheets.iter().enumerate() {
        let Some(value) = sheet.parts.get(part).copied() else { continue };
        given.push(Given { place: sheet.place.clone(), value: Some(value), current: true });
        of_sheet.push(Some(i));
        // A withheld sheet is not empty, since an empty one is shown: with nobody in the other parts, somebody is in this one.
        let others = sheet.parts.iter().any(|(name, n)| name != part && *n != 0);
        least.push(i64::from(policy.zeros_shown && !others));
    }
    let before: Vec<Given> = earlier
        .iter()
        .filter_map(|(place, parts)| Some(Given { place: place.clone(), value: *parts.get(part)?, current: false }))
        .collect();
    let (hold, restated) = reconciled(&given, before);
    of_sheet.extend(hold.iter().map(|_| None));
    // Where a count is all there is to a sheet, withholding it told that somebody is there.
    let alone = earlier.iter().all(|(_, parts)| parts.len() == 1);
    least.extend(hold.iter().map(|_| i64::from(policy.zeros_shown && alone)));
    given.extend(hold);
    let limit = threshold(part, policy);
    let marks = given.len();
    // Restated numbers stand for what they are sums of; nothing is known of them from being told.
    let moved: Vec<&Restated> =
        restated.iter().filter(|restated| (restated.now - restated.told).abs() < limit).collect();
    let placed: Vec<Given> = moved
        .iter()
        .map(|restated| Given { place: restated.place.clone(), value: Some(restated.now), current: false })
        .collect();
    let system = System::new(&[given.clone(), placed].concat(), limit);
    let mut targets = Vec::new();
    let open = |n: i64| {
        let mut wishes = vec![vec![Wish::AtLeast(limit), Wish::AtLeast(n + 1)]];
        if n > 1 {
            wishes.push(vec![Wish::AtMost(n - 1)]);
        }
        wishes
    };
    for (at, given) in given.iter().enumerate() {
        let sheet = of_sheet.get(at).copied().flatten().and_then(|i| sheets.get(i));
        if sheet.is_some_and(|sheet| sheet.is_small(part, policy)) {
            targets.push(Target {
                sum: system.sums.get(at).cloned().unwrap_or_default(),
                wishes: open(given.value.unwrap_or(0)),
                why: Why::Linked,
                may_be_none: false,
            });
        }
    }
    for (unknown, n) in &system.derived {
        if *n > 0 && *n < limit && targets.iter().all(|target| target.sum != [*unknown]) {
            let sum = vec![*unknown];
            targets.push(Target { sum, wishes: open(*n), why: Why::Linked, may_be_none: false });
        }
    }
    for unknown in (0..system.unknowns).filter(|unknown| system.derived.iter().all(|(known, _)| known != unknown)) {
        let sum = vec![unknown];
        if targets.iter().all(|target| target.sum != sum) && !system.sums.contains(&sum) {
            let wishes = vec![vec![Wish::AtLeast(limit)]];
            targets.push(Target { sum, wishes, why: Why::Linked, may_be_none: true });
        }
    }
    for (at, restated) in moved.iter().enumerate() {
        let sum = system.sums.get(marks + at).cloned().unwrap_or_default();
        // Where it cannot be so many any more, it shall at least not be read.
        let now = restated.now;
        let wishes = vec![vec![Wish::AtLeast(restated.told + limit), Wish::AtLeast(now + 1), Wish::AtMost(now - 1)]];
        targets.push(Target { sum, wishes, why: Why::Restated, may_be_none: false });
    }
    let values = given.iter().map(|given| given.value).collect();
    Strand { system, of_sheet, values, least, targets, worlds: Vec::new() }
}

impl Strand {
    /// What binds a reader when those sheets are withheld and all others published.
    fn bindings(&self, sheets: &[Sheet], withheld: &BTreeMap<usize, Why>, told: &[bool]) -> Vec<Binding> {
        let numbers = self.of_sheet.iter().zip(&self.values).zip(&self.least);
        let is_told = |i: &usize| told.get(*i) == Some(&true) || sheets.get(*i).is_none_or(Sheet::is_empty);
        numbers
            .map(|((of_sheet, value), at_least)| match (of_sheet, *value) {
                (Some(i), Some(_)) if withheld.contains_key(i) && !is_told(i) => {
                    Binding::Withheld { at_least: *at_least }
                }
                (_, Some(value)) => Binding::Known(value),
                (_, None) => Binding::Withheld { at_least: *at_least },
            })
            .collect()
    }

    /// The same where what is published now may be withheld instead, at its price.
    fn priced(&self, published: Vec<Binding>, sheets: &[Sheet], told: &[bool], prices: &[f64]) -> Vec<Binding> {
        let is_open = |i: &usize| told.get(*i) != Some(&true) && sheets.get(*i).is_some_and(|sheet| !sheet.is_empty());
        let numbers = published.into_iter().zip(&self.of_sheet).zip(&self.least);
        numbers
            .map(|((binding, of_sheet), at_least)| match (binding, of_sheet) {
                (Binding::Known(value), Some(i)) if is_open(i) => {
                    Binding::May { value, price: prices.get(*i).copied().unwrap_or(1.0), at_least: *at_least }
                }
                _ => binding,
            })
            .collect()
    }

    /// A world found earlier that shows it.
    fn shown(&self, bindings: &[Binding], target: &Target, wish: Wish) -> Option<&World> {
        self.worlds.iter().find(|world| {
            let n = target.sum.iter().filter_map(|unknown| world.get(*unknown)).sum();
            wish.holds(n) && agrees(&self.system, bindings, world)
        })
    }

    /// Whether a world shows it, or a number that nobody knows here is none; keeps the world that does.
    fn is_open(&mut self, bindings: &[Binding], target: &Target, wish: Wish) -> bool {
        if self.shown(bindings, target, wish).is_some() || self.is_none(bindings, target) {
            return true;
        }
        let Search::Found { world, .. } = search(&self.system, bindings, &target.sum, wish) else { return false };
        self.worlds.push(world);
        true
    }

    /// Whether a number nobody knows here is none, for everybody to see.
    fn is_none(&self, bindings: &[Binding], target: &Target) -> bool {
        let some = || search(&self.system, bindings, &target.sum, Wish::AtLeast(1));
        target.may_be_none && matches!(some(), Search::Impossible)
    }

    /// Whether everything stays open when those sheets are withheld; keeps the worlds that show it.
    fn stays_open(&mut self, sheets: &[Sheet], withheld: &BTreeMap<usize, Why>, told: &[bool]) -> bool {
        let bindings = self.bindings(sheets, withheld, told);
        for target in self.targets.clone() {
            for wishes in &target.wishes {
                for wish in wishes {
                    if self.is_open(&bindings, &target, *wish) {
                        break;
                    }
                    if !self.cannot_be(sheets, told, &target, *wish) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Whether even with everything withheld now there is no such world: then it follows from what was told earlier, or,
    /// of a smaller number, from the zeros that are shown, which say that the others are none.
    fn cannot_be(&self, sheets: &[Sheet], told: &[bool], target: &Target, wish: Wish) -> bool {
        let was_told = told.contains(&true) || self.of_sheet.iter().any(Option::is_none);
        let all = whole_table(sheets).withheld;
        let search = || search(&self.system, &self.bindings(sheets, &all, told), &target.sum, wish);
        (matches!(wish, Wish::AtMost(_)) || was_told) && matches!(search(), Search::Impossible)
    }
}
