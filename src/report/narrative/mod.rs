//! A metric in words: one or two sentences from its numbers, by rules that the appendix lists.
//!
//! [`told`] is pure: the same numbers give the same words. "Rose" and "fell" are said of numbers only; better and worse
//! only where a signal rule fired; nothing is said that a withheld figure would have to be known for.

mod rules;
#[cfg(test)]
pub(super) mod tests;
mod wording;

use super::document::Phrase;
use super::limits::{Course, Now};
use super::words::{during, one_month, plain, span};
use crate::chart::{Signal, Unit};
use crate::language::Words;
use crate::measure::{Change, Direction, Estimate, Note, Statistic, Status};
use crate::project::Period;
use crate::release::Released;
pub use rules::{RULES, Rule};
use wording::{tidy, what};

/// What is known of one metric.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub words: &'a Words,
    pub label: &'a str,
    pub unit: &'a Unit,
    /// What is counted: "goals due or closed".
    pub counted: &'a str,
    pub statistic: Statistic,
    pub period: &'a Period,
    pub now: Option<&'a Released<Estimate>>,
    /// Columns that the metric needs and the export does not have.
    pub absent: &'a [String],
    pub earlier: Option<Earlier<'a>>,
    pub verdict: &'a Now,
    /// The month that the verdict is about.
    pub tested: Option<&'a Period>,
    /// The recorded change after which normal was set anew.
    pub set_anew: Option<&'a Change>,
    pub target: Option<f64>,
    /// The figure misses the target by more than chance would explain.
    pub beyond_chance: bool,
    /// The recent months together, where they miss the target by more than chance would explain.
    pub at_length: Option<(&'a Period, &'a Released<Estimate>)>,
    pub direction: Direction,
    /// Not everybody behind the figure has been followed long enough.
    pub provisional: bool,
    /// With fewer units nothing is compared.
    pub minimum_n: u64,
}

/// An earlier figure to put beside the present one.
#[derive(Debug, Clone, Copy)]
pub struct Earlier<'a> {
    pub which: Which,
    pub period: &'a Period,
    pub estimate: &'a Released<Estimate>,
}

/// How the earlier period lies to the present one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    PeriodBefore,
    YearBefore,
}

/// Sentences, and the rules that made them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    pub phrases: Vec<Phrase>,
    pub rules: Vec<&'static str>,
}

/// All there is to say of a metric.
pub fn told(known: &Known<'_>) -> Told {
    let mut told = opening(known);
    known.more(&mut told);
    told
}

/// The same beside a table that shows the figure itself: what the history says, and what else there is to say.
pub fn beside_figure(known: &Known<'_>) -> Told {
    let mut told = known.labelled();
    match known.figure() {
        Some(now) if said_of_history(known) != Said::Nothing => {
            known.history(now, false, &mut told);
            told.push(".");
        }
        _ => told = opening(known),
    }
    known.more(&mut told);
    told
}

/// The first sentence alone: the figure, the earlier one, what the history says.
pub fn opening(known: &Known<'_>) -> Told {
    let mut told = known.labelled();
    let Some(now) = known.figure() else {
        known.no_figure(&mut told);
        told.push(".");
        return told;
    };
    let against = known.level(now, &mut told);
    known.history(now, against, &mut told);
    told.push(".");
    told
}

/// What a text says of a metric's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    Nothing,
    Normal,
    Signal(Signal),
}

/// What [`told`] would say of the history. Many months may tell what the present one alone is too small for.
pub fn said_of_history(known: &Known<'_>) -> Said {
    let Some(now) = known.figure() else { return Said::Nothing };
    match known.verdict {
        Now::Normal if !known.few(now.estimate) => Said::Normal,
        Now::Signal { kind, course, .. } if *course == Course::Lasting || !known.few(now.estimate) => {
            Said::Signal(*kind)
        }
        _ => Said::Nothing,
    }
}

/// A figure that can be said.
#[derive(Clone, Copy)]
struct Figure<'a> {
    estimate: &'a Estimate,
    value: f64,
}

fn figure(estimate: &Released<Estimate>) -> Option<Figure<'_>> {
    let value = estimate.estimate.filter(|value| value.is_finite())?;
    Some(Figure { estimate: estimate.get(), value })
}

