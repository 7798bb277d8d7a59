//! Attacks on what is released: somebody who knows every published number, every earlier edition and the rule itself
//! works out what was withheld, with linear and whole-number programs of their own (`attack/simplex.rs`).
//!
//! Long because one attacker serves every kind of table.
//!
//! That the attacker is strong enough is shown by what it breaks: tables in which only small cells are withheld, and tables
//! in which one more is withheld in every line.

use crate::document;
use attain::measure::{Estimate, Group, Note, People, PeriodLabel, Statistic};
use attain::release::{Audience, Edition, Ledger, Nesting, Policy, Released, release_beside};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use simplex::{Row, Side, interval, interval_of_whole_numbers};
use std::collections::{BTreeMap, BTreeSet};

mod simplex;

const THRESHOLD: i64 = 11;

/// People of one month who share all values.
#[derive(Debug, Clone)]
struct Cell {
    month: usize,
    values: Vec<&'static str>,
    n: i64,
}

/// People, and what is asked of them.
#[derive(Debug, Clone)]
struct Agency {
    dimensions: Vec<&'static str>,
    cells: Vec<Cell>,
    /// Months from and up to, not including; dimensions by their position.
    asked: Vec<(usize, usize, Vec<usize>)>,
}

/// A place in a table: months, and the values of some dimensions.
type Place = (usize, usize, Vec<(usize, &'static str)>);

impl Agency {
    fn values(&self, dimension: usize) -> BTreeSet<&'static str> {
        self.cells.iter().map(|cell| cell.values[dimension]).collect()
    }

    fn months(&self) -> usize {
        self.cells.iter().map(|cell| cell.month + 1).max().unwrap_or(1)
    }

    /// Every combination of values of those dimensions.
    fn combinations(&self, by: &[usize]) -> Vec<Vec<(usize, &'static str)>> {
        by.iter().fold(vec![Vec::new()], |all, dimension| {
            all.iter()
                .flat_map(|some| {
                    self.values(*dimension).into_iter().map(|value| {
                        let mut next = some.clone();
                        next.push((*dimension, value));
                        next
                    })
                })
                .collect()
        })
    }

    fn places(&self) -> BTreeSet<Place> {
        let of = |(from, to, by): &(usize, usize, Vec<usize>)| {
            self.combinations(by).into_iter().map(|group| (*from, *to, group)).collect::<Vec<_>>()
        };
        self.asked.iter().flat_map(of).collect()
    }

    fn truth(&self, place: &Place) -> i64 {
        let (from, to, group) = place;
        let inside = |cell: &&Cell| {
            (*from..*to).contains(&cell.month) && group.iter().all(|(d, value)| cell.values[*d] == *value)
        };
        self.cells.iter().filter(inside).map(|cell| cell.n).sum()
    }

    fn label(month: usize) -> String {
        format!("{}-{:02}-01", 2026 + month / 12, 1 + month % 12)
    }

    fn estimates(&self) -> (Vec<Place>, Vec<Estimate>) {
        let places: Vec<Place> = self.places().into_iter().collect();
        let estimates = places.iter().map(|place| {
            let group = place.2.iter().map(|(d, value)| (self.dimensions[*d].to_owned(), Some((*value).to_owned())));
            Estimate {
                metric: "exits".into(),
                version: "abcdefabcdef".into(),
                period: PeriodLabel {
                    label: "a time".into(),
                    start: Self::label(place.0),
                    end: Self::label(place.1),
                    partial: false,
                },
                group: Group(group.collect()),
                statistic: Statistic::Events,
                at: None,
                outcome: None,
                estimate: Some(self.truth(place) as f64),
                lower: None,
                upper: None,
                level: 0.95,
                method: "count".into(),
                numerator: None,
                denominator: None,
                at_risk: None,
                events: Some(u64::try_from(self.truth(place)).expect("a count")),
                censored: None,
                unknown: Some(0),
                excluded: Some(0),
                status: None,
                note: None,
                people: None,
            }
        });
        (places.clone(), estimates.collect())
    }

    /// What is published of every place: a count, or none where it is withheld.
    fn published(&self, ledger: &Ledger) -> (BTreeMap<Place, Option<i64>>, Vec<attain::release::Figure>) {
        let (places, estimates) = self.estimates();
        let policy = Policy::new(Audience::Public, 11);
        let release = release_beside(estimates, &[], policy, ledger, &Nesting::default());
        let published = places.into_iter().zip(release.figures.iter().map(shown)).collect();
        (published, release.of_all().told)
    }
}

fn shown(estimate: &Released<Estimate>) -> Option<i64> {
    assert_eq!(estimate.note == Some(Note::Withheld), estimate.estimate.is_none());
    estimate.estimate.map(|n| n as i64)
}

/// What the attacker knows: unknown counts of every month and combination of values, and rows on them.
struct Attack<'a> {
    agency: &'a Agency,
    finest: Vec<(usize, Vec<(usize, &'static str)>)>,
    rows: Vec<Row>,
}

impl<'a> Attack<'a> {
    fn on(agency: &'a Agency, published: &BTreeMap<Place, Option<i64>>) -> Self {
        let every: Vec<usize> = (0..agency.dimensions.len()).collect();
        let finest: Vec<(usize, Vec<(usize, &'static str)>)> = (0..agency.months())
            .flat_map(|month| agency.combinations(&every).into_iter().map(move |group| (month, group)))
            .collect();
        let mut attack = Self { agency, finest, rows: Vec::new() };
        for (place, count) in published {
            attack.learn(place, *count);
        }
        attack
    }

    /// A published count, or that somebody is there.
    fn learn(&mut self, place: &Place, count: Option<i64>) {
        let terms = self.sum(place).into_iter().map(|unknown| (unknown, 1.0)).collect();
        self.rows.push(match count {
            Some(n) => (terms, Side::Equal, n as f64),
            None => (terms, Side::AtLeast, 1.0),
        });
    }

    fn sum(&self, (from, to, group): &Place) -> Vec<usize> {
        let inside = |(month, values): &(usize, Vec<(usize, &'static str)>)| {
            (*from..*to).contains(month) && group.iter().all(|pair| values.contains(pair))
        };
        (0..self.finest.len()).filter(|i| inside(&self.finest[*i])).collect()
    }

    /// Small counts of these places that can be told, with what the attacker knows of each.
    fn leaks(&self, places: impl Iterator<Item = Place>, in_whole_numbers: bool) -> Vec<(Place, i64, f64, f64)> {
        let mut leaks = Vec::new();
        for place in places {
            let n = self.agency.truth(&place);
            if !(1..THRESHOLD).contains(&n) {
                continue;
            }
            let sum = self.sum(&place);
            let of = if in_whole_numbers { interval_of_whole_numbers } else { interval };
            let (least, most) = of(self.finest.len(), &self.rows, &sum).expect("the truth is one solution");
            let least = (least - 1e-6).ceil();
            let most = (most + 1e-6).floor();
            // With nothing published but zeros, so many must be there already.
            let shown_zeros: Vec<Row> =
                self.rows.iter().filter(|(_, side, right)| *side == Side::AtLeast || *right == 0.0).cloned().collect();
            let anyway = || of(self.finest.len(), &shown_zeros, &sum).map_or(0.0, |(least, _)| (least - 1e-6).ceil());
            if most < THRESHOLD as f64 || (n > 1 && least > (n - 1) as f64 && least > anyway()) {
                leaks.push((place, n, least, most));
            }
        }
        leaks
    }

    /// Small counts that are read exactly by who also knows which of the withheld counts are small: since as little as can be
    /// is withheld, that may be told.
    fn read_among_small(&self) -> Vec<(Place, i64)> {
        let is_small = |place: &Place| (1..THRESHOLD).contains(&self.agency.truth(place));
        let small: Vec<Place> = self.agency.places().into_iter().filter(is_small).collect();
        let terms = |place: &Place| self.sum(place).into_iter().map(|unknown| (unknown, 1.0)).collect();
        let at_most = small.iter().map(|place| (terms(place), Side::AtMost, (THRESHOLD - 1) as f64));
        let rows: Vec<Row> = self.rows.iter().cloned().chain(at_most).collect();
        // With nothing published but zeros, it follows already.
        let nothing = |(_, side, right): &&Row| *side != Side::Equal || *right == 0.0;
        let anyway: Vec<Row> = rows.iter().filter(nothing).cloned().collect();
        let is_read = |rows: &[Row], place: &Place| {
            let found = interval_of_whole_numbers(self.finest.len(), rows, &self.sum(place));
            let (least, most) = found.expect("the truth is one solution");
            (least - 1e-6).ceil() >= (most + 1e-6).floor()
        };
        let read = small.into_iter().filter(|place| is_read(&rows, place) && !is_read(&anyway, place));
        read.map(|place| (place.clone(), self.agency.truth(&place))).collect()
    }

    fn all_leaks(&self, in_whole_numbers: bool) -> Vec<(Place, i64, f64, f64)> {
        self.leaks(self.agency.places().into_iter(), in_whole_numbers)
    }
}

const ROWS: [&str; 16] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];
const COLUMNS: [&str; 5] = ["v", "w", "x", "y", "z"];
const LAYERS: [&str; 2] = ["0", "1"];

fn two_way(counts: &[Vec<i64>]) -> Agency {
    let cells = counts.iter().enumerate().flat_map(|(r, line)| {
        line.iter().enumerate().map(move |(c, n)| Cell { month: 0, values: vec![ROWS[r], COLUMNS[c]], n: *n })
    });
    Agency {
        dimensions: vec!["program", "gender"],
        cells: cells.collect(),
        asked: vec![(0, 1, vec![]), (0, 1, vec![0]), (0, 1, vec![1]), (0, 1, vec![0, 1])],
    }
}

/// Only what is small is withheld.
fn primary_only(agency: &Agency) -> BTreeMap<Place, Option<i64>> {
    let shown = |place: &Place| Some(agency.truth(place)).filter(|n| *n == 0 || *n >= THRESHOLD);
    agency.places().into_iter().map(|place| (place.clone(), shown(&place))).collect()
}

/// And in every line of a two-way table with a single gap, the smallest other cell.
fn one_more_in_every_line(agency: &Agency) -> BTreeMap<Place, Option<i64>> {
    let mut published = primary_only(agency);
    for _ in 0..4 {
        for dimension in [0, 1] {
            for value in agency.values(dimension) {
                let line: Vec<Place> = agency
                    .places()
                    .into_iter()
                    .filter(|(.., group)| group.len() == 2 && group.contains(&(dimension, value)))
                    .collect();
                if line.iter().filter(|place| published[*place].is_none()).count() == 1 {
                    let others = line.iter().filter(|place| published[*place].is_some_and(|n| n > 0));
                    if let Some(smallest) = others.min_by_key(|place| published[*place]).cloned() {
                        published.insert(smallest, None);
                    }
                }
            }
        }
    }
    published
}

/// Counts as agencies have them: many small, some none, a few large.
fn count() -> impl Strategy<Value = i64> {
    prop_oneof![2 => Just(0i64), 4 => 1i64..11, 4 => 11i64..60]
}

fn table(rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Vec<i64>>> {
    (rows, columns).prop_flat_map(|(r, c)| prop::collection::vec(prop::collection::vec(count(), c), r))
}

/// So many, or as many as PROPTEST_CASES says.
fn cases(n: u32) -> Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(n);
    Config { cases, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn two_way_tables_give_no_small_count_away(counts in table(2..5, 2..5)) {
        let agency = two_way(&counts);
        let (published, _) = agency.published(&Ledger::default());
        let leaks = Attack::on(&agency, &published).all_leaks(false);
        prop_assert!(leaks.is_empty(), "{leaks:?} of {published:?}");
    }

    #[test]
    fn who_knows_which_counts_are_small_reads_none(counts in table(2..5, 2..5)) {
        let agency = two_way(&counts);
        let (published, _) = agency.published(&Ledger::default());
        let read = Attack::on(&agency, &published).read_among_small();
        prop_assert!(read.is_empty(), "{read:?} of {published:?}");
    }

    #[test]
    fn three_way_tables_give_no_small_count_away_not_even_in_whole_numbers(
        counts in prop::collection::vec(count(), 12),
    ) {
        let cells = counts.iter().enumerate().map(|(i, n)| Cell {
            month: 0,
            values: vec![ROWS[i / 4], COLUMNS[i / 2 % 2], LAYERS[i % 2]],
            n: *n,
        });
        let pairs = [vec![], vec![0], vec![1], vec![2], vec![0, 1], vec![0, 2], vec![1, 2], vec![0, 1, 2]];
        let agency = Agency {
            dimensions: vec!["program", "gender", "veteran"],
            cells: cells.collect(),
            asked: pairs.into_iter().map(|by| (0, 1, by)).collect(),
        };
        let (published, _) = agency.published(&Ledger::default());
        let leaks = Attack::on(&agency, &published).all_leaks(true);
        prop_assert!(leaks.is_empty(), "{leaks:?} of {published:?}");
    }

    /// Months, quarters and the year, of the agency and of its programs.
    #[test]
    fn nested_periods_of_programs_give_no_small_count_away(counts in prop::collection::vec(count(), 18)) {
        let cells = counts.iter().enumerate().map(|(i, n)| Cell { month: i / 3, values: vec![ROWS[i % 3]], n: *n });
        let months = (0..6).map(|month| (month, month + 1));
        let periods: Vec<(usize, usize)> = months.chain([(0, 3), (3, 6), (0, 6)]).collect();
        let agency = Agency {
            dimensions: vec!["program"],
            cells: cells.collect(),
            asked: periods.iter().flat_map(|(from, to)| [(*from, *to, vec![]), (*from, *to, vec![0])]).collect(),
        };
        let (published, _) = agency.published(&Ledger::default());
        let leaks = Attack::on(&agency, &published).all_leaks(false);
        prop_assert!(leaks.is_empty(), "{leaks:?} of {published:?}");
    }

    /// A month that nobody asked for, between a year to date and the one a month before.
    #[test]
    fn two_editions_of_a_year_to_date_give_no_month_away(counts in prop::collection::vec(count(), 15)) {
        let cells = counts.iter().enumerate().map(|(i, n)| Cell { month: i / 3, values: vec![ROWS[i % 3]], n: *n });
        let asked = |end: usize| vec![(0, end, vec![]), (0, end, vec![0])];
        let agency = Agency { dimensions: vec!["program"], cells: cells.collect(), asked: asked(4) };
        let (earlier, told) = agency.published(&Ledger::default());
        let mut ledger = Ledger::default();
        ledger.add(edition("2026-04", told));
        let now = Agency { asked: asked(5), ..agency };
        let (later, _) = now.published(&ledger);
        let mut attack = Attack::on(&now, &later);
        for (place, count) in &earlier {
            attack.learn(place, *count);
        }
        // The months that make the difference, of everybody and of each program.
        let between = now.combinations(&[0]).into_iter().chain([vec![]]).map(|group| (4, 5, group));
        let mut leaks = attack.leaks(between.chain(now.places()), false);
        // What was withheld a month ago is not in the ledger: of a growth since then it is promised that it can be large,
        // and not that it can be less than it is.
        let withheld_then = |group: &Vec<(usize, &'static str)>| earlier.get(&(0, 4, group.clone())) == Some(&None);
        leaks.retain(|((from, _, group), _, _, most)| {
            *most < THRESHOLD as f64 || !(*from == 4 && withheld_then(group))
        });
        prop_assert!(leaks.is_empty(), "{leaks:?} of {earlier:?}, then {later:?}");
    }

    /// A few came late into a month of one program. Of the programs nothing older than the year to date was told, and now a longer
    /// one: what was told of all of them together then cannot be true beside the months of today.
    #[test]
    fn a_few_late_records_are_not_counted_by_what_was_told_before(
        counts in prop::collection::vec(count(), 15), late in 1i64..11, into in 0usize..12,
    ) {
        let cells = |late: i64| counts.iter().enumerate().map(move |(i, n)| Cell {
            month: i / 3,
            values: vec![ROWS[i % 3]],
            n: n + if i == into { late } else { 0 },
        });
        let asked = |end: usize| {
            (0..end).map(|month| (month, month + 1, vec![])).chain([(0, end, vec![]), (0, end, vec![0])]).collect()
        };
        let agency = |late: i64, end: usize| Agency {
            dimensions: vec!["program"],
            cells: cells(late).collect(),
            asked: asked(end),
        };
        let (earlier, told) = agency(0, 4).published(&Ledger::default());
        let mut ledger = Ledger::default();
        ledger.add(edition("2026-04", told));
        let (later, _) = agency(late, 5).published(&ledger);
        let month = into / 3;
        // The month it is in, and the months up to April that are all told.
        let of = |published: &BTreeMap<Place, Option<i64>>, from: usize, end: usize| {
            (from..end).map(|month| published[&(month, month + 1, vec![])]).sum::<Option<i64>>()
        };
        let was = [of(&earlier, month, month + 1), earlier[&(0, 4, vec![])]];
        let is = [of(&later, month, month + 1), of(&later, 0, 4)];
        for (was, is) in was.into_iter().zip(is) {
            prop_assert!(was.is_none() || is.is_none(), "{was:?} and {is:?}: {earlier:?}, then {later:?}");
        }
        // Nor is what the other programs have grown by since, which is theirs as it is told.
        let grown = (0..3).filter(|program| *program != into % 3).filter_map(|program| {
            let group = vec![(0, ROWS[program])];
            Some((earlier[&(0, 4, group.clone())]?, later[&(0, 5, group)]?))
        });
        for (was, is) in grown {
            prop_assert!(!(1..THRESHOLD).contains(&(is - was)), "{was} and {is}: {earlier:?}, then {later:?}");
        }
    }
}

fn edition(period: &str, told: Vec<attain::release::Figure>) -> Edition {
    Edition {
        report: "grant-report-funder".into(),
        audience: Audience::Funder,
        period: period.into(),
        snapshot: "2026-04-30-00000000".into(),
        small_cell: None,
        override_reason: None,
        definitions: BTreeMap::new(),
        collapse: BTreeMap::new(),
        told,
    }
}

/// Clients of the year to date, told a month ago, and this month: who is new since then is a number too, here 3.
#[test]
fn clients_new_to_the_year_since_the_last_edition_are_not_counted_out() {
    let agency = two_way(&[vec![1]]);
    let clients = |end: &str, n: u64, version: &str| {
        let mut estimate = agency.estimates().1.remove(0);
        estimate.period.end = end.into();
        Estimate {
            statistic: Statistic::Clients,
            group: Group(vec![]),
            version: version.into(),
            estimate: Some(n as f64),
            events: None,
            ..estimate
        }
    };
    let policy = Policy::new(Audience::Funder, 11);
    let beside = |asked: Vec<Estimate>, ledger: &Ledger| -> Vec<Option<f64>> {
        release_beside(asked, &[], policy, ledger, &Nesting::default())
            .figures
            .iter()
            .map(|figure| figure.estimate)
            .collect()
    };
    // With months in it, so that it does not add up: 40 and 45 clients, 79 different ones.
    let (one, two) = (clients("2026-02-01", 40, "a"), clients("2026-03-01", 79, "a"));
    let mut other = clients("2026-03-01", 45, "a");
    other.period.start = "2026-02-01".into();
    let first = release_beside(vec![one, other, two], &[], policy, &Ledger::default(), &Nesting::default());
    assert!(first.figures.iter().all(|figure| figure.estimate.is_some()));
    let mut ledger = Ledger::default();
    ledger.add(edition("2026-02", first.of_all().told));
    assert_eq!(beside(vec![clients("2026-04-01", 82, "a")], &ledger), [None]);
    assert_eq!(beside(vec![clients("2026-04-01", 95, "a")], &ledger), [Some(95.0)]);
    // Told by another definition, it is still what a reader sets it beside: one client less.
    assert_eq!(beside(vec![clients("2026-03-01", 78, "b")], &ledger), [None]);
    assert_eq!(beside(vec![clients("2026-03-01", 79, "b")], &ledger), [Some(79.0)]);
}

/// Clients of the year to date by gender, in two editions a month apart: all less the groups shown grew by one, so that one
/// person came who is of none of them, whoever of the groups withheld it is.
#[test]
fn what_is_left_over_between_two_editions_is_not_counted_out() {
    let agency = two_way(&[vec![1]]);
    let clients = |start: &str, end: &str, gender: Option<Option<&str>>, n: u64| {
        let mut estimate = agency.estimates().1.remove(0);
        (estimate.period.start, estimate.period.end) = (start.into(), end.into());
        let group = gender.map(|gender| ("gender".to_owned(), gender.map(str::to_owned)));
        Estimate {
            statistic: Statistic::Clients,
            group: Group(group.into_iter().collect()),
            estimate: Some(n as f64),
            events: None,
            ..estimate
        }
    };
    let genders = [Some("man"), Some("woman"), Some("transgender"), Some("nonbinary"), None];
    let year = |end: &str, all: u64, parts: [u64; 5]| -> Vec<Estimate> {
        let by_gender = genders.iter().zip(parts).map(|(gender, n)| clients("2026-01-01", end, Some(*gender), n));
        std::iter::once(clients("2026-01-01", end, None, all)).chain(by_gender).collect()
    };
    let policy = Policy::new(Audience::Funder, 11);
    let before = [222, 242, 13, 8, 9];
    // Months in it, so that it does not add up over time.
    let months = [clients("2026-01-01", "2026-02-01", None, 300), clients("2026-02-01", "2026-03-01", None, 250)];
    let first = release_beside(
        [year("2026-03-01", 494, before), months.to_vec()].concat(),
        &[],
        policy,
        &Ledger::default(),
        &Nesting::default(),
    );
    let told: Vec<bool> = first.figures.iter().map(|figure| figure.estimate.is_some()).collect();
    assert_eq!(told[..6], [true, true, true, true, false, false]);
    let mut ledger = Ledger::default();
    ledger.add(edition("2026-02", first.of_all().told));
    let after = [237, 254, 13, 8, 10];
    let asked = [year("2026-04-01", 522, after), months.to_vec()].concat();
    let second = release_beside(asked, &[], policy, &ledger, &Nesting::default()).figures;
    let shown: Vec<bool> = second.iter().map(|figure| figure.estimate.is_some()).collect();
    if shown[0] {
        let of_shown: u64 = (0..3).filter(|i| shown[i + 1]).map(|i| after[i] - before[i]).sum();
        assert!(!(1..11).contains(&(28 - of_shown)), "{shown:?}");
    }
    assert!(shown[..6].iter().filter(|shown| **shown).count() >= 3, "{shown:?}");
}

/// Random tables, always the same ones.
fn many_tables(n: usize) -> Vec<Agency> {
    let mut runner = TestRunner::deterministic();
    let strategy = table(3..5, 3..5);
    let one = |runner: &mut TestRunner| {
        two_way(&proptest::strategy::ValueTree::current(&strategy.new_tree(runner).expect("a table")))
    };
    (0..n).map(|_| one(&mut runner)).collect()
}

#[test]
fn withholding_only_what_is_small_is_broken() {
    let tables = many_tables(25);
    let broken = tables.iter().filter(|t| !Attack::on(t, &primary_only(t)).all_leaks(false).is_empty()).count();
    assert!(broken > 10, "{broken} of {} tables", tables.len());
}

#[test]
fn one_more_cell_in_every_line_is_broken() {
    let tables = many_tables(25);
    let broken =
        tables.iter().filter(|t| !Attack::on(t, &one_more_in_every_line(t)).all_leaks(false).is_empty()).count();
    assert!(broken > 5, "{broken} of {} tables", tables.len());
}

#[test]
fn the_same_tables_hold_when_released() {
    for agency in many_tables(25) {
        let (published, _) = agency.published(&Ledger::default());
        assert_eq!(Attack::on(&agency, &published).all_leaks(true), Vec::new(), "{published:?}");
    }
}

/// Women, and everyone, of six programs; then men too. Withheld one by one they add up; together they do not.
#[test]
fn women_everyone_and_men_do_not_add_up_to_anybody() {
    let women = [3, 25, 14, 40, 6, 31];
    let men = [22, 4, 35, 18, 27, 2];
    let counts: Vec<Vec<i64>> = women.iter().zip(&men).take(5).map(|(w, m)| vec![*w, *m]).collect();
    let agency = two_way(&counts);
    assert_ne!(Attack::on(&agency, &primary_only(&agency)).all_leaks(false), Vec::new());
    // As three tables, each with its own second gap: women, everyone, men.
    let mut each = primary_only(&agency);
    for value in ["v", "w"] {
        let of_table = |(.., group): &Place| group.contains(&(1, value)) && group.len() == 2;
        let gaps = agency.places().iter().filter(|p| of_table(p) && each[*p].is_none()).count();
        if gaps == 1 {
            let smallest =
                agency.places().into_iter().filter(|p| of_table(p) && each[p].is_some()).min_by_key(|p| each[p]);
            each.insert(smallest.expect("another"), None);
        }
    }
    assert_ne!(Attack::on(&agency, &each).all_leaks(false), Vec::new());
    let (published, _) = agency.published(&Ledger::default());
    assert_eq!(Attack::on(&agency, &published).all_leaks(true), Vec::new(), "{published:?}");
}

/// The order of rows and names does not matter for how much is withheld.
#[test]
fn how_much_is_withheld_does_not_depend_on_names() {
    for counts in
        [vec![vec![3, 20, 41], vec![15, 9, 33], vec![28, 30, 12]], vec![vec![2, 50], vec![60, 70], vec![12, 13]]]
    {
        let withheld = |counts: &[Vec<i64>]| {
            two_way(counts).published(&Ledger::default()).0.values().filter(|count| count.is_none()).count()
        };
        let mut turned = counts.clone();
        turned.reverse();
        assert_eq!(withheld(&counts), withheld(&turned));
    }
}

/// A late record: the month told before now counts one more. Told again it would be that person's.
#[test]
fn a_late_record_does_not_show_in_the_next_edition() {
    let cells = |late: i64| -> Vec<Cell> {
        [30, 37 + late, 45, 29].into_iter().enumerate().map(|(month, n)| Cell { month, values: vec![], n }).collect()
    };
    let asked: Vec<(usize, usize, Vec<usize>)> =
        (0..4).map(|month| (month, month + 1, vec![])).chain([(0, 4, vec![])]).collect();
    let before = Agency { dimensions: vec![], cells: cells(0), asked: asked.clone() };
    let (first, told) = before.published(&Ledger::default());
    assert!(first.values().all(Option::is_some), "nothing is small");
    let mut ledger = Ledger::default();
    ledger.add(edition("2026-04", told));
    for (late, all_told) in [(0, true), (1, false), (10, false), (11, true)] {
        let now = Agency { cells: cells(late), ..before.clone() };
        let (later, _) = now.published(&ledger);
        let changed = (1, 2, vec![]);
        assert_eq!(later[&changed].is_some(), all_told, "{late} more: {later:?}");
        // Nor does it follow from the year less the other months: with those as they were, the month stays open.
        if !all_told {
            let attack = Attack::on(&now, &later);
            let (least, most) = interval(attack.finest.len(), &attack.rows, &attack.sum(&changed)).expect("solutions");
            assert!(least < 37.0 + 1.0 && most >= 37.0 + 11.0, "{least} to {most}: {later:?}");
        }
        // The same edition once more tells the same.
        let (_, told) = now.published(&ledger);
        let mut again = ledger.clone();
        again.add(edition("2026-05", told));
        assert_eq!(now.published(&again).0, later);
    }
}

/// A share with its denominator is two counts, and a complement is one too.
#[test]
fn rates_with_their_denominators_give_no_count_away() {
    let share = |program: &str, met: u64, n: u64| Estimate {
        group: Group(if program.is_empty() { vec![] } else { vec![("program".into(), Some(program.into()))] }),
        statistic: Statistic::Share,
        estimate: Some(met as f64 / n as f64),
        numerator: Some(met as f64),
        denominator: Some(n as f64),
        events: None,
        ..two_way(&[vec![20]]).estimates().1.remove(0)
    };
    let of = |all: Vec<Estimate>| -> Vec<bool> {
        let policy = Policy::new(Audience::Funder, 11);
        release_beside(all, &[], policy, &Ledger::default(), &Nesting::default())
            .figures
            .iter()
            .map(|e| e.note == Some(Note::Withheld))
            .collect()
    };
    // 11 of 123 is a count of 11; 3 of 37 one of 3; 35 of 37 leaves 2.
    assert_eq!(of(vec![share("", 11, 123)]), [false]);
    assert_eq!(of(vec![share("", 3, 37)]), [true]);
    assert_eq!(of(vec![share("", 35, 37)]), [true]);
    // What two programs leave of the agency: 60 − 40 − 17 met is 3 of the third.
    let all = of(vec![share("", 60, 150), share("a", 40, 80), share("b", 17, 40), share("c", 3, 30)]);
    assert!(all[3] && all[..3].contains(&true), "{all:?}");
}

/// Zeros and shares of 100 % tell of everybody in a group; a project can keep them back.
#[test]
fn zeros_are_shown_or_withheld_as_declared() {
    let share = |met: u64, n: u64| Estimate {
        statistic: Statistic::Share,
        estimate: Some(met as f64 / n as f64),
        numerator: Some(met as f64),
        denominator: Some(n as f64),
        events: None,
        ..two_way(&[vec![20]]).estimates().1.remove(0)
    };
    for (met, n) in [(0, 40), (40, 40)] {
        for zeros_shown in [true, false] {
            let policy = Policy { zeros_shown, ..Policy::new(Audience::Public, 11) };
            let released = release_beside(vec![share(met, n)], &[], policy, &Ledger::default(), &Nesting::default());
            assert_eq!(released.figures[0].note.is_none(), zeros_shown, "{met} of {n}");
        }
    }
}

/// A group of nobody has no line, so that where zeros are withheld too a withheld group has somebody in it: four groups of 13
/// together have 10 at most each.
#[test]
fn groups_withheld_with_zeros_have_somebody_in_them() {
    let races = [("asian", 4), ("black", 2), ("white", 5), ("other", 2), ("hispanic", 15), ("native", 40)];
    let all = races.iter().map(|(_, n)| n).sum();
    let one = |(race, n): &(&str, u64)| clients(&[("race_ethnicity", race)], *n);
    let asked: Vec<Estimate> = std::iter::once(clients(&[], all)).chain(races.iter().map(one)).collect();
    for zeros_shown in [true, false] {
        let policy = Policy { zeros_shown, ..Policy::new(Audience::Funder, 11) };
        let released = release_beside(asked.clone(), &[], policy, &Ledger::default(), &Nesting::default());
        let shown: Vec<bool> = released.figures.iter().map(|figure| figure.estimate.is_some()).collect();
        assert_eq!(shown[1..5], [false; 4], "{zeros_shown}");
        assert!(!shown[0] || !shown[5] || !shown[6], "{zeros_shown}: {shown:?}");
    }
}

/// Where clients can be in two age groups of a year, and one is of no known age, everybody less the others is still that one.
#[test]
fn who_is_of_unknown_age_does_not_follow_from_groups_that_can_overlap() {
    let agency = two_way(&[vec![1]]);
    let clients = |program: Option<&str>, age: Option<Option<&str>>, n: u64| {
        let program = program.map(|id| ("program".to_owned(), Some(id.to_owned())));
        let age = age.map(|age| ("age_group".to_owned(), age.map(str::to_owned)));
        Estimate {
            statistic: Statistic::Clients,
            group: Group(program.into_iter().chain(age).collect()),
            estimate: Some(n as f64),
            events: None,
            ..agency.estimates().1.remove(0)
        }
    };
    // In "b" 4 were of two groups in the year; in "a" nobody was, or 6.
    for (old, adult) in [(81, 0), (70, 11), (75, 12)] {
        let asked = vec![
            clients(None, None, 180),
            clients(Some("a"), None, 82),
            clients(Some("a"), Some(Some("65+")), old),
            clients(Some("a"), Some(Some("25-64")), adult),
            clients(Some("a"), Some(None), 1),
            clients(Some("b"), None, 100),
            clients(Some("b"), Some(Some("65+")), 44),
            clients(Some("b"), Some(Some("25-64")), 60),
        ];
        let released =
            release_beside(asked, &[], Policy::new(Audience::Funder, 11), &Ledger::default(), &Nesting::default());
        let shown: Vec<bool> = released.figures.iter().map(|figure| figure.estimate.is_some()).collect();
        assert!(!shown[4] && (!shown[1] || !shown[2] || !shown[3]), "{old}: {shown:?}");
    }
}

/// So many clients of a group.
fn clients(group: &[(&str, &str)], n: u64) -> Estimate {
    Estimate {
        statistic: Statistic::Clients,
        group: Group(group.iter().map(|(name, value)| ((*name).into(), Some((*value).into()))).collect()),
        estimate: Some(n as f64),
        events: None,
        ..two_way(&[vec![1]]).estimates().1.remove(0)
    }
}

/// So many goals of so many people, of a time and a group.
fn goals(group: &[(&str, &str)], time: (&str, &str), (n, people): (u64, u64)) -> Estimate {
    let period = PeriodLabel { label: "a time".into(), start: time.0.into(), end: time.1.into(), partial: false };
    Estimate {
        statistic: Statistic::Events,
        period,
        people: Some(People { all: people, ..People::default() }),
        ..clients(group, n)
    }
}

/// The year less what was told of it is the last month: 28 goals, which are nine people's.
#[test]
fn what_is_left_of_the_year_is_judged_by_people() {
    let (march, april) = (("2026-01-01", "2026-04-01"), ("2026-01-01", "2026-05-01"));
    let rest = ("2026-04-01", "2026-05-01");
    let asked = vec![goals(&[], march, (91, 55)), goals(&[], april, (119, 60))];
    let of_it = attain::release::rest_of(&asked, &Ledger::default(), Policy::new(Audience::Funder, 11));
    let times: Vec<_> = of_it["exits"].times.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    assert_eq!(times, [rest]);
    let shown = |people| -> Vec<bool> {
        let left = [goals(&[], rest, (28, people))];
        let policy = Policy::new(Audience::Funder, 11);
        let released = release_beside(asked.clone(), &left, policy, &Ledger::default(), &Nesting::default());
        released.figures.iter().map(|figure| figure.estimate.is_some()).collect()
    };
    assert_eq!(shown(11), [true; 2]);
    for people in [1, 9, 10] {
        assert!(shown(people).contains(&false), "{people}");
    }
    // The same where last month's year to date is in the ledger: then it is today's that is kept back.
    let mut ledger = Ledger::default();
    let policy = Policy::new(Audience::Funder, 11);
    let before = release_beside(vec![asked[0].clone()], &[], policy, &ledger, &Nesting::default());
    ledger.add(edition("2026-03", before.of_all().told));
    let now = vec![asked[1].clone()];
    let asked_of = attain::release::rest_of(&now, &ledger, policy);
    assert!(asked_of["exits"].times.is_superset(&of_it["exits"].times));
    let shown = |people| {
        let left = [goals(&[], rest, (28, people))];
        release_beside(now.clone(), &left, policy, &ledger, &Nesting::default()).figures[0].estimate.is_some()
    };
    assert!(shown(11) && !shown(10));
}

/// January and February are of the same five people each, and withheld: together they are what the quarter leaves without March.
#[test]
fn months_of_few_people_are_not_told_by_their_sum() {
    let (quarter, both) = (("2026-01-01", "2026-04-01"), ("2026-01-01", "2026-03-01"));
    let months = [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01"), ("2026-03-01", "2026-04-01")];
    let policy = Policy::new(Audience::Funder, 11);
    let shown = |[one, two, three]: [(u64, u64); 3], whole, left: &[Estimate]| -> Vec<bool> {
        let asked = vec![
            goals(&[], quarter, whole),
            goals(&[], months[0], one),
            goals(&[], months[1], two),
            goals(&[], months[2], three),
        ];
        let released = release_beside(asked, left, policy, &Ledger::default(), &Nesting::default());
        released.figures.iter().map(|figure| figure.estimate.is_some()).collect()
    };
    let of_both = |people| goals(&[], both, (16, people));
    let few = shown([(8, 5), (8, 5), (20, 20)], (36, 25), &[of_both(5)]);
    assert!(!few[1] && !few[2] && (!few[0] || !few[3]), "{few:?}");
    assert_eq!(
        shown([(12, 8), (12, 8), (20, 20)], (44, 32), &[goals(&[], both, (24, 12))]),
        [true, false, false, true]
    );
    // Not beside each other, so that whose they are together is not known: twelve at least, or five.
    assert_eq!(shown([(12, 8), (20, 20), (12, 8)], (44, 32), &[]), [true, false, true, false]);
    let few = shown([(12, 8), (20, 20), (12, 8)], (44, 25), &[]);
    assert!(!few[1] && !few[3] && (!few[0] || !few[2]), "{few:?}");
}

/// Twelve late goals of one person: what changed since is kept back, as of goals of which everybody has about two.
#[test]
fn late_goals_of_few_people_are_not_told() {
    let year = ("2026-01-01", "2026-05-01");
    let policy = Policy::new(Audience::Funder, 11);
    let mut ledger = Ledger::default();
    let before = release_beside(vec![goals(&[], year, (60, 30))], &[], policy, &ledger, &Nesting::default());
    ledger.add(edition("2026-04", before.of_all().told));
    let shown = |n, people| {
        let now = vec![goals(&[], year, (n, people))];
        release_beside(now, &[], policy, &ledger, &Nesting::default()).figures[0].estimate.is_some()
    };
    assert!(!shown(72, 31) && !shown(78, 36) && shown(84, 42) && shown(72, 72));
}

/// Two programs of few people each, whose goals are many, are what the third leaves of the agency: they are of few people
/// together, or not.
#[test]
fn what_is_left_of_the_agency_is_judged_by_people() {
    let year = ("2026-01-01", "2027-01-01");
    let shown = |first, second| {
        let of = |id, n| goals(&[("program", id)], year, n);
        let (_, one) = first;
        let (_, two) = second;
        let asked = vec![
            goals(&[], year, (72 + 28, 51 + one + two)),
            of("one", first),
            of("two", second),
            of("three", (72, 51)),
        ];
        shown_of(asked, &Nesting::default())
    };
    // Of nine people together.
    let told = shown((15, 5), (13, 4));
    assert!(!told[1] && !told[2] && (!told[0] || !told[3]), "{told:?}");
    // Of eleven.
    assert_eq!(shown((15, 6), (13, 5)), [true, false, false, true]);
}

/// Fourteen answers that are not known are few where they are eight people's, and so are fourteen that are left out.
#[test]
fn what_is_not_known_is_judged_by_people() {
    let told = |people| {
        let of = People { all: 40, unknown: Some(people), excluded: Some(people), ..People::default() };
        let all = Estimate { unknown: Some(14), excluded: Some(14), people: Some(of), ..clients(&[], 60) };
        let released =
            release_beside(vec![all], &[], Policy::new(Audience::Funder, 11), &Ledger::default(), &Nesting::default());
        (released.figures[0].unknown, released.figures[0].excluded)
    };
    assert_eq!(told(11), (Some(14), Some(14)));
    assert_eq!(told(10), (None, None));
}

/// Of two equal groups one is withheld beside a small one. Were it always the same, or always the less, who tries out every
/// table could tell that they are equal, and so what the small one is.
#[test]
fn which_of_two_groups_is_withheld_is_drawn_in_secret() {
    let asked = |n: [u64; 3]| {
        let groups = ["female", "male", "non-binary"].into_iter().zip(n);
        let groups = groups.map(|(gender, n)| clients(&[("gender", gender)], n));
        std::iter::once(clients(&[], n.iter().sum())).chain(groups).collect::<Vec<_>>()
    };
    let shown = |n, secret: u8| {
        let policy = Policy { secret: [secret; 32], ..Policy::new(Audience::Funder, 11) };
        let released = release_beside(asked(n), &[], policy, &Ledger::default(), &Nesting::default());
        released.figures.iter().map(|figure| figure.estimate.is_some()).collect::<Vec<_>>()
    };
    for n in [[25, 10, 25], [25, 10, 26], [25, 9, 26]] {
        let seen: BTreeSet<Vec<bool>> = (0..40).map(|secret| shown(n, secret)).collect();
        assert_eq!(seen, BTreeSet::from([vec![true, false, false, true], vec![true, true, false, false]]), "{n:?}");
        assert_eq!(shown(n, 7), shown(n, 7));
    }
}

/// Which of them readers outside are shown.
fn shown_of(asked: Vec<Estimate>, nesting: &Nesting) -> Vec<bool> {
    let released = release_beside(asked, &[], Policy::new(Audience::Funder, 11), &Ledger::default(), nesting);
    released.figures.iter().map(|figure| figure.estimate.is_some()).collect()
}

/// Clients of two programs, a few of both: all less those of one program are clients of the other alone, here 8.
#[test]
fn who_is_in_one_of_two_programs_alone_is_not_counted_out() {
    let (one, two) = (clients(&[("program", "P1")], 12), clients(&[("program", "P2")], 12));
    let told = shown_of(vec![clients(&[], 20), one.clone(), two.clone()], &Nesting::default());
    assert!(told.contains(&false), "{told:?}");
    // 16 of one program alone, 14 of the other.
    let (one, two) = (Estimate { estimate: Some(20.0), ..one }, Estimate { estimate: Some(18.0), ..two });
    assert_eq!(shown_of(vec![clients(&[], 34), one, two], &Nesting::default()), [true; 3]);
}

/// A site less the programs that are shown of it is the one that is not.
#[test]
fn a_site_does_not_give_its_program_away() {
    let asked = || {
        let programs = [("P1", 282), ("P2", 120), ("P3", 8)].map(|(id, n)| clients(&[("program", id)], n));
        let sites = [("pier", 290), ("hill", 120)].map(|(id, n)| clients(&[("site", id)], n));
        programs.into_iter().chain(sites).collect::<Vec<_>>()
    };
    let site = |program: &str, site: &str| (program.to_owned(), BTreeMap::from([("site".to_owned(), site.to_owned())]));
    let mut nesting = Nesting::default();
    nesting.add("program", &["site"], BTreeMap::from([site("P1", "pier"), site("P2", "hill"), site("P3", "pier")]));
    // Whoever does not know which program is where, sees nothing that follows.
    assert_eq!(shown_of(asked(), &Nesting::default()), [true, true, false, true, true]);
    assert_eq!(shown_of(asked(), &nesting), [false, true, false, true, true]);
}

/// Three groups of ten are all that is small, and all that would have to be withheld for each to be open; but who sees that no
/// more is withheld knows that all are small, and three small ones that are thirty together are ten each.
#[test]
fn three_groups_of_ten_need_a_larger_one_beside_them() {
    let agency = two_way(&[vec![10, 10, 10, 50, 60]]);
    let alone = primary_only(&agency);
    let attack = Attack::on(&agency, &alone);
    assert!(attack.all_leaks(true).is_empty());
    assert!(!attack.read_among_small().is_empty(), "the attacker reads them where they alone are withheld");
    let (published, _) = agency.published(&Ledger::default());
    assert_eq!(Attack::on(&agency, &published).read_among_small(), []);
    // One line more, in the table by gender and in that by program and gender.
    assert_eq!(published.values().filter(|n| n.is_none()).count(), alone.values().filter(|n| n.is_none()).count() + 2);
}

/// Where everything is small, the table is withheld, and not an empty one passed.
#[test]
fn a_table_of_nothing_but_small_counts_is_withheld() {
    let agency = two_way(&[vec![2, 3], vec![1, 2]]);
    let (published, _) = agency.published(&Ledger::default());
    assert!(published.values().all(Option::is_none), "{published:?}");
}

/// Beside the smallest safe number of gaps, found by trying all: at most half as many again, over many small tables.
#[test]
fn not_much_more_is_withheld_than_must_be() {
    let mut runner = TestRunner::deterministic();
    let strategy = table(2..4, 2..4);
    let (mut ours, mut least) = (0, 0);
    for _ in 0..12 {
        let counts = proptest::strategy::ValueTree::current(&strategy.new_tree(&mut runner).expect("a table"));
        let agency = two_way(&counts);
        let (published, _) = agency.published(&Ledger::default());
        ours += published.values().filter(|count| count.is_none()).count();
        least += smallest_safe(&agency);
    }
    assert!(least > 0 && ours * 2 <= least * 3, "{ours} withheld where {least} must be");
}

/// The smallest number of withheld cells, the small ones among them, with which nothing leaks.
fn smallest_safe(agency: &Agency) -> usize {
    let lines: Vec<Vec<Place>> = agency.places().into_iter().map(|place| vec![place]).collect();
    smallest_safe_lines(agency, &lines)
}

/// The smallest number of lines that must be withheld, those with a small count among them, so that nothing leaks; what is in
/// no line is published.
fn smallest_safe_lines(agency: &Agency, lines: &[Vec<Place>]) -> usize {
    let all: BTreeMap<Place, Option<i64>> =
        agency.places().into_iter().map(|place| (place.clone(), Some(agency.truth(&place)))).collect();
    let without = |withheld: &[&Vec<Place>]| {
        let mut published = all.clone();
        published.extend(withheld.iter().flat_map(|line| line.iter().map(|place| (place.clone(), None))));
        published
    };
    let is_small = |line: &&Vec<Place>| line.iter().any(|place| (1..THRESHOLD).contains(&agency.truth(place)));
    let is_open = |line: &&Vec<Place>| line.iter().any(|place| agency.truth(place) > 0);
    let (small, others): (Vec<_>, Vec<_>) = lines.iter().filter(is_open).partition(is_small);
    if small.is_empty() {
        return 0;
    }
    for more in 0..=others.len() {
        let mut chosen: Vec<usize> = (0..more).collect();
        loop {
            let withheld: Vec<&Vec<Place>> = small.iter().copied().chain(chosen.iter().map(|i| others[*i])).collect();
            if Attack::on(agency, &without(&withheld)).all_leaks(false).is_empty() {
                return small.len() + more;
            }
            // The next choice of so many.
            let Some(i) = (0..more).rev().find(|i| chosen[*i] < others.len() - more + i) else { break };
            chosen[i] += 1;
            for j in i + 1..more {
                chosen[j] = chosen[j - 1] + 1;
            }
        }
    }
    small.len() + others.len()
}

/// The same of the sample's grant report, as its funder has it: in each table of people or goals by what they are, the lines
/// withheld beside the fewest that would do for that table alone. That the report's other tables say more only adds to what
/// must be withheld.
#[test]
fn not_much_more_is_withheld_in_the_grant_report_than_must_be() {
    let read = |stem: &str| -> serde_json::Value {
        let bytes = std::fs::read(crate::accessible::written(stem, "json")).expect("readable");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let (inside, outside) = (read("grant-report"), read("grant-report-funder"));
    let number = |line: &[(String, serde_json::Value)], heading: &str| {
        let (_, cell) = line.iter().find(|(of, _)| of == heading).expect("a column");
        cell["value"].as_f64().map(|n| n as i64)
    };
    let (mut ours, mut least, mut lines_read) = (0, 0, 0);
    for (table, parts) in [
        ("clients-served-by-program", None),
        ("clients-served-by-gender", None),
        ("clients-served-by-race-ethnicity", None),
        ("clients-served-by-age-group", None),
        ("clients-served-by-language", None),
        ("goal-attainment-domains", Some(("Numerator", "Denominator"))),
    ] {
        let lines = |of: &serde_json::Value| document::rows(document::table(of, table)).collect::<Vec<_>>();
        let (told, shown) = (lines(&inside), lines(&outside));
        assert_eq!(told.len(), shown.len(), "{table}");
        // The last line of people is all of them; of goals it is what the objectives say.
        let groups = told.len() - usize::from(parts.is_none());
        let counts: Vec<Vec<i64>> = told[..groups]
            .iter()
            .map(|line| match parts {
                None => vec![number(line, "People").expect("a count")],
                Some((met, of)) => {
                    let (met, of) = (number(line, met).expect("a count"), number(line, of).expect("a count"));
                    vec![met, of - met]
                }
            })
            .collect();
        let column = parts.map_or("People", |(_, of)| of);
        ours += shown[..groups].iter().filter(|line| number(line, column).is_none()).count();
        lines_read += groups;
        let mut agency = two_way(&counts);
        if table == "clients-served-by-program" {
            // A person can be in several: the lines do not add up to all, and each stands for itself.
            agency.asked = vec![(0, 1, vec![0])];
        }
        let of_line = |row: &'static str| -> Vec<Place> {
            agency.places().into_iter().filter(|(_, _, group)| group.contains(&(0, row))).collect()
        };
        let each: Vec<Vec<Place>> = ROWS[..groups].iter().map(|row| of_line(row)).collect();
        least += smallest_safe_lines(&agency, &each);
    }
    assert!(
        lines_read > 40 && least > 0 && ours * 2 <= least * 3,
        "{ours} of {lines_read} withheld where {least} must be"
    );
}
