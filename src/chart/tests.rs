//! Every chart at good and nasty inputs: well-formed, nothing overlaps or leaves the picture, no number lost.

mod dots;
mod dumbbell;
mod funnel;
mod gallery;
mod given;
mod path;
mod sound;

use super::*;
use crate::measure::{Estimate, Note, Statistic, Status};
use given::{blank, curve, curves, released, row, rows, series, share, subject};
use proptest::prelude::*;
use sound::{assert_figure, assert_picture, texts};

const LONG: &str =
    "Multidisciplinary Intensive Outpatient Treatment & Family Reunification Program <North-East> of the County";

const RANGE: Expected = Expected { centre: 0.55, lower: 0.40, upper: 0.70 };

fn a_trend(points: Vec<Point>, unit: Unit, target: Option<f64>, axis: Axis) -> Trend {
    Trend { subject: subject("a-trend", "First service within 14 days, by month", unit), points, target, axis }
}

#[test]
fn a_trend_says_its_last_value_target_range_and_marks() {
    let values: Vec<Option<f64>> = (0..24).map(|i| Some(0.5 + f64::from(i % 5) * 0.02)).collect();
    let mut points = series(&values, Some(RANGE));
    points[20].signal = Signal::Better;
    points[3].signal = Signal::Worse;
    let figure = trend(&a_trend(points, Unit::Share, Some(0.8), Axis::Full));
    assert_figure(&figure);
    for said in [
        "Last value 56% in June 2026 (47 of 84 referrals)",
        "Expected range 40 to 70%",
        "Target 80%",
        "better: March 2026",
    ] {
        assert!(figure.alt.contains(said), "{said}: {}", figure.alt);
    }
    for said in ["for the better, March 2026", "for the worse, October 2024", "Dashed line"] {
        assert!(figure.caption.contains(said), "{said}: {}", figure.caption);
    }
    let written: Vec<String> = texts(&figure.svg).into_iter().map(|(text, _)| text).collect();
    for label in ["56%", "June 2026", "target 80%", "40 to 70%", "100%", "2025"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
    assert_eq!(figure.table.rows.len(), 24);
}

#[test]
fn a_gap_breaks_the_line_and_is_said() {
    let points = series(&[Some(0.5), Some(0.6), None, Some(0.4), None, Some(0.5), Some(0.5)], None);
    let figure = trend(&a_trend(points, Unit::Share, None, Axis::Full));
    assert_figure(&figure);
    assert_eq!(figure.svg.matches("<polyline").count() - figure.svg.matches("stroke=\"#d9dee3\"").count(), 2);
    assert!(figure.alt.contains("No value in 2 of them"));
    assert_eq!(figure.table.rows[2][1].text, "too few");
}

#[test]
fn nasty_series_stay_sound() {
    let units = [Unit::Share, Unit::Count, Unit::Number { decimals: 1, of: "per 100 client-months".to_owned() }];
    let many: Vec<Option<f64>> = (0..60).map(|i| Some(f64::from(i))).collect();
    let cases: Vec<Vec<Option<f64>>> = vec![
        vec![],
        vec![None],
        vec![None; 24],
        vec![Some(0.0)],
        vec![Some(1.0)],
        vec![Some(0.0); 24],
        vec![Some(f64::NAN), Some(0.3), Some(f64::INFINITY)],
        vec![None, None, Some(0.5)],
        vec![Some(1_234_567.8), Some(-3.0)],
        many,
    ];
    for unit in units {
        for values in &cases {
            for expected in [None, Some(RANGE)] {
                for (target, axis) in [
                    (None, Axis::Full),
                    (Some(0.55), Axis::Fitted),
                    (Some(0.0), Axis::Full),
                    (Some(f64::NAN), Axis::Fitted),
                ] {
                    {
                        let mut points = series(values, expected);
                        if let Some(last) = points.last_mut() {
                            last.signal = Signal::Worse;
                        }
                        assert_picture(&sparkline(&subject("s", "History", unit.clone()), &points));
                        assert_figure(&trend(&a_trend(points, unit.clone(), target, axis)));
                    }
                }
            }
        }
    }
}

#[test]
fn small_multiples_share_one_scale_and_keep_every_name_in_the_table() {
    for count in [0, 1, 2, 4, 13, 40] {
        let panels: Vec<Panel> = (0..count)
            .map(|i| {
                let values: Vec<Option<f64>> =
                    (0..24).map(|m| (i != 1).then(|| 0.3 + f64::from((m * (i + 3)) % 7) / 20.0)).collect();
                Panel {
                    label: format!("{LONG} {i}"),
                    points: series(&values, (i > 0).then_some(RANGE)),
                    target: (i != 1).then_some(0.65),
                }
            })
            .collect();
        let input = SmallMultiples {
            subject: subject("by-program", "Goals achieved, by program", Unit::Share),
            panels,
            axis: Axis::Full,
        };
        let figure = small_multiples(&input);
        assert_figure(&figure);
        assert_eq!(figure.table.rows.len(), 24 * usize::try_from(count).unwrap());
        assert!(figure.table.rows.iter().all(|row| row[0].text.starts_with(LONG)));
    }
}

#[test]
fn a_curve_says_its_horizons_and_ends_with_its_follow_up() {
    let mut input = curves("served", vec![curve("served", 0.8, 14.0, 60, 140)], &[7, 14, 30, 60]);
    input.competing = Some(curve("withdrew", 0.15, 20.0, 60, 140));
    input.target = Some(DayTarget { day: 14, share: 0.8 });
    let figure = share_by_day(&input);
    assert_figure(&figure);
    assert!(
        figure.alt.contains("within 14 days") && figure.alt.contains("Target 80% within 14 days"),
        "{}",
        figure.alt
    );
    let written: Vec<String> = texts(&figure.svg).into_iter().map(|(text, _)| text).collect();
    for label in ["7", "14", "30", "60 days", "At risk", "140", "target 80%", "served", "withdrew 14%"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
    assert_eq!(figure.table.rows.len(), 8);

    // Followed 400 days only: nothing is drawn, and "not yet followed" said, at two years.
    let returned = curves("returned", vec![curve("returned", 0.4, 300.0, 400, 201)], &[182, 365, 730]);
    let figure = return_curve(&returned);
    assert_figure(&figure);
    assert!(figure.alt.contains("not yet followed to 24 months"), "{}", figure.alt);
    assert!(figure.table.rows.iter().any(|row| row[1].text == "24 months" && row[2].text == "not yet followed"));
}

#[test]
fn nasty_curves_stay_sound() {
    let empty = Curve { label: LONG.to_owned(), points: vec![] };
    let unknown = Curve {
        label: "unknown".to_owned(),
        points: vec![released(Estimate { at: Some(14), note: Some(Note::NotReached), ..blank(Statistic::ShareByDay) })],
    };
    let sparse = Curve {
        label: LONG.to_owned(),
        points: [7, 14, 30]
            .map(|day| released(Estimate { at: Some(day), at_risk: Some(12), ..share(u64::from(day), 60) }))
            .to_vec(),
    };
    let sets: Vec<Vec<Curve>> = vec![
        vec![],
        vec![empty.clone()],
        vec![unknown.clone()],
        vec![sparse.clone()],
        vec![curve("all", 1.0, 0.01, 60, 5)],
        vec![curve("none", 0.0, 14.0, 60, 1_000_000)],
        vec![curve(LONG, 0.7, 14.0, 60, 84), curve(LONG, 0.701, 14.0, 60, 84), sparse, unknown, empty],
        (0..6).map(|i| curve(&format!("Program {i}"), 0.5, 14.0, 20 + i * 8, 84)).collect(),
        vec![curve("one day", 0.5, 1.0, 1, 3)],
    ];
    for set in sets {
        for horizons in [&[][..], &[7, 14, 30, 60], &[0, 1, 2, 3, 365], &[182, 365, 730, 1095], &[14]] {
            for target in [None, Some(DayTarget { day: 14, share: 0.8 }), Some(DayTarget { day: 60, share: 1.0 })] {
                for axis in [Axis::Full, Axis::Fitted] {
                    let mut input = curves("nasty", set.clone(), horizons);
                    input.target = target;
                    input.axis = axis;
                    input.competing = (horizons.len() > 1).then(|| curve(LONG, 0.3, 5.0, 60, 84));
                    assert_figure(&share_by_day(&input));
                }
            }
        }
    }
}

#[test]
fn rows_say_unknown_and_too_few_in_words() {
    let thin = Estimate { status: Some(Status::TooFew), ..share(2, 3) };
    let withheld = Estimate { note: Some(Note::Withheld), ..blank(Statistic::Share) };
    let figure = goals_by_domain(&rows(
        "goals",
        vec![
            row("Housing", share(9, 23), Some(0.65)),
            row("Income", thin, Some(0.65)),
            row("Legal", withheld, Some(0.65)),
            row("Health", share(0, 0), Some(0.65)),
        ],
    ));
    assert_figure(&figure);
    for said in [
        "Housing: 39% (9 of 23 referrals), 95% interval",
        "Income: 67%",
        "too few to judge",
        "Legal: withheld",
        "Health: no data",
        "Target 65%",
    ] {
        assert!(figure.alt.contains(said), "{said}: {}", figure.alt);
    }
    let written: Vec<String> = texts(&figure.svg).into_iter().map(|(text, _)| text).collect();
    for label in ["Housing", "39%", "9 of 23", "withheld", "no data", "target 65%"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
}

#[test]
fn nasty_rows_stay_sound() {
    for count in [0u64, 1, 3, 13, 25, 40] {
        for targets in [0, 1, 2] {
            let rows_of: Vec<Row> = (0..count)
                .map(|i| {
                    let target = match targets {
                        0 => None,
                        1 => Some(1.0),
                        _ => (i % 3 > 0).then_some(0.3 + i as f64 / 80.0),
                    };
                    row(&format!("{LONG} {i}"), share(i * 1000, if i == 2 { 0 } else { 40_000 }), target)
                })
                .collect();
            for axis in [Axis::Full, Axis::Fitted] {
                let figure = programs(&Rows { axis, ..rows("programs", rows_of.clone()) });
                assert_figure(&figure);
                assert_eq!(figure.table.rows.len() as u64, count);
            }
        }
    }
}

#[test]
fn pictures_are_sound_at_the_ends_of_their_scale() {
    let hours = Unit::Number { decimals: 1, of: "hours".to_owned() };
    for unit in [Unit::Share, Unit::Count, hours] {
        for estimate in [share(0, 12), share(12, 12), share(58, 100), blank(Statistic::Share)] {
            for target in [None, Some(0.0), Some(0.65), Some(1.0), Some(1234.5)] {
                let subject = subject("p", "Goals achieved", unit.clone());
                assert_picture(&interval_picture(&subject, &released(estimate.clone()), target));
            }
        }
    }
    let picture = interval_picture(&subject("p", "Goals", Unit::Share), &released(share(62, 107)), Some(0.65));
    assert!(
        picture.alt.starts_with("58% (62 of 107 referrals), 95% interval 48 to 68%, target 65%"),
        "{}",
        picture.alt
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let input = curves("served", vec![curve("served", 0.8, 14.0, 60, 140)], &[7, 14, 30]);
    assert_eq!(share_by_day(&input), share_by_day(&input));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_series_is_sound(
        values in prop::collection::vec(prop::option::of(0.0..=1.0f64), 0..40),
        centre in 0.2..0.8f64,
        target in prop::option::of(0.0..=1.0f64),
    ) {
        let points = series(&values, Some(Expected { centre, lower: centre - 0.2, upper: centre + 0.2 }));
        assert_figure(&trend(&a_trend(points, Unit::Share, target, Axis::Full)));
    }

    #[test]
    fn any_rows_are_sound(counts in prop::collection::vec((0u64..60, 0u64..60), 0..20), label in "\\PC{0,80}") {
        let rows_of = counts.iter().map(|(a, b)| row(&label, share(*a.min(b), *b), Some(0.6))).collect();
        assert_figure(&goals_by_domain(&rows("goals", rows_of)));
    }
}
