//! The stages of one way that people go: declared in a metric's header, told apart by a dimension of its rows.
//!
//! A unit is a wait in one stage, and what ends it opens the next, so that in every stage stand those who went on from the
//! one before it, and nobody else. Readers then see where people wait and where they leave.

use super::metric::{Header, Kind};
use serde::Deserialize;

/// The dimension that tells the stages of a way apart.
pub const STAGE: &str = "stage";

/// A stage of a way that people go, as its rows call it and as readers do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// The value of the dimension `stage`.
    pub name: String,
    /// "First service"
    pub title: String,
    /// What those did who went on to the next: "set a goal", after a number of people.
    pub next: String,
    /// What those do who are in it still.
    #[serde(default = "still_waiting")]
    pub waiting: String,
    /// What those did who went no further.
    #[serde(default = "left")]
    pub left: String,
}

fn still_waiting() -> String {
    "still waiting".into()
}

fn left() -> String {
    "left".into()
}

impl Header {
    /// Stages need waits that end in one way, and rows that say in which stage they are.
    pub(super) fn check_stages(&self) -> Result<(), String> {
        if self.stages.is_empty() {
            return Ok(());
        }
        if self.kind != Kind::Duration || self.events.len() != 1 {
            return Err("stages are those of a duration with one event: going on to the next".into());
        }
        if !self.dimensions.iter().any(|name| name == STAGE) {
            return Err(format!("a metric with stages has {STAGE} among its dimensions"));
        }
        let names: Vec<&str> = self.stages.iter().map(|stage| stage.name.as_str()).collect();
        match names.iter().enumerate().find(|(at, name)| names.iter().take(*at).any(|other| other == *name)) {
            Some((_, twice)) => Err(format!("two stages are called \"{twice}\"")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::measure::Metric;

    fn parsed(kind: &str, dimensions: &str, stages: &str) -> Result<Metric, String> {
        let text = format!(
            "/*---\ntitle = \"t\"\nquestion = \"q\"\nkind = \"{kind}\"\ngrain = \"g\"\ndirection = \"lower\"\nperiod = \"p\"\n\
             events = [\"went_on\"]\ndimensions = {dimensions}\n{stages}---*/\nselect 1"
        );
        Metric::parse("queries/core/way.sql", &text, false).map_err(|error| error.to_string())
    }

    #[test]
    fn stages_are_those_of_waits_and_have_names_of_their_own() {
        let stage = |name: &str| format!("[[stages]]\nname = \"{name}\"\ntitle = \"T\"\nnext = \"went on\"\n");
        let two = stage("referral") + &stage("intake");
        let way = parsed("duration", "[\"stage\"]", &two).expect("a way");
        let [first, _] = &way.header.stages[..] else { panic!("two stages") };
        assert_eq!((first.waiting.as_str(), first.left.as_str()), ("still waiting", "left"));
        for (kind, dimensions, stages, said) in [
            ("proportion", "[\"stage\"]", &two, "those of a duration"),
            ("duration", "[]", &two, "has stage among its dimensions"),
            ("duration", "[\"stage\"]", &(two.clone() + &stage("referral")), "two stages are called \"referral\""),
            ("duration", "[\"stage\"]", &"[[stages]]\nname = \"a\"\n".to_string(), "missing field `title`"),
        ] {
            let error = parsed(kind, dimensions, stages).expect_err(said);
            assert!(error.contains(said), "{error}");
        }
    }
}
