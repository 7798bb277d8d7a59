//! The rules by which sentences are made: when each fires, and the words it says.
//!
//! The words of a report's sentences stand here and nowhere else, so that the appendix shows what was really said. A name
//! in braces is a place for a number, a period or a label.

use crate::report::document::Phrase;
use crate::report::words::{plain, strong};

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// `family.case`
    pub id: &'static str,
    pub when: &'static str,
    pub says: &'static str,
}

const fn rule(id: &'static str, when: &'static str, says: &'static str) -> Rule {
    Rule { id, when, says }
}

/// Every rule, in the order of a sentence.
pub const RULES: &[Rule] = &[
    // ---- no value
    rule("level.not-collected", "the export lacks a column that the metric needs", "this is not collected{absent}"),
    rule(
        "level.withheld",
        "the reader is outside the agency, and the figure rests on a small number of people or would give one away",
        "the figure {when} is withheld, to protect small groups of people",
    ),
    rule("level.no-data", "nobody and nothing was counted in the period", "there is nothing to count {when}"),
    rule(
        "level.not-reached",
        "a median, and fewer than half have got there",
        "fewer than half have got there so far {when}, so there is no median yet",
    ),
    rule("level.too-few", "too few units even for a figure", "there are too few to give a figure {when}"),
    rule(
        "time.not-mature",
        "not everybody of the period has been followed to the day in question",
        "this cannot be told yet {when}, as not everybody has been followed long enough",
    ),
    // ---- a value, beside an earlier one where there is one
    rule("level.value", "there is no earlier figure to put beside it", "{what} was {now}{behind} {when}"),
    rule(
        "level.few",
        "fewer units than the metric's minimum, and no earlier figure",
        "{what} was {now}{behind} {when}, too few to say more",
    ),
    rule(
        "change.rose",
        "the figure is higher than the earlier one, as printed; this is about the two numbers alone",
        "{what} rose from {earlier}{earlier_behind} {then} to {now}{behind} {when}",
    ),
    rule(
        "change.fell",
        "the figure is lower than the earlier one, as printed; this is about the two numbers alone",
        "{what} fell from {earlier}{earlier_behind} {then} to {now}{behind} {when}",
    ),
    rule(
        "change.same",
        "the two figures are equal as printed",
        "{what} was {now}{behind} {when}, as {then}{earlier_behind}",
    ),
    rule(
        "change.few",
        "one of the two figures stands on fewer units than the metric's minimum",
        "{what} was {now}{behind} {when}, after {earlier}{earlier_behind} {then}: too few to compare",
    ),
    rule(
        "change.beside",
        "the period is not over, or the two numbers go another way than the history: they stand side by side",
        "{what} was {now}{behind} {when}, after {earlier}{earlier_behind} {then}",
    ),
    rule(
        "change.withheld",
        "the earlier figure is withheld from readers outside the agency",
        "{what} was {now}{behind} {when}, the figure {then} being withheld",
    ),
    // ---- what the history says
    rule(
        "signal.within",
        "no rule of \"Signals and expected ranges\" fired on the latest month",
        "within its normal variation",
    ),
    rule(
        "signal.within-since",
        "the same, where normal was set anew after a recorded change",
        "within its normal variation since {since}, when it was set anew ({why})",
    ),
    rule(
        "signal.better",
        "a rule fired on the side that the metric calls better",
        "{a_real} since {since}, for the better",
    ),
    rule(
        "signal.worse",
        "a rule fired on the side that the metric calls worse",
        "{a_real} since {since}, for the worse",
    ),
    rule("signal.changed", "a rule fired on a metric of which neither side is better", "{a_real} since {since}"),
    rule(
        "signal.lasting-better",
        "the months stay on the better side",
        "a lasting change for the better since {since}",
    ),
    rule("signal.lasting-worse", "the months stay on the worse side", "a lasting change for the worse since {since}"),
    rule("signal.lasting", "the months stay on one side, and neither is better", "a lasting change since {since}"),
    rule(
        "signal.few-months",
        "the history is too short for an expected range",
        "There are too few months yet to say what is normal.",
    ),
    rule(
        "signal.stock",
        "the metric counts who or what is there, not what happens",
        "It has no expected range, as the same people are counted month after month.",
    ),
    // ---- the target
    rule("target.met", "at the target or better", "The target of {target} is met{so_far}."),
    rule(
        "target.near",
        "worse than the target by no more than the metric's tolerance",
        "It is near the target of {target} without meeting it{so_far}.",
    ),
    rule(
        "target.just-missed",
        "worse than the target by less than the printed digits show",
        "The target of {target} is missed by a hair{so_far}.",
    ),
    rule(
        "target.missed",
        "worse than the target by more than the tolerance",
        "The target of {target} is not met{so_far}.",
    ),
    rule(
        "target.missed-beyond-chance",
        "the same, and the whole 99.8% interval lies on the wrong side of the target",
        "The target of {target} is not met{so_far}, by more than chance would explain.",
    ),
    rule(
        "target.missed-at-length",
        "met or nearly met in this period, and missed beyond chance by the recent months together",
        "Over {period}, though, it is missed by more than chance would explain, with {value}.",
    ),
    rule(
        "target.too-few",
        "fewer units than the metric's minimum",
        "That is too few to hold against the target of {target}.",
    ),
    // ---- what may still change
    rule("time.partial", "the export ends before the period does", "The period is not over, so this may still change."),
    rule(
        "time.provisional",
        "not everybody behind the figure has been followed to the day in question",
        "Not all of them have been followed long enough, so this may still change.",
    ),
];

impl Rule {
    /// The rule of that id.
    pub fn named(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// Its words with numbers that nobody counted, to show what it sounds like.
    pub fn example(&self) -> String {
        let (earlier, behind) = match self.id {
            "change.fell" => ("63%", " (35 of 56)"),
            "change.same" => ("52%", " (29 of 56)"),
            "change.few" => ("33%", " (3 of 9)"),
            _ => ("41%", " (23 of 56)"),
        };
        let places = [
            ("what", "the share"),
            ("now", "52%"),
            ("behind", " (31 of 60)"),
            ("when", "in June 2026"),
            ("earlier", earlier),
            ("earlier_behind", behind),
            ("then", "in June 2025"),
            ("since", "February 2026"),
            ("why", "new intake team"),
            ("a_real", "a real rise"),
            ("target", "at least 65%"),
            ("period", "July 2025 to June 2026"),
            ("value", "48% (310 of 646)"),
        ];
        let filled = self.filled(&places.map(|(place, value)| (place, value.to_string())));
        filled.into_iter().map(|phrase| phrase.text).collect()
    }

    /// Its words with what belongs into their places. `{now}` is the figure itself: it stands out.
    pub fn filled(&self, places: &[(&str, String)]) -> Vec<Phrase> {
        let mut phrases = Vec::new();
        let mut text = String::new();
        let mut rest = self.says;
        while let Some((before, after)) = rest.split_once('{') {
            let (place, after) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(before);
            let value = places.iter().find(|(name, _)| *name == place).map_or("", |(_, value)| value.as_str());
            if place == "now" {
                phrases.push(plain(std::mem::take(&mut text)));
                phrases.push(strong(value));
            } else {
                text.push_str(value);
            }
            rest = after;
        }
        text.push_str(rest);
        phrases.push(plain(text));
        phrases
    }
}
