//! Funnels at good and nasty inputs.

use super::LONG;
use super::gallery::many_groups;
use super::given::{blank, funnel_of, limits, ratios, released};
use super::sound::{assert_figure, shapes, texts};
use crate::chart::*;
use crate::measure::{Estimate, Note, Position, Statistic};
use proptest::prelude::*;

fn programs() -> Vec<(String, u64, u64)> {
    let named = |(label, met, n): (&str, u64, u64)| (label.to_owned(), met, n);
    [("Youth drop-in", 31, 44), ("outreach", 210, 340), ("Harbor House", 41, 108), ("Legal aid", 3, 7)]
        .map(named)
        .to_vec()
}

fn written(figure: &Figure) -> Vec<String> {
    texts(&figure.svg).into_iter().map(|(text, _)| text).collect()
}

/// No name covers a mark: a small disc or square.
fn assert_marks_are_free(figure: &Figure) {
    let small = |room: &[f64; 4]| room[2] - room[0] < 12.0 && room[3] - room[1] < 12.0;
    let is_mark = |tag: &str| (tag.starts_with("circle") || tag.starts_with("rect")) && !tag.contains("#ffffff");
    let marks = shapes(&figure.svg).into_iter().filter(|(tag, room)| small(room) && is_mark(tag));
    for (mark, [l, t, r, b]) in marks {
        for (text, [left, top, right, bottom]) in texts(&figure.svg) {
            let apart = right <= l || r <= left || bottom <= t || b <= top;
            assert!(apart, "{text:?} covers {mark}");
        }
    }
}

