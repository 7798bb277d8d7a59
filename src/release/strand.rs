//! One part of a table, followed through all sheets: what of it must stay open, and the worlds that show that it does.

use super::near::{Changes, Near, Sought};
use super::nesting::Nesting;
use super::policy::Policy;
use super::protect::{Told, Why};
use super::sheet::{Place, Sheet, is_counted, threshold};
use super::system::{Derived, Given, Persons, Restated, Rule, System, reconciled};
use super::target::{Show, Target};
use super::world::{Binding, Wish};
use std::collections::{BTreeMap, BTreeSet};

/// The sheets of a release, which of them were told before as they are now, and what it costs to withhold each.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    pub sheets: &'a [Sheet],
    pub told: &'a [bool],
    pub prices: &'a [f64],
}

impl Table<'_> {
    /// Whether it can be withheld at all.
    pub fn is_open(self, sheet: usize) -> bool {
        self.told.get(sheet) != Some(&true) && self.sheets.get(sheet).is_some_and(|sheet| !sheet.is_empty())
    }
}

/// One part of the table, followed through all sheets.
pub struct Strand {
    system: System,
    near: Near,
    /// For every number given: the sheet of this release, or none for what was told earlier.
    of_sheet: Vec<Option<usize>>,
    /// None where it was withheld earlier.
    values: Vec<Option<i64>>,
    /// What a reader knows of a number that is withheld.
    least: Vec<i64>,
    /// What a number of this release is at most where it is known to be small; none where it is not.
    most: Vec<Option<i64>>,
    targets: Vec<Target>,
    worlds: Vec<Found>,
    /// Unknown → the worlds in which it is not what it is in the known one.
    changing: BTreeMap<usize, Vec<usize>>,
    /// Sheet → what is shown by worlds in which it is withheld.
    relying: BTreeMap<usize, BTreeSet<(usize, usize)>>,
}

/// A world that agrees with all that is known where the sheets are withheld in which it is not as they say.
struct Found {
    changes: Changes,
    /// Those sheets.
    otherwise: Vec<usize>,
    /// No number that is small is otherwise there.
    small_are_small: bool,
}

/// A table of up to so many unknowns is small: what else is withheld for a number is the cheapest there is anywhere in it.
const SMALL: usize = 1_500;
/// How far it is looked in a large one, first and then.
const NEAR: [usize; 2] = [300, 3_000];
/// How far for what would let a number be published again, where that is not nearly all: most cannot be, which takes long to see.
const CLOSE: [usize; 1] = [300];
const NEARLY_ALL: usize = 600;
/// As far as anything has to do with the number.
pub const ANYWHERE: [usize; 1] = [usize::MAX];
/// Whether a number is open is the same wherever that is seen.
const NEAR_THEN_ANYWHERE: [usize; 2] = [300, usize::MAX];

