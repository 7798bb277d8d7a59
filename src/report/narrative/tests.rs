//! What a text is made from, at hand for the tests; and what is asked of the rules themselves.

mod properties;
mod sentences;

use super::*;
use crate::language::Words;
use crate::measure::{Group, PeriodLabel};
use crate::release::{Audience, release};
use jiff::civil::Date;

fn date(text: &str) -> Date {
    text.parse().expect("a date in a test")
}

pub fn month(text: &str) -> Period {
    Period::month_of(date(&format!("{text}-01")))
}

pub fn empty(period: &Period, statistic: Statistic) -> Estimate {
    Estimate {
        metric: "m".into(),
        version: String::new(),
        period: PeriodLabel {
            label: period.label.clone(),
            start: period.start.to_string(),
            end: period.end.to_string(),
            partial: false,
        },
        group: Group::default(),
        statistic,
        at: None,
        outcome: None,
        estimate: None,
        lower: None,
        upper: None,
        level: 0.95,
        method: String::new(),
        numerator: None,
        denominator: None,
        at_risk: None,
        events: None,
        censored: None,
        unknown: Some(0),
        excluded: Some(0),
        status: None,
        note: Some(Note::NoData),
        people: None,
    }
}

/// All that a sentence is made from, owned.
#[derive(Debug, Clone)]
struct Case {
    words: Words,
    label: String,
    unit: Unit,
    counted: String,
    now: Option<Estimate>,
    period: Period,
    earlier: Option<(Which, Period, Estimate)>,
    verdict: Now,
    tested: Option<Period>,
    set_anew: Option<Change>,
    target: Option<f64>,
    beyond_chance: bool,
    at_length: Option<(Period, Estimate)>,
    direction: Direction,
    provisional: bool,
    absent: Vec<String>,
    audience: Audience,
}

impl Case {
    /// 31 of 60 exits to housing in June 2026, and nothing else known.
    fn exits() -> Self {
        Self {
            words: Words::default(),
            label: "Exits to housing".into(),
            unit: Unit::Share,
            counted: "exits".into(),
            now: Some(share(&month("2026-06"), 31, 60)),
            period: month("2026-06"),
            earlier: None,
            verdict: Now::Unknown,
            tested: Some(month("2026-06")),
            set_anew: None,
            target: None,
            beyond_chance: false,
            at_length: None,
            direction: Direction::Higher,
            provisional: false,
            absent: Vec::new(),
            audience: Audience::Internal,
        }
    }

    /// Beside so many of so many a year before.
    fn after(x: u64, n: u64) -> Self {
        let before = month("2025-06");
        Self { earlier: Some((Which::YearBefore, before.clone(), share(&before, x, n))), ..Self::exits() }
    }

    fn now(mut self, change: impl Fn(&mut Estimate)) -> Self {
        self.now.iter_mut().for_each(change);
        self
    }

    fn told(&self) -> Told {
        let released = |e: &Estimate| release(vec![e.clone()], self.audience, 11).remove(0);
        let now = self.now.as_ref().map(released);
        let earlier = self.earlier.as_ref().map(|(which, period, e)| (which, period, released(e)));
        let at_length = self.at_length.as_ref().map(|(period, e)| (period, released(e)));
        told(&Known {
            words: &self.words,
            label: &self.label,
            unit: &self.unit,
            counted: &self.counted,
            statistic: self.now.as_ref().map_or(Statistic::Share, |e| e.statistic),
            period: &self.period,
            now: now.as_ref(),
            absent: &self.absent,
            earlier: earlier.as_ref().map(|(which, period, estimate)| Earlier { which: **which, period, estimate }),
            verdict: &self.verdict,
            tested: self.tested.as_ref(),
            set_anew: self.set_anew.as_ref(),
            target: self.target,
            beyond_chance: self.beyond_chance,
            at_length: at_length.as_ref().map(|(period, estimate)| (*period, estimate)),
            direction: self.direction,
            provisional: self.provisional,
            minimum_n: 10,
        })
    }
}

pub fn share(period: &Period, x: u64, n: u64) -> Estimate {
    Estimate {
        estimate: (n > 0).then(|| x as f64 / n as f64),
        numerator: Some(x as f64),
        denominator: Some(n as f64),
        note: (n == 0).then_some(Note::NoData),
        ..empty(period, Statistic::Share)
    }
}

fn value(period: &Period, statistic: Statistic, value: f64, n: Option<f64>) -> Estimate {
    Estimate { estimate: Some(value), denominator: n, note: None, ..empty(period, statistic) }
}

fn noted(note: Note) -> Case {
    let now = Estimate { note: Some(note), ..empty(&month("2026-06"), Statistic::Share) };
    Case { now: Some(now), ..Case::exits() }
}

fn signal(kind: Signal, up: bool, course: Course) -> Now {
    Now::Signal { kind, up, course, since: month(if course == Course::OneMonth { "2026-06" } else { "2026-02" }) }
}

fn text(phrases: &[Phrase]) -> String {
    phrases.iter().map(|phrase| phrase.text.as_str()).collect()
}

fn with_status(case: Case, status: Status) -> Case {
    Case { target: Some(0.65), verdict: Now::Normal, ..case.now(|e| e.status = Some(status)) }
}

/// A mean, median, rate or count now and a year before.
fn other(label: &str, unit: Unit, counted: &str, now: Estimate, before: Estimate) -> Case {
    Case {
        label: label.into(),
        unit,
        counted: counted.into(),
        earlier: Some((Which::YearBefore, month("2025-06"), before)),
        verdict: Now::Normal,
        ..Case { now: Some(now), ..Case::exits() }
    }
}

#[test]
fn the_label_stands_apart_and_the_figure_stands_out() {
    let phrases = Case::after(23, 56).told().phrases;
    assert_eq!(phrases[0].text, "Exits to housing: ");
    let strong: Vec<&str> = phrases.iter().filter(|p| p.strong).map(|p| p.text.as_str()).collect();
    assert_eq!(strong, ["52%"]);
}

#[test]
fn rules_are_told_apart_and_told_in_words() {
    for words in crate::language::tags().filter_map(Words::of_language) {
        for (at, rule) in RULES.iter().enumerate() {
            let alike = |other: &Rule| other.id == rule.id || other.says(&words) == rule.says(&words);
            assert!(!RULES[..at].iter().any(alike), "{}", rule.id);
            assert!(rule.says(&words) != rule.id && rule.when(&words) != rule.id, "{} is not said", rule.id);
            let example = rule.example(&words);
            assert!(!example.contains(['{', '}']) && !example.contains("  "), "{example}");
            assert!(!rule.when(&words).ends_with('.'), "{}", rule.when(&words));
        }
    }
    let fell = Rule::named("change.fell").map(|rule| rule.example(&Words::default()));
    assert_eq!(fell.as_deref(), Some("the share fell from 63% (35 of 56) in June 2025 to 52% (31 of 60) in June 2026"));
}