#[test]
fn a_funnel_names_those_outside_and_tells_all_by_name() {
    let figure = funnel(&funnel_of("f", &programs(), 0.62));
    assert_figure(&figure);
    assert_marks_are_free(&figure);
    assert_eq!(
        figure.alt,
        "Funnel chart: First service within 14 days, by program. 4 shown, with 7 to 340 referrals. These together 62%. \
         Outside the 99.8% limits: Harbor House: 38% (41 of 108 referrals), worse, limits 48 to 76%. \
         Within the limits: 2. Not held against limits: 1."
    );
    let written = written(&figure);
    for label in ["Harbor House: 38%, 41 of 108", "62%", "these together", "95% limit", "99.8% limit"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
    // So few are all named; of more, those outside are.
    assert!(written.iter().any(|t| t.starts_with("outreach")), "{written:?}");
    let within: Vec<_> = (0..12).map(|i| (format!("Quiet {i}"), 62 + i % 3, 100)).collect();
    let many = funnel(&funnel_of("f", &[programs(), within].concat(), 0.62));
    assert_figure(&many);
    let written = self::written(&many);
    assert!(written.iter().any(|t| t.starts_with("Harbor House")), "{written:?}");
    assert!(!written.iter().any(|t| t.contains("Quiet") || t.contains("outreach")), "{written:?}");
    for said in ["Orange squares: outside, worse.", "With a rim", "Hollow: too few (under 10)", "They vary 1.2 times"] {
        assert!(figure.caption.contains(said), "{said}: {}", figure.caption);
    }
    assert!(!figure.caption.contains("Green"), "{}", figure.caption);
    let names: Vec<&str> = figure.table.rows.iter().map(|row| row[0].text.as_str()).collect();
    assert_eq!(names, ["Harbor House", "Legal aid", "outreach", "Youth drop-in"]);
    let house: Vec<&str> = figure.table.rows[0].iter().map(|cell| cell.text.as_str()).collect();
    assert_eq!(house[4..], ["41", "108", "53%", "71%", "48%", "76%", "outside 99.8%, worse"]);
}

#[test]
fn two_groups_are_both_named() {
    let figure = funnel(&funnel_of("f", &programs()[..2], 0.62));
    assert_figure(&figure);
    let written = written(&figure);
    for label in ["Youth drop-in: 70%, 31 of 44", "outreach: 62%, 210 of 340"] {
        assert!(written.iter().any(|t| t == label), "{label}: {written:?}");
    }
}

#[test]
fn a_withheld_group_is_placed_nowhere_whatever_else_is_known_of_it() {
    for adjusted in [false, true] {
        let of = |input: Funnel| if adjusted { ratios(input) } else { input };
        let without = of(funnel_of("f", &programs(), 0.62));
        let mut with = without.clone();
        with.groups.push(FunnelGroup {
            label: "Secret".to_owned(),
            estimate: released(Estimate { note: Some(Note::Withheld), ..blank(Statistic::Share) }),
            ratio: Some(ObservedOverExpected {
                observed: 3.0,
                expected: 444.0,
                ratio: 0.77,
                lower: Some(0.7),
                upper: Some(0.8),
            }),
            limits: Some(limits(0.62, 444.0)),
            position: Position::Outside998,
            signal: Signal::Worse,
        });
        let (plain, figure) = (funnel(&without), funnel(&with));
        assert_figure(&figure);
        // But for the description, which says that it is not shown.
        let drawn = |figure: &Figure| figure.svg.split_once("</desc>").map(|(_, rest)| rest.to_owned());
        assert_eq!(drawn(&plain), drawn(&figure));
        assert!(figure.alt.ends_with("Not shown: Secret (withheld)."), "{}", figure.alt);
        let row = figure.table.rows.iter().find(|row| row[0].text == "Secret").unwrap();
        assert_eq!(row[1].text, "withheld");
        assert!(row[2..].iter().all(|cell| cell.text.is_empty() && cell.value.is_none()), "{row:?}");
    }
}

#[test]
fn ratios_stand_around_one_by_what_is_expected() {
    let figure = funnel(&ratios(funnel_of("f", &programs(), 0.62)));
    assert_figure(&figure);
    assert!(figure.alt.contains("As expected is 1.00."), "{}", figure.alt);
    assert!(figure.alt.contains("Harbor House: 0.76 (41 observed, 54.0 expected), worse"), "{}", figure.alt);
    let headings: Vec<&str> = figure.table.columns.iter().map(|c| c.heading.as_str()).collect();
    assert_eq!(headings[1..6], ["Observed over expected", "95% from", "95% to", "Observed", "Expected"]);
}

#[test]
fn nasty_funnels_stay_sound() {
    for count in [0, 1, 2, 3, 13, 40, 120] {
        for label in ["A", "Case manager", LONG, ""] {
            for axis in [Axis::Full, Axis::Fitted] {
                let plain = Funnel { axis, ..funnel_of("f", &many_groups(count, label), 0.62) };
                let bare = Funnel { limits: vec![], centre: None, ..plain.clone() };
                for input in [ratios(plain.clone()), plain, bare] {
                    let figure = funnel(&input);
                    assert_figure(&figure);
                    assert_marks_are_free(&figure);
                    assert_eq!(figure.table.rows.len(), count as usize);
                }
            }
        }
    }
}

#[test]
fn limits_that_cannot_be_drawn_are_left_out() {
    let plain = funnel_of("f", &programs(), 0.62);
    let odd = |size: f64, lower: f64, upper: f64| FunnelLimits {
        size,
        lower_95: lower,
        upper_95: upper,
        lower_998: lower,
        upper_998: upper,
    };
    let sets = [
        vec![odd(f64::NAN, 0.1, 0.9), odd(0.0, 0.1, 0.9), odd(10.0, f64::NEG_INFINITY, f64::NAN)],
        vec![odd(10.0, -1e300, 1e300), odd(400.0, 0.5, 0.7)],
        vec![odd(50.0, 0.4, 0.8)],
        vec![odd(1e-300, 0.0, 1.0), odd(1e300, 0.6, 0.64)],
        vec![odd(1_000.0, 0.6, 0.64), odd(2_000.0, 0.61, 0.63)],
    ];
    for limits in sets {
        for centre in [None, Some(f64::NAN), Some(0.62), Some(17.0)] {
            assert_figure(&funnel(&Funnel { limits: limits.clone(), centre, ..plain.clone() }));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_funnel_is_sound(
        counts in prop::collection::vec((0u64..60, 0u64..5_000), 0..45),
        label in "\\PC{0,60}",
        centre in 0.02..0.98f64,
        fitted in any::<bool>(),
    ) {
        let groups: Vec<_> =
            counts.iter().enumerate().map(|(i, (met, n))| (format!("{label} {i}"), *met.min(n), *n)).collect();
        let axis = if fitted { Axis::Fitted } else { Axis::Full };
        let input = Funnel { axis, ..funnel_of("f", &groups, centre) };
        let figure = funnel(&input);
        assert_figure(&figure);
        assert_marks_are_free(&figure);
        assert_figure(&funnel(&ratios(input)));
    }
}

#[test]
fn the_same_value_everywhere_makes_a_funnel_too() {
    for met in [0, 40] {
        let groups: Vec<_> = (0..40).map(|i| (format!("Case manager {i}"), met, 40)).collect();
        let figure = funnel(&funnel_of("f", &groups, 0.5));
        assert_figure(&figure);
        assert!(figure.caption.contains("more outside had no room for a name"), "{}", figure.caption);
    }
    let one = vec![("Alone".to_owned(), 0, 1)];
    assert_figure(&funnel(&funnel_of("f", &one, 0.5)));
}