impl<'a> Known<'a> {
    fn figure(&self) -> Option<Figure<'a>> {
        self.now.filter(|_| self.absent.is_empty()).and_then(figure)
    }

    fn labelled(&self) -> Told {
        Told { phrases: vec![plain(format!("{}: ", tidy(self.label)))], rules: Vec::new() }
    }

    /// What stands in sentences of its own, where there is a figure.
    fn more(&self, told: &mut Told) {
        let Some(now) = self.figure() else { return self.missed_together(told) };
        match self.verdict {
            Now::Unknown => told.sentence(self.words, "signal.few-months", &[]),
            Now::Stock => told.sentence(self.words, "signal.stock", &[]),
            Now::Withheld => told.sentence(self.words, "signal.withheld", &[]),
            Now::Normal | Now::Signal { .. } => {}
        }
        self.against_target(now, told);
        if now.estimate.period.partial {
            told.sentence(self.words, "time.partial", &[]);
        } else if self.provisional {
            told.sentence(self.words, "time.provisional", &[]);
        }
    }

    /// Fewer units than the metric needs for a comparison.
    fn few(&self, estimate: &Estimate) -> bool {
        estimate.note == Some(Note::TooFew) || estimate.denominator.is_some_and(|n| n < self.minimum_n as f64)
    }

    /// Why there is no figure.
    fn no_figure(&self, told: &mut Told) {
        let note = self.now.and_then(|e| e.note);
        let rule = match note {
            _ if !self.absent.is_empty() => "level.not-collected",
            Some(Note::NotCollected) => "level.not-collected",
            Some(Note::Withheld) => "level.withheld",
            Some(Note::NotReached) => "level.not-reached",
            Some(Note::TooFew) => "level.too-few",
            Some(Note::FollowUpIncomplete) => "time.not-mature",
            Some(Note::NoData) | None => "level.no-data",
        };
        let absent = if self.absent.is_empty() {
            String::new()
        } else {
            self.words.with("sentence.absent", &[("columns", &self.words.list(self.absent))])
        };
        told.say(self.words, rule, &[("when", self.when()), ("absent", absent)]);
    }

    /// The figure, beside the earlier one. Gives whether the two go another way than the history's signal.
    fn level(&self, now: Figure<'_>, told: &mut Told) -> bool {
        let few = self.few(now.estimate);
        let noun_first = |figure: Figure<'_>| self.behind(figure.estimate, true);
        let mut places = vec![("what", self.words.of(what(self.statistic)).to_string()), ("when", self.when())];
        let known = self.earlier.and_then(|earlier| Some((earlier, figure(earlier.estimate)?)));
        let Some((earlier, before)) = known else {
            let withheld = self.earlier.filter(|earlier| earlier.estimate.note == Some(Note::Withheld));
            places.extend([("now", self.unit_said(now.value)), ("behind", noun_first(now))]);
            places.extend(withheld.map(|earlier| ("then", self.then(&earlier))));
            let rule = match withheld {
                Some(_) => "change.withheld",
                None if few => "level.few",
                None => "level.value",
            };
            told.say(self.words, rule, &places);
            return false;
        };
        places.push(("then", self.then(&earlier)));
        let same = self.printed(now.value) == self.printed(before.value);
        let up = now.value > before.value;
        let against = matches!(self.verdict, Now::Signal { up: signal, .. } if same || *signal != up);
        let rule = match () {
            () if few => "change.few",
            () if self.few(before.estimate) => "change.few-before",
            () if now.estimate.period.partial || (against && !same) => "change.beside",
            () if same => "change.same",
            // A person more among hundreds is no rise.
            () if *self.unit == Unit::Count && (now.value - before.value).abs() < before.value / 100.0 => {
                "change.beside"
            }
            () if up => "change.rose",
            () => "change.fell",
        };
        // The unit and what is counted are said with the figure that is said first.
        let earlier_first = matches!(rule, "change.rose" | "change.fell");
        let (first, second) = if earlier_first { (before, now) } else { (now, before) };
        let said = [
            (self.unit_said(first.value), self.behind(first.estimate, true)),
            (self.printed(second.value), self.behind(second.estimate, false)),
        ];
        let [now, before] = if earlier_first { [&said[1], &said[0]] } else { [&said[0], &said[1]] };
        places.extend([("now", now.0.clone()), ("behind", now.1.clone())]);
        places.extend([("earlier", before.0.clone()), ("earlier_behind", before.1.clone())]);
        told.say(self.words, rule, &places);
        against
    }

    /// What the history says, added to the first sentence.
    fn history(&self, now: Figure<'_>, against: bool, told: &mut Told) {
        let few = self.few(now.estimate);
        let mut places = Vec::new();
        let rule = match self.verdict {
            Now::Normal if !few => match self.set_anew {
                Some(change) => {
                    places.push(("since", self.words.day(change.from)));
                    places.push(("why", tidy(change.why.trim_end_matches('.'))));
                    "signal.within-since"
                }
                None => "signal.within",
            },
            // Many months may tell what one alone is too small for.
            Now::Signal { kind, up, course, since } if *course == Course::Lasting || !few => {
                places.push(("since", span(since, self.words)));
                places.push(("a_real", self.words.of(if *up { "signal.rise" } else { "signal.drop" }).into()));
                places.push(("beyond", self.words.of(if *up { "signal.above" } else { "signal.below" }).into()));
                match (kind, course) {
                    (Signal::Better, Course::Lasting) => "signal.lasting-better",
                    (Signal::Worse, Course::Lasting) => "signal.lasting-worse",
                    (Signal::None, Course::Lasting) => "signal.lasting",
                    (Signal::Better, Course::GoingOn) => "signal.better",
                    (Signal::Worse, Course::GoingOn) => "signal.worse",
                    (Signal::None, Course::GoingOn) => "signal.changed",
                    (Signal::Better, Course::OneMonth) => "signal.month-better",
                    (Signal::Worse, Course::OneMonth) => "signal.month-worse",
                    (Signal::None, Course::OneMonth) => "signal.month",
                }
            }
            Now::Normal | Now::Signal { .. } | Now::Unknown | Now::Withheld | Now::Stock => return,
        };
        let mut scope = Vec::new();
        if !one_month(self.period) || few {
            scope.push(self.words.of("sentence.month-by-month").to_string());
        }
        // One month that stands out is named anyway.
        let of_one_month = matches!(self.verdict, Now::Signal { course: Course::OneMonth, .. });
        let earlier = |tested: &&Period| one_month(self.period) && tested.start < self.period.start && !of_one_month;
        if let Some(tested) = self.tested.filter(earlier) {
            scope.push(self.words.with("sentence.up-to", &[("month", &span(tested, self.words))]));
        }
        if against && !of_one_month {
            scope.push(self.words.of("sentence.against").into());
        }
        // Nothing but the label before it: the figure stands elsewhere.
        if !told.rules.is_empty() {
            told.push(self.words.of(if few { "sentence.but" } else { "sentence.and" }));
        }
        for said in scope {
            told.push(&said);
            told.push(", ");
        }
        told.say(self.words, rule, &places);
    }

    fn against_target(&self, now: Figure<'_>, told: &mut Told) {
        let (Some(target), Some(status)) = (self.target, now.estimate.status) else { return };
        let printed = self.printed(target);
        let alike = printed == self.printed(now.value);
        let rule = match status {
            Status::Met => "target.met",
            Status::Near | Status::NotMet if alike => "target.just-missed",
            Status::Near => "target.near",
            Status::NotMet if self.beyond_chance => "target.missed-beyond-chance",
            Status::NotMet => "target.missed",
            Status::TooFew | Status::NoData if self.at_length.is_some() => return self.missed_together(told),
            Status::TooFew => "target.too-few",
            Status::NoData => return,
        };
        let target = self.target_said(target);
        let so_far = if now.estimate.period.partial { self.words.of("sentence.so-far") } else { "" };
        told.sentence(self.words, rule, &[("target", target), ("so_far", so_far.into())]);
        if matches!(status, Status::Met | Status::Near)
            && let Some(places) = self.at_length_said()
        {
            told.sentence(self.words, "target.missed-at-length", &places);
        }
    }

    /// That the recent months together miss the target, where this period cannot be judged.
    fn missed_together(&self, told: &mut Told) {
        let withheld = self.now.is_some_and(|e| e.note == Some(Note::Withheld));
        let Some((places, target)) = self.at_length_said().zip(self.target).filter(|_| !withheld) else { return };
        let places: Vec<_> = places.into_iter().chain([("target", self.target_said(target))]).collect();
        told.sentence(self.words, "target.missed-together", &places);
    }

    fn at_length_said(&self) -> Option<[(&'static str, String); 2]> {
        let (period, estimate) = self.at_length.filter(|_| self.absent.is_empty())?;
        let value = figure(estimate)?;
        let value = format!("{}{}", self.printed(value.value), self.behind(value.estimate, true));
        Some([("during", super::words::capital(&during(period, self.words))), ("value", value)])
    }

    /// "at least 65%"
    fn target_said(&self, target: f64) -> String {
        let printed = self.printed(target);
        match self.direction {
            Direction::Higher => self.words.with("sentence.at-least", &[("target", &printed)]),
            Direction::Lower => self.words.with("sentence.at-most", &[("target", &printed)]),
            Direction::Neutral => printed,
        }
    }
}

impl Told {
    fn push(&mut self, text: &str) {
        // The label stays a phrase of its own, to be set apart where there is a list of several.
        let label_alone = self.phrases.len() == 1;
        match self.phrases.last_mut() {
            Some(last) if !last.strong && !label_alone => last.text.push_str(text),
            _ => self.phrases.push(plain(text)),
        }
    }

    /// Adds what a rule says.
    fn say(&mut self, words: &Words, id: &'static str, places: &[(&str, String)]) {
        let Some(rule) = Rule::named(id) else { return };
        self.rules.push(rule.id);
        for phrase in rule.filled(words, places) {
            if phrase.strong {
                self.phrases.push(phrase);
            } else {
                self.push(&phrase.text);
            }
        }
    }

    /// Adds what a rule says as a sentence of its own.
    fn sentence(&mut self, words: &Words, id: &'static str, places: &[(&str, String)]) {
        self.push(" ");
        self.say(words, id, places);
    }
}
