//! What the rules found and the scores, as released to the readers of a report.

use crate::language::Words;
use crate::quality::{Assessment, Dimension, NotChecked, Score, Why};
use crate::release::{Audience, RecordCount, RecordShare, Released, release_records, release_shares};
use crate::report::{ProgramQuality, QualityFacts, RuleFact};

/// Data quality for an audience.
pub fn quality_facts(assessment: &Assessment, audience: Audience, small_cell: u32, words: &Words) -> QualityFacts {
    let released = |dimension: Dimension| {
        let share = |score: &Score| {
            let share = score.share(dimension);
            RecordShare { label: dimension.name().into(), good_of: Some((share.good, share.of)) }
        };
        release_shares(assessment.scores.iter().map(share).collect(), audience, small_cell)
    };
    let [conformance, completeness, timeliness, plausibility] = Dimension::ALL.map(released);
    let shares = conformance.into_iter().zip(completeness).zip(timeliness.into_iter().zip(plausibility));
    let programs = assessment
        .scores
        .iter()
        .zip(shares)
        .map(|(score, ((conformance, completeness), (timeliness, plausibility)))| ProgramQuality {
            name: score.program.as_ref().map(|program| program.name.clone()),
            shares: [conformance, completeness, timeliness, plausibility],
        })
        .collect();
    let count = |label: &str, n: u64| -> Option<Released<RecordCount>> {
        release_records(vec![RecordCount { label: label.into(), count: Some(n) }], audience, small_cell).pop()
    };
    let (found, nothing): (Vec<_>, Vec<_>) = assessment.rules.iter().partition(|rule| rule.found > 0);
    let rules = found
        .into_iter()
        .filter_map(|rule| {
            Some(RuleFact {
                code: rule.code.clone(),
                title: rule.title.clone(),
                counted: rule.counted.clone(),
                looked_at: count("looked at", rule.looked_at)?,
                found: count("found", rule.found)?,
            })
        })
        .collect();
    let not_checked = assessment.not_checked.iter().map(|rules| not_checked(rules, words)).collect();
    QualityFacts { programs, rules, found_nothing: nothing.len() as u64, not_checked }
}

/// Rules that were not run, and why, in the report's words.
fn not_checked(rules: &NotChecked, words: &Words) -> String {
    let why = match &rules.why {
        Why::NoTables(tables) => {
            words.counted("quality.no-tables", tables.len() as f64, &[("tables", &words.list(tables))])
        }
        Why::NotCollected(columns) => {
            words.counted("quality.no-columns", columns.len() as f64, &[("columns", &columns.join(", "))])
        }
        Why::NothingLoaded(path) => words.with("quality.nothing-loaded", &[("path", path)]),
        Why::SwitchedOff => words.of("quality.switched-off").to_owned(),
    };
    format!("{}: {why}", rules.codes.join(", "))
}
