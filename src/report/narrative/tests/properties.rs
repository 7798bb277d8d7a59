//! What holds of every text, whatever the numbers.

use super::*;
use crate::report::figures;
use proptest::prelude::*;

/// What holds of every text.
#[track_caller]
fn sound(case: &Case, told: &Told) {
    let text = text(&told.phrases);
    assert!(text.starts_with(&case.label) && text.chars().next().is_some_and(char::is_uppercase), "{text}");
    assert!(text.ends_with('.') && !text.ends_with(".."), "{text}");
    for sentence in text.split(". ") {
        assert!(sentence.starts_with(|c: char| c.is_uppercase()), "{text}");
    }
    for wrong in ["  ", " .", " ,", " ;", "..", "()", "NaN", "inf%", "{", "}", "( ", " )"] {
        assert!(!text.contains(wrong), "{wrong:?} in {text}");
    }
    let of = |family: &str| told.rules.iter().filter(|rule| rule.starts_with(family)).count();
    let level = of("level.") + of("change.") + usize::from(told.rules.contains(&"time.not-mature"));
    assert_eq!(level, 1, "{:?}", told.rules);
    assert!(of("signal.") <= 1 && of("time.") <= 1, "{:?}", told.rules);
    let at_length = usize::from(told.rules.contains(&"target.missed-at-length"));
    assert!(of("target.") - at_length <= 1, "{:?}", told.rules);
    // Taken together only where there is nothing to say of the period alone.
    assert!(at_length == 0 || !told.rules.contains(&"target.missed-together"), "{:?}", told.rules);
    // Verdicts that speak against each other.
    for (one, other) in [
        (" rose from ", "a real drop"),
        (" fell from ", "a real rise"),
        ("within its normal", "a real "),
        ("within its normal", "a lasting change"),
        ("for the better", "for the worse"),
        ("is met", "is not met"),
        ("too few to compare", " rose from "),
        ("too few to compare", " fell from "),
        ("withheld, to protect", "%"),
        (" subió de ", "un descenso real"),
        (" bajó de ", "un aumento real"),
        ("dentro de su variación", " real desde"),
        ("dentro de su variación", "un cambio duradero"),
        ("para mejor", "para peor"),
        (") se cumple", ") no se cumple"),
        ("pocos casos para comparar", " subió de "),
        ("pocos casos para comparar", " bajó de "),
        ("se reserva, para", "%"),
    ] {
        assert!(!(text.contains(one) && text.contains(other)), "{one:?} and {other:?} in {text}");
    }
}

#[test]
fn units_of_the_catalogue_fit_into_sentences() {
    let catalogue = crate::measure::Catalogue::load(&[]).expect("the built-in metrics are sound");
    for metric in catalogue.all() {
        let headline = metric.header.headline();
        let label = metric.header.scorecard.as_deref().unwrap_or(&metric.header.title);
        let case = Case {
            label: label.into(),
            unit: figures::unit(metric, headline.statistic, &Words::default()),
            counted: metric.header.counted.clone().unwrap_or_default(),
            now: Some(Estimate {
                numerator: Some(31.0),
                ..value(&month("2026-06"), headline.statistic, 0.52, Some(60.0))
            }),
            direction: metric.header.direction_of(headline.statistic),
            ..Case::exits()
        };
        sound(&case, &case.told());
    }
}

fn any_estimate(period: Period) -> impl Strategy<Value = Estimate> {
    let notes = prop_oneof![
        Just(Note::NoData),
        Just(Note::NotCollected),
        Just(Note::NotReached),
        Just(Note::TooFew),
        Just(Note::FollowUpIncomplete),
    ];
    let statuses = prop_oneof![
        Just(None),
        Just(Some(Status::Met)),
        Just(Some(Status::Near)),
        Just(Some(Status::NotMet)),
        Just(Some(Status::TooFew)),
        Just(Some(Status::NoData)),
    ];
    let extremes = prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-0.001), 0.0..5000.0f64];
    (0u64..2000, 0u64..2000, prop::bool::weighted(0.15), extremes, notes, statuses, any::<bool>(), 0u64..5).prop_map(
        move |(x, n, absent, wild, note, status, partial, censored)| {
            let (x, n) = (x.min(n), x.max(n));
            let mut estimate = share(&period, x, n);
            estimate.status = status;
            estimate.period.partial = partial;
            if censored == 1 {
                estimate.estimate = Some(wild);
            }
            if censored > 2 {
                estimate.numerator = None;
                estimate.events = Some(x);
                estimate.censored = Some(censored);
            }
            if absent { Estimate { note: Some(note), estimate: None, ..estimate } } else { estimate }
        },
    )
}

