//! Restated figures: what a report says of past months that are not what the last one said.

use crate::editions::{SENT, Sent, agency, document, referrals, words};
use crate::project_folder::Folder;
use attain::measure::{Estimate, Group, Moved, PeriodLabel, Statistic};
use attain::release::{Audience, Comparison, is_restated, release, release_restatements};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// The same with another number of referrals in one month of one program.
fn with(program: &str, month: &str, n: u32, received: u32) -> Vec<Sent> {
    SENT.iter().map(|s| if (s.0, s.1) == (program, month) { (s.0, s.1, n, received) } else { *s }).collect()
}

/// Until May, as these referrals say.
fn reported_in_may(folder: &Folder, sent: &[Sent]) {
    let known: Vec<Sent> = sent.iter().filter(|s| s.1 < "2026-06").copied().collect();
    folder.write("exports/referrals.csv", &referrals(&known));
    folder.attain(&["run", "--as-of", "2026-05-31", "--format", "json", "--quiet"]).expect(0);
}

fn reported_in_june(folder: &Folder, sent: &[Sent]) {
    folder.write("exports/referrals.csv", &referrals(sent));
    folder.attain(&["run", "--as-of", "2026-06-30", "--format", "json,csv,html,xlsx", "--quiet"]).expect(0);
}

/// The section as a reader sees it, and the lines of "Read with care".
fn shown(document: &Value) -> (Option<String>, Vec<String>) {
    let care = document["first_page"]["read_with_care"].as_array().expect("lines").iter().map(words).collect();
    let section = document["sections"].as_array().expect("sections").iter().find(|s| s["id"] == "restated-figures");
    let text = section.map(|section| {
        let blocks = section["blocks"].as_array().expect("blocks").iter().map(|block| match block["kind"].as_str() {
            Some("table") => {
                let cell = |cell: &Value| cell["text"].as_str().expect("text").to_owned();
                let headings = block["table"]["columns"].as_array().expect("columns").iter();
                let headings =
                    headings.map(|c| c["heading"].as_str().expect("a heading").to_owned()).collect::<Vec<_>>();
                let rows = block["table"]["rows"].as_array().expect("rows").iter();
                let rows =
                    rows.map(|row| row.as_array().expect("cells").iter().map(cell).collect::<Vec<_>>().join(" | "));
                std::iter::once(headings.join(" | ")).chain(rows).collect::<Vec<_>>().join("\n")
            }
            _ => words(&block["phrases"]),
        });
        blocks.collect::<Vec<_>>().join("\n\n")
    });
    (text, care)
}

/// Snapshot ids follow from the content.
fn without_ids(text: &str) -> String {
    let id = |word: &str| word.len() > 12 && word.starts_with("2026-") && word.as_bytes().get(10) == Some(&b'-');
    text.split(' ')
        .map(|word| if id(word.trim_end_matches([',', '.'])) { "<snapshot>," } else { word })
        .collect::<Vec<_>>()
        .join(" ")
}

const EACH: &str = "[[reports]]\ndefinition = \"brief\"\neach_program = true\n";

#[test]
fn late_changed_and_gone_records_are_told_apart() {
    let folder = agency(&SENT, EACH);
    // In May, three of April's referrals had not been entered yet, one of March's had not been received, and one stood
    // there that has been deleted since.
    let mut early = with("P1", "2026-04", 41, 20);
    early.iter_mut().filter(|s| (s.0, s.1) == ("P2", "2026-03")).for_each(|s| *s = ("P2", "2026-03", 33, 15));
    reported_in_may(&folder, &early);
    // The first report ever has nothing to compare with.
    assert_eq!(shown(&document(&folder, "out/2026-05/brief.json")).0, None);
    reported_in_june(&folder, &SENT);

    let (section, care) = shown(&document(&folder, "out/2026-06/brief.json"));
    assert_eq!(care[0], "Two past months were restated since the May 2026 report; see \"Restated figures\".");
    insta::assert_snapshot!(section.expect("a section"));
    // Each program's own months only.
    let (own, care) = shown(&document(&folder, "out/2026-06/brief-P1.json"));
    let own = own.expect("a section");
    assert!(own.contains("Apr 2026 | 49% | 20 of 41 | 45% | 20 of 44 | 3 | 0 | 0 | 3 referrals"), "{own}");
    assert!(!own.contains("Mar 2026"), "{own}");
    assert!(care[0].starts_with("One past month was restated since"), "{care:?}");
    // The last report's place in the record, and the table in every format.
    let manifest = document(&folder, "out/2026-06/manifest.json");
    assert_eq!(manifest["reports"]["brief"]["restated_since"]["period"], "2026-05");
    assert!(
        folder
            .read_text("out/2026-06/tables/brief/restated-figures.csv")
            .contains("Apr 2026,0.49295774647887325,35 of 71")
    );
    assert!(folder.read_text("out/2026-06/brief.html").contains("Restated figures"));
    // Made again, it says the same: a report is not compared with itself.
    let before = folder.files("out");
    folder.attain(&["run", "--as-of", "2026-06-30", "--format", "json,csv,html,xlsx", "--quiet"]).expect(0);
    assert!(before == folder.files("out"));
}

#[test]
fn where_nothing_changed_there_is_no_section() {
    let folder = agency(&SENT, EACH);
    reported_in_may(&folder, &SENT);
    reported_in_june(&folder, &SENT);
    for name in ["brief", "brief-P1", "brief-P2"] {
        let (section, care) = shown(&document(&folder, &format!("out/2026-06/{name}.json")));
        assert_eq!(section, None);
        assert!(!care.iter().any(|line| line.contains("restated")), "{care:?}");
    }
    // A definition that is changed restates nothing.
    folder.replace("queries/received.sql", "r.outcome = 'received'", "r.outcome = 'no_show'");
    folder.attain(&["report", "--format", "json", "--quiet"]).expect(0);
    assert_eq!(shown(&document(&folder, "out/2026-06/brief.json")).0, None);
}