/// One part through all sheets, with what must stay open; `None` where no world agrees with it. `rest` are places that are not
/// told and may be what is left of one that is without another.
pub fn strand(
    part: &str,
    (sheets, rest): (&[Sheet], &[Sheet]),
    nesting: Option<&Nesting>,
    earlier: &Told,
    policy: Policy,
) -> Option<Strand> {
    let widened = |place: &Place| match nesting {
        Some(nesting) => Place { group: nesting.widened(&place.group), ..place.clone() },
        None => place.clone(),
    };
    let mut of_sheet = Vec::new();
    let mut least = Vec::new();
    let mut given = Vec::new();
    for (i, sheet) in sheets.iter().enumerate() {
        let Some(value) = sheet.parts.get(part).copied() else { continue };
        let told = !sheet.is_sensitive(policy);
        given.push(Given { place: widened(&sheet.place), value: Some(value), current: true, told });
        of_sheet.push(Some(i));
        // A withheld sheet is not empty, since an empty one is shown: with nobody in the other parts, somebody is in this one.
        let others = sheet.parts.iter().any(|(name, n)| name != part && *n != 0);
        least.push(i64::from(!others));
    }
    let before: Vec<Given> = earlier
        .iter()
        .filter_map(|(place, parts)| {
            let value = *parts.get(part)?;
            Some(Given { place: widened(place), value, current: false, told: value.is_some() })
        })
        .collect();
    let (hold, restated) = reconciled(&given, before);
    of_sheet.extend(hold.iter().map(|_| None));
    // Where a count is all there is to a sheet, withholding it told that somebody is there.
    let alone = earlier.iter().all(|(_, parts)| parts.len() == 1);
    least.extend(hold.iter().map(|_| i64::from(alone)));
    given.extend(hold);
    let limit = threshold(part, policy);
    let marks = given.len();
    let people = sheets.iter().chain(rest).filter(|_| is_counted(part)).filter_map(|sheet| {
        let people = sheet.people_of(part).and_then(|people| i64::try_from(people).ok())?;
        Some((widened(&sheet.place), people))
    });
    let persons = Persons::of_places(people);
    let apart = |restated: &Restated| persons.least_apart(&restated.place, restated.now, limit);
    let moved: Vec<&Restated> =
        restated.iter().filter(|restated| (restated.now - restated.told).abs() < apart(restated)).collect();
    // Restated numbers stand for what they are sums of; nothing is known of them from being told.
    let placed: Vec<Given> = moved
        .iter()
        .map(|restated| Given { place: restated.place.clone(), value: Some(restated.now), current: false, told: false })
        .collect();
    let system = System::new(&[given.clone(), placed].concat(), Rule { persons: &persons, limit });
    let published: Vec<Binding> = given
        .iter()
        .zip(&least)
        .map(|(given, at_least)| match given.value {
            Some(value) => Binding::Known(value),
            None => Binding::Withheld { at_least: *at_least, at_most: None },
        })
        .collect();
    let near = Near::of(&system, &published)?;
    let mut targets: Vec<Target> = Vec::new();
    let mut known: BTreeSet<Vec<usize>> = BTreeSet::new();
    let mut most = vec![None; given.len()];
    for (at, given) in given.iter().enumerate() {
        let sheet = of_sheet.get(at).copied().flatten().and_then(|i| sheets.get(i));
        if sheet.is_some_and(|sheet| sheet.is_small(part, policy)) {
            if let Some(most) = most.get_mut(at).filter(|_| given.value.is_some_and(|n| n < limit)) {
                *most = Some(limit - 1);
            }
            let sum = system.sums.get(at).cloned().unwrap_or_default();
            known.insert(sum.clone());
            let n = given.value.unwrap_or(0);
            targets.push(Target {
                sum,
                shows: Show::open(n, persons.of(&given.place, n), limit),
                why: Why::Linked,
                may_be_none: false,
            });
        }
    }
    for Derived { sum, n, people } in &system.derived {
        if *n > 0 && *people < limit && known.insert(sum.clone()) {
            let shows = Show::open(*n, *people, limit);
            targets.push(Target { sum: sum.clone(), shows, why: Why::Linked, may_be_none: false });
        }
    }
    let single = |derived: &Derived| match derived.sum[..] {
        [unknown] => Some(unknown),
        _ => None,
    };
    let derived: BTreeSet<usize> = system.derived.iter().filter_map(single).collect();
    known.extend(system.sums.iter().cloned());
    for unknown in (0..system.unknowns).filter(|unknown| !derived.contains(unknown)) {
        let sum = vec![unknown];
        if known.insert(sum.clone()) {
            let shows = vec![Show::new(vec![Wish::AtLeast(limit)])];
            targets.push(Target { sum, shows, why: Why::Linked, may_be_none: true });
        }
    }
    for (at, restated) in moved.iter().enumerate() {
        let sum = system.sums.get(marks + at).cloned().unwrap_or_default();
        // Where it cannot be so many any more, it shall at least not be read.
        let now = restated.now;
        let wishes =
            vec![Wish::AtLeast(restated.told + apart(restated)), Wish::AtLeast(now + 1), Wish::AtMost(now - 1)];
        targets.push(Target { sum, shows: vec![Show::new(wishes)], why: Why::Restated, may_be_none: false });
    }
    let values = given.iter().map(|given| given.value).collect();
    let (worlds, changing, relying) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    Some(Strand { system, near, of_sheet, values, least, most, targets, worlds, changing, relying })
}

impl Strand {
    /// Whether nothing must stay open.
    pub fn is_free(&self) -> bool {
        self.targets.is_empty()
    }

    /// How many small numbers follow from what was told earlier.
    pub fn exposed(&self) -> usize {
        self.targets.iter().flat_map(|target| &target.shows).filter(|show| show.is_exposed()).count()
    }

    /// Why other sheets are withheld for it, and which of them are those in which these numbers are.
    pub fn withheld_for(&self, target: usize, numbers: &[usize]) -> (Why, Vec<usize>) {
        let why = self.targets.get(target).map_or(Why::Linked, |target| target.why);
        (why, numbers.iter().filter_map(|at| self.of_sheet.get(*at).copied().flatten()).collect())
    }