fn any_case() -> impl Strategy<Value = Case> {
    let (june, before) = (month("2026-06"), month("2025-06"));
    let year = Period::whole_months(12, june.end);
    let statistics = prop_oneof![
        Just((Statistic::Share, Unit::Share)),
        Just((Statistic::ShareByDay, Unit::Share)),
        Just((Statistic::Clients, Unit::Count)),
        Just((Statistic::Rate, Unit::Number { decimals: 1, of: "per 100 client-months".into() })),
        Just((Statistic::MedianDays, Unit::Number { decimals: 0, of: "days".into() })),
        Just((Statistic::Mean, Unit::Number { decimals: 1, of: String::new() })),
        Just((Statistic::MeanChange, Unit::Number { decimals: 2, of: "points".into() })),
    ];
    let kinds = prop_oneof![Just(Signal::Better), Just(Signal::Worse), Just(Signal::None)];
    let courses = prop_oneof![Just(Course::OneMonth), Just(Course::GoingOn), Just(Course::Lasting)];
    let verdicts = prop_oneof![
        Just(Now::Normal),
        Just(Now::Unknown),
        Just(Now::Withheld),
        Just(Now::Stock),
        (kinds, any::<bool>(), courses).prop_map(|(kind, up, course)| signal(kind, up, course)),
    ];
    let directions = prop_oneof![Just(Direction::Higher), Just(Direction::Lower), Just(Direction::Neutral)];
    let audiences = prop_oneof![Just(Audience::Internal), Just(Audience::Public)];
    let which = prop_oneof![Just(Which::PeriodBefore), Just(Which::YearBefore)];
    let words = "[A-Z][a-z]{1,8}( [a-z]{1,8}){0,4}";
    (
        (words, statistics, "[a-z]{0,8}( {1,2}[a-z]{1,8}){0,2}", audiences, any::<bool>()),
        (prop::option::of(any_estimate(june.clone())), prop::option::of((which, any_estimate(before.clone())))),
        (verdicts, any::<bool>(), prop::option::of("[a-z]{1,9}( {1,2}[a-z]{1,9}){0,3}\\.?")),
        (prop::option::of(0.0..1.0f64), any::<bool>(), prop::option::of(any_estimate(year.clone())), directions),
        (any::<bool>(), prop::collection::vec("[a-z]{3,8}\\.[a-z]{3,8}", 0..2)),
    )
        .prop_map(
            move |(
                (label, (statistic, unit), counted, audience, several),
                (now, earlier),
                (verdict, late, why),
                (target, beyond_chance, at_length, direction),
                (provisional, absent),
            )| {
                let of = |e: Estimate| Estimate { statistic, ..e };
                let period = if several { year.clone() } else { june.clone() };
                Case {
                    words: Words::of_language(if several ^ late { "es" } else { "en" }).expect("a built-in language"),
                    label,
                    unit,
                    counted,
                    now: now.map(of),
                    period: period.clone(),
                    earlier: earlier.map(|(which, e)| (which, period.months_before(12), of(e))),
                    verdict,
                    tested: Some(if late { month("2026-04") } else { june.clone() }),
                    set_anew: why.map(|why| Change { from: date("2026-01-15"), why }),
                    target,
                    beyond_chance,
                    at_length: at_length.map(|e| (year.clone(), of(e))),
                    direction,
                    provisional,
                    absent: if absent.len() > 1 { absent } else { Vec::new() },
                    audience,
                }
            },
        )
}

proptest! {
    #[test]
    fn every_text_is_sound(case in any_case()) {
        sound(&case, &case.told());
    }

    /// With another number in a withheld place the text is the same, letter by letter: nothing of it shows through.
    #[test]
    fn a_withheld_figure_does_not_show_through(case in any_case(), small in 1u64..11, other in 1u64..11, n in 40u64..90) {
        let outside = Case { audience: Audience::Public, ..case };
        let period = outside.period.clone();
        // Of the others a numerator is none of people: medians have none at all.
        let statistic = outside.now.as_ref().map(|e| e.statistic).filter(|s| s.is_share()).unwrap_or(Statistic::Share);
        let few = |x: u64| Estimate {
            statistic,
            status: outside.now.as_ref().and_then(|e| e.status),
            ..share(&period, x, n)
        };
        let earlier = |x| Case {
            earlier: outside.earlier.clone().map(|(which, period, _)| (which, period, few(x))),
            ..outside.clone()
        };
        prop_assert_eq!(earlier(small).told(), earlier(other).told());
        let told = text(&earlier(small).told().phrases);
        prop_assert!(![" rose from ", " fell from ", " subió de ", " bajó de "].iter().any(|verb| told.contains(verb)), "{}", told);
        let now = |x| Case { now: Some(few(x)), ..outside.clone() };
        prop_assert_eq!(now(small).told(), now(other).told());
    }
}
