//! What a report says of its data, as released to its readers: files, findings, data quality.

use super::session::Session;
use crate::contract::Severity;
use crate::language::Words;
use crate::quality::{Assessment, Dimension, NotChecked, Score, Why};
use crate::release::{Audience, GoodOf, RecordCount, Released, release_count, release_shares};
use crate::report::{InputFact, ProgramQuality, QualityFacts, RuleFact};
use crate::store::Input;
use std::collections::BTreeMap;

/// Data quality for an audience: of every program and of all; in a program's own edition of it and of all.
pub fn quality_facts(
    assessment: &Assessment,
    audience: Audience,
    small_cell: u32,
    program: Option<&str>,
    words: &Words,
) -> QualityFacts {
    let released = |dimension: Dimension| {
        let share = |score: &Score| {
            let share = score.share(dimension);
            GoodOf { good: share.good, of: share.of }
        };
        let shares: Vec<GoodOf> = assessment.scores.iter().map(share).collect();
        release_shares(dimension.name(), &shares, audience, small_cell)
    };
    let [conformance, completeness, timeliness, plausibility] = Dimension::ALL.map(released);
    let shares = conformance.into_iter().zip(completeness).zip(timeliness.into_iter().zip(plausibility));
    let programs = assessment
        .scores
        .iter()
        .zip(shares)
        .filter(|(score, _)| score.program.as_ref().is_none_or(|of| program.is_none_or(|own| of.id == own)))
        .map(|(score, ((conformance, completeness), (timeliness, plausibility)))| ProgramQuality {
            name: score.program.as_ref().map(|program| program.name.clone()),
            shares: [conformance, completeness, timeliness, plausibility],
        })
        .collect();
    let count = |label: &str, n: u64| release_count(label, n, audience, small_cell);
    // A rule that found so few that the number is withheld is not told from one that found nothing.
    let is_told = |n: u64| n > 0 && count("found", n).count.is_some();
    let (found, nothing): (Vec<_>, Vec<_>) = assessment.rules.iter().partition(|rule| is_told(rule.found));
    let rules = found
        .into_iter()
        .map(|rule| RuleFact {
            code: rule.code.clone(),
            title: rule.title.clone(),
            counted: rule.counted.clone(),
            looked_at: count("looked at", rule.looked_at),
            found: count("found", rule.found),
        })
        .collect();
    let not_checked = assessment.not_checked.iter().map(|rules| not_checked(rules, words)).collect();
    let few_are_nothing = audience.is_outside() && small_cell > 1;
    QualityFacts { programs, rules, found_nothing: nothing.len() as u64, few_are_nothing, not_checked }
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

/// Tables of which no row is about a client: what was read of them gives nobody away.
const OF_NO_CLIENT: [&str; 3] = ["programs", "staff", "providers"];

/// The files read, and how many rows of all of them were set aside.
pub fn inputs(session: &Session, audience: Audience) -> (Vec<InputFact>, Released<RecordCount>) {
    let small_cell = session.project.privacy.small_cell;
    let count = |label: &str, n: u64, audience| release_count(label, n, audience, small_cell);
    let fact = |input: &Input| {
        let audience = if OF_NO_CLIENT.contains(&input.table.as_str()) { Audience::Internal } else { audience };
        InputFact {
            path: input.path.clone(),
            sha256: input.sha256.clone(),
            table: input.table.clone(),
            rows: count("rows", input.rows, audience),
            loaded: count("loaded", input.loaded, audience),
            quarantined: count("set aside", input.quarantined, audience),
        }
    };
    let inputs = &session.snapshot.manifest.inputs;
    let aside = inputs.iter().map(|input| input.quarantined).sum();
    (inputs.iter().map(fact).collect(), count("set aside", aside, audience))
}

/// How often each kind of finding was made, the worst first.
pub fn findings(session: &Session, audience: Audience) -> Vec<(String, Severity, Released<RecordCount>)> {
    let mut sums: BTreeMap<(Severity, &str), u64> = BTreeMap::new();
    for count in &session.snapshot.manifest.findings {
        *sums.entry((count.severity, &count.code)).or_default() += count.count;
    }
    let small_cell = session.project.privacy.small_cell;
    sums.into_iter()
        .rev()
        .map(|((severity, code), n)| (code.to_string(), severity, release_count(code, n, audience, small_cell)))
        .collect()
}
