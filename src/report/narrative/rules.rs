//! The rules by which sentences are made: when each fires, and the words it says.
//!
//! The words of a report's sentences stand in the catalogue of its language (`languages/*/sentences.toml`) and nowhere
//! else, so that the appendix shows what was really said. A name in braces is a place for a number, a period or a label.

use crate::language::{Words, filled};
use crate::report::document::Phrase;
use crate::report::words::{plain, strong};

/// One rule, by its id: `family.case`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub id: &'static str,
}

const fn rule(id: &'static str) -> Rule {
    Rule { id }
}

/// Every rule, in the order of a sentence.
pub const RULES: &[Rule] = &[
    // ---- no value
    rule("level.not-collected"),
    rule("level.withheld"),
    rule("level.no-data"),
    rule("level.not-reached"),
    rule("level.too-few"),
    rule("time.not-mature"),
    // ---- a value, beside an earlier one where there is one
    rule("level.value"),
    rule("level.few"),
    rule("change.rose"),
    rule("change.fell"),
    rule("change.same"),
    rule("change.few"),
    rule("change.few-before"),
    rule("change.beside"),
    rule("change.withheld"),
    // ---- what the history says
    rule("signal.within"),
    rule("signal.within-since"),
    rule("signal.better"),
    rule("signal.worse"),
    rule("signal.changed"),
    rule("signal.month-better"),
    rule("signal.month-worse"),
    rule("signal.month"),
    rule("signal.lasting-better"),
    rule("signal.lasting-worse"),
    rule("signal.lasting"),
    rule("signal.few-months"),
    rule("signal.withheld"),
    rule("signal.stock"),
    // ---- the target
    rule("target.met"),
    rule("target.near"),
    rule("target.just-missed"),
    rule("target.missed"),
    rule("target.missed-beyond-chance"),
    rule("target.missed-at-length"),
    rule("target.missed-together"),
    rule("target.too-few"),
    // ---- what may still change
    rule("time.partial"),
    rule("time.provisional"),
];

impl Rule {
    /// The rule of that id.
    pub fn named(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// When it fires, without a full stop.
    pub fn when<'a>(&self, words: &'a Words) -> &'a str {
        words.find(&format!("sentence.{}.when", self.id)).unwrap_or(self.id)
    }

    /// The words it says.
    pub fn says<'a>(&self, words: &'a Words) -> &'a str {
        words.find(&format!("sentence.{}.says", self.id)).unwrap_or(self.id)
    }

    /// Its words with numbers that nobody counted, to show what it sounds like.
    pub fn example(&self, words: &Words) -> String {
        let (earlier, part, all) = match self.id {
            "change.fell" => (0.63, 35.0, 56.0),
            "change.same" => (0.52, 29.0, 56.0),
            "change.few-before" => (0.33, 3.0, 9.0),
            _ => (0.41, 23.0, 56.0),
        };
        let of =
            |part: f64, all: f64| words.with("count.of", &[("part", &words.count(part)), ("all", &words.count(all))]);
        let month = |month: usize, year: i32| words.month_of_year(month, year);
        let during = |month: String| words.with("date.in", &[("period", &month)]);
        let year = words.with("date.span", &[("from", &month(7, 2025)), ("to", &month(6, 2026))]);
        let places = [
            ("what", words.of("what.share").to_owned()),
            ("now", words.share(0.52)),
            ("behind", format!(" ({})", of(31.0, 60.0))),
            ("when", during(month(6, 2026))),
            ("earlier", words.share(earlier)),
            ("earlier_behind", format!(" ({})", of(part, all))),
            ("then", during(month(6, 2025))),
            ("since", month(2, 2026)),
            ("why", words.of("sentence.example-why").to_owned()),
            ("a_real", words.of("signal.rise").to_owned()),
            ("beyond", words.of("signal.above").to_owned()),
            ("target", words.with("sentence.at-least", &[("target", &words.share(0.65))])),
            ("during", words.with("date.over", &[("period", &year)])),
            ("value", format!("{} ({})", words.share(0.48), of(310.0, 646.0))),
        ];
        self.filled(words, &places).into_iter().map(|phrase| phrase.text).collect()
    }

    /// Its words with what belongs into their places. `{now}` is the figure itself: it stands out.
    pub fn filled(&self, words: &Words, places: &[(&str, String)]) -> Vec<Phrase> {
        let places: Vec<(&str, &dyn std::fmt::Display)> =
            places.iter().map(|(name, value)| (*name, value as &dyn std::fmt::Display)).collect();
        let Some((before, after)) = self.says(words).split_once("{now}") else {
            return vec![plain(filled(self.says(words), &places))];
        };
        vec![plain(filled(before, &places)), strong(filled("{now}", &places)), plain(filled(after, &places))]
    }
}