#[test]
fn a_snapshot_that_is_gone_is_said() {
    let folder = agency(&SENT, "[[reports]]\ndefinition = \"brief\"\n");
    reported_in_may(&folder, &with("P1", "2026-04", 41, 20));
    let id = folder.read_text("store/CURRENT").trim().to_owned();
    std::fs::remove_dir_all(folder.path().join("store/snapshots").join(&id)).expect("removed");
    reported_in_june(&folder, &SENT);
    let (section, care) = shown(&document(&folder, "out/2026-06/brief.json"));
    insta::assert_snapshot!(without_ids(&format!("{}\n\n{}", care[0], section.expect("a section"))));
}

#[test]
fn a_funder_learns_no_difference_of_a_few() {
    let report = "[[reports]]\ndefinition = \"brief\"\naudience = \"funder\"\n";
    let folder = agency(&SENT, report);
    // Three referrals of April came late, and twelve that were received of May.
    let mut early = with("P1", "2026-04", 41, 20);
    early.iter_mut().filter(|s| (s.0, s.1) == ("P1", "2026-05")).for_each(|s| *s = ("P1", "2026-05", 28, 13));
    reported_in_may(&folder, &early);
    reported_in_june(&folder, &SENT);
    let document = document(&folder, "out/2026-06/brief-funder.json");
    let (section, _) = shown(&document);
    let section = section.expect("a section");
    insta::assert_snapshot!(section);
    assert!(!document.to_string().contains("of 71"), "the earlier April");
}

#[derive(Debug, Clone, Copy)]
struct Counts {
    met: u64,
    not: u64,
    unknown: u64,
}

fn estimate(counts: Counts) -> Estimate {
    let n = counts.met + counts.not;
    Estimate {
        metric: "m".into(),
        version: String::new(),
        period: PeriodLabel {
            label: "2026-04".into(),
            start: "2026-04-01".into(),
            end: "2026-05-01".into(),
            partial: false,
        },
        group: Group::default(),
        statistic: Statistic::Share,
        at: None,
        outcome: None,
        estimate: (n > 0).then(|| counts.met as f64 / n as f64),
        lower: None,
        upper: None,
        level: 0.95,
        method: String::new(),
        numerator: Some(counts.met as f64),
        denominator: Some(n as f64),
        at_risk: None,
        events: None,
        censored: None,
        unknown: Some(counts.unknown),
        excluded: Some(0),
        status: None,
        note: None,
        people: None,
    }
}

fn any_counts() -> impl Strategy<Value = Counts> {
    (0u64..60, 0u64..60, 0u64..30).prop_map(|(met, not, unknown)| Counts { met, not, unknown })
}

proptest! {
    #[test]
    fn outside_no_difference_between_two_values_is_about_a_few(
        then in any_counts(), now in any_counts(), late in 0u64..30, changed in 0u64..30, small_cell in 3u32..15,
    ) {
        for audience in [Audience::Internal, Audience::Board, Audience::Funder, Audience::Public] {
            let released = |counts| release(vec![estimate(counts)], audience, small_cell).pop();
            let comparison = Comparison {
                then: estimate(then),
                now: estimate(now),
                then_released: released(then),
                now_released: released(now),
                records: Some(BTreeMap::from([("goals".to_owned(), Moved { late, changed, gone: 0 })])),
            };
            let lines = release_restatements(vec![comparison], audience, small_cell);
            prop_assert_eq!(lines.len(), usize::from(is_restated(&estimate(then), &estimate(now))));
            let Some(line) = lines.first() else { continue };
            let records = line.records.clone().expect("records");
            if audience == Audience::Internal {
                prop_assert_eq!(line.values.clone(), Some((estimate(then), estimate(now))));
                prop_assert_eq!((records.late, records.changed), (Some(late), Some(changed)));
                continue;
            }
            let small = |n: u64| n > 0 && n < u64::from(small_cell);
            prop_assert_eq!((records.late.is_none(), records.changed.is_none()), (small(late), small(changed)));
            prop_assert!(records.by_table.is_empty());
            let differences = [
                then.met.abs_diff(now.met),
                then.not.abs_diff(now.not),
                (then.met + then.not).abs_diff(now.met + now.not),
            ];
            let counts = [then, now].map(|c| [c.met, c.not]).concat();
            let some = then.met + then.not > 0 && now.met + now.not > 0;
            let safe = some && !differences.into_iter().chain(counts).any(small);
            prop_assert_eq!(line.values.is_some(), safe, "{:?} {:?}", then, now);
        }
    }
}

/// The same people with another mean: what lies between is what the few who changed it said.
#[test]
fn a_mean_of_as_many_as_before_is_not_given_outside() {
    let mean = |value: f64, n: f64| Estimate {
        statistic: Statistic::Mean,
        estimate: Some(value),
        numerator: None,
        denominator: Some(n),
        unknown: Some(0),
        ..estimate(Counts { met: 20, not: 20, unknown: 0 })
    };
    let given = |then: Estimate, now: Estimate| {
        let released = |e: &Estimate| release(vec![e.clone()], Audience::Public, 11).pop();
        let (then_released, now_released) = (released(&then), released(&now));
        let comparison = Comparison { then, now, then_released, now_released, records: None };
        release_restatements(vec![comparison], Audience::Public, 11)[0].values.is_some()
    };
    assert!(!given(mean(2.0, 40.0), mean(2.1, 40.0)));
    assert!(!given(mean(2.0, 40.0), mean(2.1, 45.0)));
    assert!(given(mean(2.0, 40.0), mean(2.1, 55.0)));
}