    /// Whether every number that must stay open does, each shown by worlds that agree with all that is published, added up anew.
    pub fn holds(&self, table: Table<'_>, withheld: &BTreeMap<usize, Why>) -> bool {
        let bindings_of = |among_small| -> Vec<Binding> {
            (0..self.values.len()).map(|at| self.binding(table, withheld, at, among_small)).collect()
        };
        let (anybody, among_small) = (bindings_of(false), bindings_of(true));
        let is_shown = |target: &Target, show: &Show, wish: Wish| match show.by.and_then(|at| self.worlds.get(at)) {
            Some(found) => {
                let bindings = if show.among_small { &among_small } else { &anybody };
                wish.holds(self.near.sum(&found.changes, &target.sum))
                    && self.near.agrees(&self.system, bindings, &found.changes)
            }
            None => self.is_none(&|at| self.binding(table, withheld, at, false), target),
        };
        self.near.base_agrees(&self.system, &among_small)
            && self.targets.iter().all(|target| {
                target.shows.iter().all(|show| show.wish().is_none_or(|wish| is_shown(target, show, wish)))
            })
    }

    /// The places of everything that worlds must show.
    pub fn shows(&self) -> Vec<(usize, usize)> {
        let of = |(at, target): (usize, &Target)| (0..target.shows.len()).map(move |show| (at, show));
        self.targets.iter().enumerate().flat_map(of).collect()
    }

    pub fn is_large(&self) -> bool {
        self.system.unknowns > SMALL
    }

