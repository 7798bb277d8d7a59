//! What every language but English says of the built-in metrics, findings, rules and codes, whose English stands elsewhere.

use super::words::translated;
use crate::contract::{CONTRACT, finding_kinds};
use crate::language::{DEFAULT, Words, tags};
use crate::measure::Catalogue;
use std::collections::BTreeSet;

fn others() -> impl Iterator<Item = Words> {
    tags().filter(|tag| *tag != DEFAULT).filter_map(Words::of_language)
}

fn catalogue() -> Catalogue {
    Catalogue::load(&[]).expect("the built-in metrics are sound")
}

#[test]
fn every_text_of_every_metric_is_told_in_every_language() {
    let english = catalogue();
    for words in others() {
        let mut known: BTreeSet<String> = BTreeSet::new();
        let (told, missing) = translated(&english, &words);
        assert!(missing.is_empty(), "{}: {missing:?}", words.tag());
        for (metric, told) in english.all().zip(told.all()) {
            let (header, other) = (&metric.header, &told.header);
            for (field, english, translated) in [
                ("title", Some(&header.title), Some(&other.title)),
                ("scorecard", header.scorecard.as_ref(), other.scorecard.as_ref()),
                ("counted", header.counted.as_ref(), other.counted.as_ref()),
                ("question", Some(&header.question), Some(&other.question)),
                ("grain", Some(&header.grain), Some(&other.grain)),
                ("period", Some(&header.period), Some(&other.period)),
                ("excludes", header.excludes.as_ref(), other.excludes.as_ref()),
                ("source", header.source.as_ref(), other.source.as_ref()),
                ("overdue", header.overdue.as_ref(), other.overdue.as_ref()),
                ("unit", header.unit.as_ref(), other.unit.as_ref()),
            ] {
                let (Some(english), Some(translated)) = (english, translated) else { continue };
                assert!(english != translated, "{} {field} of {}: {english}", words.tag(), metric.name);
                if field != "unit" {
                    known.insert(format!("metrics.{}.{field}", metric.name));
                }
            }
            for (stage, translated) in header.stages.iter().zip(&other.stages) {
                for (field, english, translated) in [
                    ("title", &stage.title, &translated.title),
                    ("next", &stage.next, &translated.next),
                    ("waiting", &stage.waiting, &translated.waiting),
                    ("left", &stage.left, &translated.left),
                ] {
                    let key = format!("metrics.{}.stages.{}.{field}", metric.name, stage.name);
                    assert!(english != translated, "{}: {key}: {english}", words.tag());
                    known.insert(key);
                }
            }
            for outcome in header.events.iter().chain(&header.competing) {
                assert!(words.find(&format!("codes.{outcome}")).is_some(), "{}: {outcome}", words.tag());
            }
        }
        let stray: Vec<&str> =
            words.keys().filter(|key| key.starts_with("metrics.") && !known.contains(*key)).collect();
        assert!(stray.is_empty(), "{} tells of what no metric has: {stray:?}", words.tag());
    }
}

#[test]
fn every_finding_and_rule_is_told_in_every_language() {
    let of_rules: BTreeSet<String> = crate::built_in::QUERIES
        .iter()
        .filter_map(|(path, _)| path.strip_prefix("queries/checks/")?.strip_suffix(".sql"))
        .map(|name| name.replace('_', "-"))
        .collect();
    let of_files: BTreeSet<String> = finding_kinds().iter().map(|kind| kind.code.clone()).collect();
    for words in others() {
        for (family, fields, codes) in
            [("findings", vec!["title"], &of_files), ("checks", vec!["counted", "title"], &of_rules)]
        {
            let all: BTreeSet<String> = codes
                .iter()
                .flat_map(|code| fields.iter().map(move |field| format!("{family}.{code}.{field}")))
                .collect();
            let own: BTreeSet<String> =
                words.keys().filter(|key| key.starts_with(&format!("{family}."))).map(str::to_owned).collect();
            assert_eq!(own, all, "{}", words.tag());
        }
    }
}

#[test]
fn every_code_of_the_contract_is_told_in_every_language() {
    for words in others() {
        let columns = CONTRACT.tables.iter().flat_map(|table| &table.columns);
        let missing: Vec<&String> = columns
            .flat_map(|column| &column.codes)
            .filter(|code| words.find(&format!("codes.{code}")).is_none())
            .collect();
        assert!(missing.is_empty(), "{}: {missing:?}", words.tag());
    }
}
