//! Dumbbells at good and nasty inputs.

use super::LONG;
use super::given::{blank, dumbbell, dumbbells_of, share, subject};
use super::sound::{assert_figure, texts};
use crate::chart::*;
use crate::measure::{Estimate, Note, Statistic, Status};
use proptest::prelude::*;

fn written(figure: &Figure) -> Vec<String> {
    texts(&figure.svg).into_iter().map(|(text, _)| text).collect()
}

#[test]
fn a_row_tells_before_now_and_target() {
    let mut first = dumbbell("First service", Some(share(41, 79)), share(60, 84), Some(0.8));
    first.signal = Signal::Better;
    let figure = dumbbells(&dumbbells_of("d", vec![first]));
    assert_figure(&figure);
    assert_eq!(
        figure.alt,
        "Dumbbell chart: Objectives, this year and last. 1 row, July 2024 to June 2025 and July 2025 to June 2026. \
         First service: 71% (60 of 84 referrals), 95% interval 61 to 82%, before 52%, target 80%, \
         a real change for the better."
    );
    let written = written(&figure);
    for label in ["First service", "80%", "52%", "71%", "60 of 84", "June 2025", "June 2026"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
    assert!(figure.caption.contains("Green with a rim: a real change for the better."), "{}", figure.caption);
    let row: Vec<&str> = figure.table.rows[0].iter().map(|cell| cell.text.as_str()).collect();
    assert_eq!(row, ["First service", "52%", "41", "79", "71%", "61%", "82%", "60", "84", "80%", "better"]);
}

#[test]
fn what_a_row_lacks_is_said() {
    let because = |note| Estimate { note: Some(note), ..blank(Statistic::Share) };
    let mut lost = dumbbell("Housed", Some(share(5, 9)), because(Note::Withheld), Some(0.5));
    lost.signal = Signal::Worse;
    let figure = dumbbells(&dumbbells_of(
        "d",
        vec![
            dumbbell("Employed", None, share(31, 70), None),
            dumbbell("Returned", Some(because(Note::NotCollected)), share(48, 201), Some(0.25)),
            lost,
            dumbbell("Insured", None, blank(Statistic::Share), None),
            dumbbell("Thin", None, Estimate { status: Some(Status::TooFew), ..share(2, 3) }, None),
        ],
    ));
    assert_figure(&figure);
    for said in [
        "Employed: 44% (31 of 70 referrals), 95% interval 31 to 57%, before not measured, no target.",
        "before not collected, target 25%.",
        "Housed: withheld, before 56%, target 50%.",
        "Insured: no data, before not measured, no target.",
        "too few to judge",
    ] {
        assert!(figure.alt.contains(said), "{said}: {}", figure.alt);
    }
    assert!(!figure.alt.contains("real change") && !figure.caption.contains("Orange"), "{}", figure.alt);
    let written = written(&figure);
    for label in ["not measured", "not collected", "withheld", "no data", "no target", "no values", "2 of 3, too few"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
    // Nothing of the withheld value is drawn: the row's only mark is the hollow one.
    assert_eq!(figure.table.rows[2][4].text, "withheld");
    assert!(figure.table.rows[2][5..9].iter().all(|cell| cell.value.is_none()));
}

#[test]
fn nasty_dumbbells_stay_sound() {
    let units = [Unit::Share, Unit::Count, Unit::Number { decimals: 1, of: "dollars per client and month".to_owned() }];
    for unit in units {
        for count in [0u64, 1, 3, 16, 17, 40] {
            for label in ["A", LONG, ""] {
                for axis in [Axis::Full, Axis::Fitted] {
                    let rows = (0..count).map(|i| {
                        let before = (i % 4 > 0).then(|| share(i * 900, 40_000));
                        let target = [None, Some(0.0), Some(1.0), Some(f64::NAN)][i as usize % 4];
                        let now = if i % 5 == 4 { blank(Statistic::Share) } else { share(i * 37 % 40, 40) };
                        let signal = [Signal::None, Signal::Better, Signal::Worse][i as usize % 3];
                        DumbbellRow { signal, ..dumbbell(&format!("{label} {i}"), before, now, target) }
                    });
                    let mut input = dumbbells_of("d", rows.collect());
                    (input.axis, input.subject) = (axis, subject("d", "Objectives", unit.clone()));
                    for period in ["2025", LONG, ""] {
                        (input.before, input.now) = (period.to_owned(), period.to_owned());
                        let figure = dumbbells(&input);
                        assert_figure(&figure);
                        assert_eq!(figure.table.rows.len() as u64, count);
                    }
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_dumbbells_are_sound(
        rows in prop::collection::vec((0u64..60, 0u64..60, 0u64..60, prop::option::of(0.0..=1.0f64)), 0..25),
        label in "\\PC{0,80}",
    ) {
        let rows = rows.iter().map(|(a, b, n, target)| {
            dumbbell(&label, (b % 3 > 0).then(|| share(*b.min(n), *n)), share(*a.min(n), *n), *target)
        });
        assert_figure(&dumbbells(&dumbbells_of("d", rows.collect())));
    }
}
