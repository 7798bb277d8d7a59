//! The clients' way at good and nasty inputs.

use super::LONG;
use super::given::{blank, path_of, released, stage};
use super::sound::{assert_figure, shapes, texts};
use crate::chart::*;
use crate::measure::{Estimate, Note, Statistic};
use crate::release::Released;
use proptest::prelude::*;

fn whole() -> Vec<PathStage> {
    vec![
        stage("Referral", "had an intake", 312, 60, 40),
        stage("Intake", "got a first service", 250, 0, 62),
        stage("First service", "", 180, 51, 19),
    ]
}

fn withheld() -> Released<Estimate> {
    released(Estimate { note: Some(Note::Withheld), ..blank(Statistic::Share) })
}

fn written(figure: &Figure) -> Vec<String> {
    texts(&figure.svg).into_iter().map(|(text, _)| text).collect()
}

#[test]
fn each_stage_tells_who_went_on_who_waits_and_who_left() {
    let figure = client_path(&path_of("p", whole()));
    assert_figure(&figure);
    assert_eq!(
        figure.alt,
        "Stacked bars on one scale, a row per stage: The way from referral to exit. \
         Referral, 412 clients: 312 had an intake, 76%; 60 still waiting, 15%; 40 left, 10%; \
         half had an intake within 9 days. \
         Intake, 312 clients: 250 got a first service, 80%; nobody still waiting; 62 left, 20%; \
         half got a first service within 9 days. \
         First service, 250 clients: 180 went on, 72%; 51 still waiting, 20%; 19 left, 8%; half went on within 9 days."
    );
    let written = written(&figure);
    for label in [
        "312 had an intake, 76%",
        "nobody still waiting",
        "19 left, 8%",
        "412 clients",
        "half had an intake within 9 days",
    ] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
    assert!(figure.caption.contains("Each row holds those who went on from the row above."), "{}", figure.caption);
    assert!(!figure.caption.contains("do not fit"), "{}", figure.caption);
    let row = |at: usize| -> Vec<&str> { figure.table.rows[at].iter().map(|cell| cell.text.as_str()).collect() };
    assert_eq!(row(0), ["Referral", "all", "412", "", "", "", ""]);
    assert_eq!(row(1), ["Referral", "had an intake", "312", "76%", "9", "7", "12"]);
    assert_eq!(row(4), ["Referral", "left: moved away", "20", "5%", "", "", ""]);
}

#[test]
fn bars_are_as_long_as_their_people_are_many() {
    let figure = client_path(&path_of("p", whole()));
    let blue: Vec<f64> = shapes(&figure.svg)
        .into_iter()
        .filter(|(tag, room)| tag.contains("#0072b2") && room[3] - room[1] > 12.0)
        .map(|(_, room)| room[2] - room[0])
        .collect();
    assert_eq!(blue.len(), 3);
    assert!((blue[0] / blue[1] - 312.0 / 250.0).abs() < 0.01, "{blue:?}");
    assert!((blue[0] / blue[2] - 312.0 / 180.0).abs() < 0.01, "{blue:?}");
}

#[test]
fn behind_a_withheld_stage_all_are() {
    let mut stages = whole();
    stages[1].wait = Some(withheld());
    let figure = client_path(&path_of("p", stages.clone()));
    assert_figure(&figure);
    assert!(figure.alt.ends_with("Intake: withheld. First service: withheld."), "{}", figure.alt);
    let written = written(&figure);
    assert!(!written.iter().any(|t| t.contains("250") || t.contains("180") || t.contains("62")), "{written:?}");
    assert!(!figure.table.rows.iter().any(|row| row[0].text != "Referral" && row[2].value.is_some()));

    // A single withheld reason would be all who left less the others.
    let mut stages = whole();
    stages[0].left_by[1].estimate = withheld();
    let figure = client_path(&path_of("p", stages));
    let reasons = figure.table.rows.iter().filter(|row| row[0].text == "Referral" && row[1].text.starts_with("left: "));
    assert!(
        reasons.clone().count() == 2 && reasons.clone().all(|row| row[2].text == "withheld" && row[3].value.is_none())
    );
}

#[test]
fn what_does_not_nest_is_said() {
    let stages = vec![whole()[0].clone(), whole()[2].clone()];
    let figure = client_path(&path_of("p", stages));
    assert_figure(&figure);
    assert!(figure.caption.contains("312 went on from Referral, and 250 are in First service"), "{}", figure.caption);
}

#[test]
fn fewer_than_half_is_said_and_no_median() {
    let figure = client_path(&path_of("p", vec![stage("Referral", "taken in", 10, 20, 12)]));
    assert_figure(&figure);
    assert!(written(&figure).iter().any(|t| t == "fewer than half taken in"), "{:?}", written(&figure));
    assert_eq!(figure.table.rows[1][4].text, "not reached");
    let mut nobody = stage("Goals", "completed", 0, 0, 0);
    nobody.wait = None;
    let figure = client_path(&path_of("p", vec![stage("Referral", "taken in", 0, 20, 12), nobody]));
    assert_figure(&figure);
    assert!(figure.alt.ends_with("Goals: nobody."), "{}", figure.alt);
}

#[test]
fn nobody_is_told_in_words() {
    let stages = vec![stage("Referral", "had an intake", 0, 0, 3), stage("Intake", "", 0, 0, 0)];
    let figure = client_path(&path_of("p", stages));
    assert_figure(&figure);
    let written = written(&figure);
    for label in ["nobody had an intake", "nobody still waiting", "3 left, 100%", "nobody stands here"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
}

#[test]
fn nasty_paths_stay_sound() {
    let counts = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (1_234_567, 1, 1), (1, 1_234_567, 1), (1, 1, 1_234_567)];
    for count in [0, 1, 2, 6, 12] {
        for label in ["A", LONG, ""] {
            for next in ["went on to the next thing", LONG, ""] {
                for (at, _) in counts.iter().enumerate() {
                    let stages = (0..count).map(|i| {
                        let (on, waiting, left) = counts[(at + i) % counts.len()];
                        stage(&format!("{label} {i}"), next, on, waiting, left)
                    });
                    assert_figure(&client_path(&path_of("p", stages.collect())));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_path_is_sound(
        people in 0u64..10_000,
        shares in prop::collection::vec((0.0..=1.0f64, 0.0..=1.0f64), 0..7),
        label in "\\PC{0,60}",
        next in "\\PC{0,60}",
    ) {
        let mut people = people;
        let stages = shares.iter().map(|(on, waiting)| {
            let on = (people as f64 * on) as u64;
            let waiting = ((people - on) as f64 * waiting) as u64;
            let stage = stage(&label, &next, on, waiting, people - on - waiting);
            people = on;
            stage
        });
        let figure = client_path(&path_of("p", stages.collect()));
        assert_figure(&figure);
        prop_assert!(!figure.caption.contains("do not fit"), "{}", figure.caption);
    }
}
