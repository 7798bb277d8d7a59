//! Distributions at good and nasty inputs.

use super::LONG;
use super::given::{blank, released, subject};
use super::sound::{assert_figure, shapes, texts};
use crate::chart::*;
use crate::measure::{Estimate, Note, Statistic};
use crate::release::Released;
use proptest::prelude::*;

fn mean(value: Option<f64>) -> Released<Estimate> {
    let note = if value.is_some() { None } else { Some(Note::NoData) };
    released(Estimate { estimate: value, denominator: Some(1.0), note, ..blank(Statistic::Mean) })
}

pub(super) fn dots_of(name: &str, of: &str, values: &[Option<f64>]) -> Dots {
    let mut known: Vec<f64> = values.iter().copied().flatten().filter(|v| v.is_finite()).collect();
    known.sort_by(f64::total_cmp);
    let at = |share: f64| known.get((share * known.len().saturating_sub(1) as f64) as usize).copied();
    Dots {
        subject: subject(name, "Caseloads, June 2026", Unit::Number { decimals: 1, of: "cases".to_owned() }),
        of: of.to_owned(),
        dots: values
            .iter()
            .enumerate()
            .map(|(i, value)| Dot { label: format!("{of} {i}"), estimate: mean(*value) })
            .collect(),
        median: at(0.5).map(|v| mean(Some(v))),
        quartiles: at(0.25).zip(at(0.75)).map(|(l, u)| [mean(Some(l)), mean(Some(u))]),
        axis: Axis::Full,
    }
}

fn circles(figure: &Figure) -> usize {
    shapes(&figure.svg).into_iter().filter(|(tag, _)| tag.starts_with("circle")).count()
}

#[test]
fn each_has_a_dot_and_nobody_is_named() {
    let figure = dots(&dots_of("d", "Case manager", &[Some(10.0), Some(20.0), Some(20.0), Some(31.5), None]));
    assert_figure(&figure);
    assert_eq!(circles(&figure), 4);
    assert_eq!(
        figure.alt,
        "Dot chart, a dot per case manager: Caseloads, June 2026. 4 shown, from 10.0 to 31.5 cases. Median 20.0 cases. \
         The middle half lies from 10.0 to 20.0. Not shown: 1 (no data)."
    );
    assert!(!texts(&figure.svg).iter().any(|(text, _)| text.contains("Case manager")));
    assert!(figure.caption.ends_with("Not shown: 1 without a value."), "{}", figure.caption);
    assert_eq!(figure.table.rows.len(), 5);
    assert_eq!(figure.table.rows[4][1].text, "no data");
}

#[test]
fn nasty_distributions_stay_sound() {
    let alike = vec![Some(7.0); 600];
    let far = vec![Some(0.0), Some(0.1), Some(1e9)];
    let many: Vec<Option<f64>> = (0..300).map(|i| Some(f64::from(i * 37 % 101))).collect();
    for values in [vec![], vec![None; 3], vec![Some(0.0)], vec![Some(0.0); 40], alike, far, many] {
        for of in ["Case manager", LONG] {
            for axis in [Axis::Full, Axis::Fitted] {
                let figure = dots(&Dots { axis, ..dots_of("d", of, &values) });
                assert_figure(&figure);
                assert_eq!(circles(&figure), values.iter().flatten().count());
                assert_eq!(figure.table.rows.len(), values.len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_distribution_is_sound(values in prop::collection::vec(prop::option::of(0.0..500.0f64), 0..80)) {
        assert_figure(&dots(&dots_of("d", "Case manager", &values)));
    }
}
