//! What the rules found and the scores, as released to the readers of a report.

use crate::quality::{Assessment, Dimension, Score};
use crate::release::{Audience, RecordCount, RecordShare, Released, release_records, release_shares};
use crate::report::{ProgramQuality, QualityFacts, RuleFact};

/// Data quality for an audience.
pub fn quality_facts(assessment: &Assessment, audience: Audience, small_cell: u32) -> QualityFacts {
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
            name: score.program.as_ref().map_or_else(|| "All programs".into(), |program| program.name.clone()),
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
    QualityFacts { programs, rules, found_nothing: nothing.len() as u64, not_checked: assessment.not_checked.clone() }
}
