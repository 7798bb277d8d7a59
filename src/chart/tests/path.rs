//! The clients' way at good and nasty inputs.

use super::LONG;
use super::given::{blank, path_of, released, share, stage};
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
         Referral, 412 clients: 312 had an intake, 76%; 60 still waiting, 15%; 40 left, 10%. \
         Intake, 312 clients: 250 got a first service, 80%; nobody still waiting; 62 left, 20%. \
         First service, 250 clients: 180 went on, 72%; 51 still waiting, 20%; 19 left, 8%."
    );
    let written = written(&figure);
    for label in ["312 had an intake, 76%", "nobody still waiting", "19 left, 8%", "412 clients"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
    assert!(figure.caption.contains("Each row holds those who went on from the row above."), "{}", figure.caption);
    assert!(!figure.caption.contains("do not fit"), "{}", figure.caption);
    let row = |at: usize| -> Vec<&str> { figure.table.rows[at].iter().map(|cell| cell.text.as_str()).collect() };
    assert_eq!(row(0), ["Referral", "all", "412", ""]);
    assert_eq!(row(1), ["Referral", "had an intake", "312", "76%"]);
    assert_eq!(row(4), ["Referral", "left: moved away", "20", "5%"]);
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
fn a_withheld_part_hides_its_stage_and_who_went_on_hides_the_next() {
    let mut stages = whole();
    stages[1].left = withheld();
    let figure = client_path(&path_of("p", stages.clone()));
    assert_figure(&figure);
    assert!(figure.alt.contains("Intake: withheld. First service, 250 clients"), "{}", figure.alt);
    assert!(!written(&figure).iter().any(|t| t.contains("250 got") || t.contains("62")), "{:?}", written(&figure));
    assert!(!figure.table.rows.iter().any(|row| row[0].text == "Intake" && row[2].value.is_some()));

    stages[1].went_on = withheld();
    let figure = client_path(&path_of("p", stages));
    assert_figure(&figure);
    assert!(figure.alt.ends_with("Intake: withheld. First service: withheld."), "{}", figure.alt);

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
fn what_does_not_nest_or_add_up_is_said() {
    let mut stages = vec![whole()[0].clone(), whole()[2].clone()];
    let figure = client_path(&path_of("p", stages.clone()));
    assert_figure(&figure);
    assert!(figure.caption.contains("312 went on from Referral, and 250 are in First service"), "{}", figure.caption);
    stages[1].left = released(share(9, 250));
    let figure = client_path(&path_of("p", stages));
    assert_figure(&figure);
    assert!(figure.caption.contains("The parts of First service are 240 of 250"), "{}", figure.caption);
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