    pub fn open_within(&self) -> &'static [usize] {
        if self.is_large() { &NEAR } else { &NEAR_THEN_ANYWHERE }
    }

    fn published_within(&self) -> &'static [usize] {
        if self.system.unknowns > NEARLY_ALL { &CLOSE } else { &NEAR_THEN_ANYWHERE }
    }

    pub fn priced_within(&self) -> &'static [usize] {
        if self.is_large() { &NEAR } else { &ANYWHERE }
    }

    /// What binds a reader of a number when those sheets are withheld and all others published; one who also knows which
    /// of the withheld are small.
    fn binding(&self, table: Table<'_>, withheld: &BTreeMap<usize, Why>, at: usize, among_small: bool) -> Binding {
        let at_least = self.least.get(at).copied().unwrap_or(0);
        match (self.of_sheet.get(at).copied().flatten(), self.values.get(at).copied().flatten()) {
            (Some(i), Some(_)) if withheld.contains_key(&i) && table.is_open(i) => {
                let at_most = self.most.get(at).copied().flatten().filter(|_| among_small);
                Binding::Withheld { at_least, at_most }
            }
            (_, Some(value)) => Binding::Known(value),
            (_, None) => Binding::Withheld { at_least, at_most: None },
        }
    }

    fn is_among_small(&self, (target, show): (usize, usize)) -> bool {
        self.targets.get(target).and_then(|target| target.shows.get(show)).is_some_and(|show| show.among_small)
    }

    /// What else would have to be withheld for a world that shows it: what is published now may be, at its price.
    pub fn otherwise(
        &self,
        table: Table<'_>,
        withheld: &BTreeMap<usize, Why>,
        (target, show): (usize, usize),
        wish: Wish,
        within: &[usize],
    ) -> Sought {
        let among_small = self.is_among_small((target, show));
        let binding = |at: usize| self.binding(table, withheld, at, among_small);
        let priced = |at: usize| match (binding(at), self.of_sheet.get(at).copied().flatten()) {
            (Binding::Known(value), Some(i)) if table.is_open(i) => Binding::May {
                value,
                price: table.prices.get(i).copied().unwrap_or(1.0),
                at_least: self.least.get(at).copied().unwrap_or(0),
            },
            (binding, _) => binding,
        };
        self.sought(&priced, target, wish, within)
    }

    fn sought(&self, binding: &dyn Fn(usize) -> Binding, target: usize, wish: Wish, within: &[usize]) -> Sought {
        let Some(of) = self.targets.get(target) else { return Sought::Unclear };
        let mut all = within.iter().map(|most| self.near.search(&self.system, binding, &of.sum, wish, *most));
        all.find(|sought| !matches!(sought, Sought::Unclear)).unwrap_or(Sought::Unclear)
    }

    /// Keeps a world that was found for what it shows.
    pub fn keep(&mut self, changes: Changes, shown: (usize, usize)) {
        let is_otherwise = |at: &usize| {
            let (value, sum) = (self.values.get(*at).copied().flatten(), self.system.sums.get(*at));
            value.zip(sum).is_some_and(|(value, sum)| value != self.near.sum(&changes, sum))
        };
        let numbers: Vec<usize> = self.near.numbers(&changes).into_iter().filter(is_otherwise).collect();
        let small_are_small = numbers.iter().all(|at| {
            let most = self.most.get(*at).copied().flatten();
            most.zip(self.system.sums.get(*at)).is_none_or(|(most, sum)| self.near.sum(&changes, sum) <= most)
        });
        let otherwise = numbers.into_iter().filter_map(|at| self.of_sheet.get(at).copied().flatten()).collect();
        let place = self.worlds.len();
        for (unknown, _) in &changes {
            self.changing.entry(*unknown).or_default().push(place);
        }
        self.worlds.push(Found { changes, otherwise, small_are_small });
        self.stands_on(shown, place);
    }

    /// That world shows it from now on.
    fn stands_on(&mut self, (target, show): (usize, usize), place: usize) {
        for sheet in self.worlds.get(place).map_or(&[][..], |found| &found.otherwise) {
            self.relying.entry(*sheet).or_default().insert((target, show));
        }
        if let Some(shown) = self.show((target, show)) {
            shown.by = Some(place);
        }
    }

    pub fn rule_out(&mut self, place: (usize, usize)) {
        if let Some(show) = self.show(place) {
            show.ruled_out += 1;
            show.by = None;
        }
    }

    fn show(&mut self, (target, show): (usize, usize)) -> Option<&mut Show> {
        self.targets.get_mut(target)?.shows.get_mut(show)
    }

    /// The wish that no world shows, with those sheets withheld, and that is not ruled out; keeps the world that shows one.
    pub fn still_to_show(
        &mut self,
        table: Table<'_>,
        withheld: &BTreeMap<usize, Why>,
        (target, show): (usize, usize),
        within: &[usize],
    ) -> Option<Wish> {
        let of = self.targets.get(target)?;
        let shown = of.shows.get(show)?;
        let wish = shown.wish()?;
        let among_small = shown.among_small;
        let agrees = |at: &usize| {
            let is_withheld = |sheet: &usize| withheld.contains_key(sheet) && table.is_open(*sheet);
            self.worlds
                .get(*at)
                .is_some_and(|found| found.otherwise.iter().all(is_withheld) && (!among_small || found.small_are_small))
        };
        // Most often it is still shown by the world that did last.
        if shown.by.as_ref().is_some_and(agrees) {
            return None;
        }
        let is_of_it = |at: &usize| {
            self.worlds.get(*at).is_some_and(|found| wish.holds(self.near.sum(&found.changes, &of.sum))) && agrees(at)
        };
        let changing = of.sum.iter().filter_map(|unknown| self.changing.get(unknown)).flatten();
        if let Some(at) = changing.copied().find(is_of_it) {
            self.stands_on((target, show), at);
            return None;
        }
        let binding = |at: usize| self.binding(table, withheld, at, among_small);
        if self.is_none(&binding, of) {
            self.show((target, show))?.by = None;
            return None;
        }
        match self.sought(&binding, target, wish, within) {
            Sought::Found { changes, .. } => {
                self.keep(changes, (target, show));
                None
            }
            _ => Some(wish),
        }
    }

    /// Whether a number nobody knows here is none, for everybody to see.
    fn is_none(&self, binding: &dyn Fn(usize) -> Binding, target: &Target) -> bool {
        let some = |most| self.near.search(&self.system, binding, &target.sum, Wish::AtLeast(1), most);
        target.may_be_none
            && NEAR_THEN_ANYWHERE.into_iter().map(some).any(|sought| matches!(sought, Sought::Impossible))
    }

    /// Whether everything stays open that is shown by worlds in which that sheet is withheld, which it is no more; keeps the
    /// worlds that show it.
    pub fn stays_open(&mut self, table: Table<'_>, withheld: &BTreeMap<usize, Why>, sheet: usize) -> bool {
        let relying = self.relying.get(&sheet).cloned().unwrap_or_default();
        relying.into_iter().all(|shown| self.still_to_show(table, withheld, shown, self.published_within()).is_none())
    }

    /// Whether even with everything withheld now there is no such world: then it follows from what was told earlier, or,
    /// of a smaller number, from the zeros that are shown, which say that the others are none; among small numbers, from
    /// what they add up to.
    pub fn cannot_be(&self, table: Table<'_>, (target, show): (usize, usize), wish: Wish) -> bool {
        let among_small = self.is_among_small((target, show));
        let was_told = table.told.contains(&true) || self.of_sheet.iter().any(Option::is_none);
        let all = (0..table.sheets.len()).map(|sheet| (sheet, Why::WholeTable)).collect();
        let binding = |at: usize| self.binding(table, &all, at, among_small);
        (matches!(wish, Wish::AtMost(_)) || was_told || among_small)
            && matches!(self.sought(&binding, target, wish, &ANYWHERE), Sought::Impossible)
    }
}
