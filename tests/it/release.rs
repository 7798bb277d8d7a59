//! What leaves the agency: no audience outside it can read a count from 1 to `small_cell` − 1 from an estimate, in whatever
//! form it is written.
//!
//! Long because every form is released here: figures, curves, counts and shares of records.

use attain::measure::{Catalogue, Estimate, Group, Note, PeriodLabel, Request, Statistic, Study, Targets, table_of};
use attain::project::Period;
use attain::query::{Format, render};
use attain::release::{
    Audience, GoodOf, Policy, Released, release, release_count, release_curve, release_shares, rounding,
};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const OUTSIDE: [Audience; 3] = [Audience::Board, Audience::Funder, Audience::Public];

/// People as they are, of whom an estimate tells sums.
#[derive(Debug, Clone, Copy)]
struct People {
    /// Had the event; had another way out; lost from view; still waiting.
    parts: [u64; 4],
    unknown: u64,
    excluded: u64,
}

/// An estimate that tells of them what the statistic tells.
fn estimate(statistic: Statistic, people: People) -> Estimate {
    let [events, _, censored, waiting] = people.parts;
    let of_a_wait = matches!(statistic, Statistic::ShareByDay | Statistic::MatureShare | Statistic::MedianDays);
    let counted = matches!(statistic, Statistic::Events | Statistic::Clients);
    let all: u64 = people.parts.iter().sum();
    let of_shares = statistic.is_share() && statistic != Statistic::ShareByDay;
    Estimate {
        metric: "time_to_service".into(),
        version: "abcdefabcdef".into(),
        period: PeriodLabel { label: "June".into(), start: "first".into(), end: "last".into(), partial: false },
        group: Group(vec![("program".into(), Some("PRG".into()))]),
        statistic,
        at: (of_a_wait && statistic != Statistic::MedianDays).then_some(14),
        outcome: of_a_wait.then(|| "served".into()),
        estimate: Some(if counted { events as f64 } else { 0.4375 }),
        lower: (!counted).then_some(0.3125),
        upper: (!counted).then_some(0.5625),
        level: 0.95,
        method: "wilson".into(),
        numerator: (of_shares || statistic == Statistic::Rate).then_some(events as f64),
        denominator: (!counted).then_some(all as f64),
        at_risk: (of_a_wait && statistic != Statistic::MedianDays).then_some(waiting),
        events: (of_a_wait || matches!(statistic, Statistic::Events | Statistic::Rate)).then_some(events),
        censored: of_a_wait.then_some(if statistic == Statistic::MedianDays { censored + waiting } else { censored }),
        unknown: Some(people.unknown),
        excluded: Some(people.excluded),
        status: None,
        note: None,
        people: None,
    }
}

/// The numbers of people that stand or fall with such an estimate: from it a reader can work them out.
fn readable(statistic: Statistic, people: People) -> Vec<u64> {
    let [events, otherwise, censored, waiting] = people.parts;
    let all = events + otherwise + censored + waiting;
    match statistic {
        Statistic::Events | Statistic::Clients => vec![events],
        Statistic::Rate => vec![events, all],
        _ if statistic.is_share() => vec![events, all - events],
        _ => vec![all],
    }
}

/// The estimate as it is released when nothing of it gives anybody away: without those who are out of sight or waiting,
/// without a small number of unknown or left out, and its limits in two digits of their width.
fn shown_outside(before: &Estimate, small: impl Fn(&u64) -> bool) -> Estimate {
    Estimate {
        at_risk: None,
        censored: None,
        events: before.events.filter(|_| before.statistic != Statistic::MedianDays),
        lower: before.lower.map(|_| 0.31),
        upper: before.upper.map(|_| 0.56),
        unknown: before.unknown.filter(|n| !small(n)),
        excluded: before.excluded.filter(|n| !small(n)),
        ..before.clone()
    }
}

/// The fields of an estimate's JSON that hold numbers.
fn numbers(estimate: &Estimate) -> Vec<String> {
    let Value::Object(fields) = serde_json::to_value(estimate).expect("json") else { panic!("an object") };
    fields.into_iter().filter(|(_, value)| value.is_number()).map(|(name, _)| name).collect()
}

fn any_statistic() -> impl Strategy<Value = Statistic> {
    prop::sample::select(vec![
        Statistic::Events,
        Statistic::Clients,
        Statistic::Share,
        Statistic::Rate,
        Statistic::ShareByDay,
        Statistic::MedianDays,
        Statistic::MatureShare,
        Statistic::Mean,
        Statistic::Quartile1,
        Statistic::MeanChange,
        Statistic::ReliablyImproved,
    ])
}

fn any_people() -> impl Strategy<Value = People> {
    let count = || prop_oneof![Just(0u64), 1u64..30, 11u64..5_000];
    ([count(), count(), count(), count()], count(), count()).prop_map(|(parts, unknown, excluded)| People {
        parts,
        unknown,
        excluded,
    })
}

#[test]
fn rows_less_those_loaded_do_not_tell_how_few_were_set_aside() {
    let shown = |n: u64, audience| release_count("rows", n, audience, 11).get().count;
    for aside in 1..=10 {
        // Every number that may not be told leaves the same two numbers to be seen, whichever it is.
        let seen: BTreeSet<Option<u64>> = (1_000..1_010)
            .filter_map(|rows| Some(shown(rows, Audience::Funder)?.checked_sub(shown(rows - aside, Audience::Funder)?)))
            .collect();
        assert!(seen.iter().all(|seen| [Some(0), Some(10)].contains(seen)), "{aside}: {seen:?}");
        assert_eq!(shown(aside, Audience::Board), None);
        assert_eq!(shown(aside, Audience::Internal), Some(aside));
    }
}

#[test]
fn a_curve_moves_by_no_fewer_people_than_are_told_however_few_are_left() {
    // 1,259 people of whom two are lost from view for every one who returns, which happens every third day.
    let mut at_risk = 1_259_u64;
    let (mut returned, mut staying) = (0, 1.0);
    let mut points = Vec::new();
    let mut exact = Vec::new();
    for day in 0..1_200_u32 {
        if day % 3 == 1 {
            staying *= 1.0 - 1.0 / at_risk as f64;
            returned += 1;
            at_risk -= 3;
        }
        let people = People { parts: [returned, 0, 0, 0], unknown: 0, excluded: 0 };
        let share = 1.0 - staying;
        let limits = (Some((share - 0.05_f64).max(0.0)), Some((share + 0.05).min(1.0)));
        points.push(Estimate {
            at: Some(day),
            at_risk: Some(at_risk),
            denominator: Some(1_259.0),
            estimate: Some(share),
            lower: limits.0,
            upper: limits.1,
            ..estimate(Statistic::ShareByDay, people)
        });
        exact.push((returned, share, at_risk));
    }
    let shown = release_curve(points, Policy::new(Audience::Public, 11));
    assert!(shown.len() > 600, "{}", shown.len());
    let (mut last_step, mut sooner) = (None::<u64>, 0);
    for pair in shown.windows(2) {
        let [before, now] = pair else { continue };
        let (_, share, at_risk) = exact[now.at.expect("a day") as usize];
        assert!(at_risk >= 110 && now.at_risk.is_none() && now.denominator.is_none(), "{now:?}");
        let (was, is) = (before.estimate.expect("a share"), now.estimate.expect("a share"));
        assert!(is >= was && (is - share).abs() <= 0.11 && now.lower <= now.estimate && now.estimate <= now.upper);
        if is > was {
            // From one step to the next so many have come; a step can come sooner only where it is the first of wider ones.
            let returned = exact[now.at.expect("a day") as usize].0;
            if let Some(before) = last_step.replace(returned) {
                sooner += usize::from(returned - before < 11);
            }
        }
    }
    // Steps of 0.01, 0.02, 0.05 and 0.1.
    assert!(sooner <= 3, "{sooner}");
}

/// Somebody knows of how many a curve is, and takes it from that: nobody lost from view, so that it is a share of counts.
#[test]
fn of_a_curve_no_small_count_can_be_taken_from_how_many_it_is_of() {
    for all in [100_u64, 111, 116, 120, 121, 125, 131, 150, 231, 232, 300] {
        let day = |at: u32, gone: u64, before: u64| Estimate {
            at: Some(at),
            at_risk: Some(all - before),
            denominator: Some(all as f64),
            estimate: Some(gone as f64 / all as f64),
            lower: (gone > 0).then_some(0.0),
            upper: (gone > 0).then_some(1.0),
            ..estimate(Statistic::ShareByDay, People { parts: [gone, 0, 0, 0], unknown: 0, excluded: 0 })
        };
        // What is seen of three days → how many can be gone on the first, and come on the second.
        let mut seen: BTreeMap<String, BTreeSet<(u64, u64)>> = BTreeMap::new();
        for first in 0..all {
            for second in first..all {
                // Horizons stand first in what is computed.
                let points = vec![day(2, second, second), day(0, first, 0), day(1, second, first)];
                let shown = release_curve(points, Policy::new(Audience::Public, 11));
                let shares: Vec<Option<f64>> = shown.iter().map(|point| point.estimate).collect();
                assert!(shares.windows(2).all(|pair| pair[0] <= pair[1]), "{shares:?}");
                assert!(shown.iter().all(|point| point.lower <= point.estimate && point.estimate <= point.upper));
                let shown = serde_json::to_string(&shown).expect("json");
                seen.entry(shown).or_default().insert((first, second - first));
            }
        }
        let is_small = |n: u64| (1..11).contains(&n);
        for (shown, counts) in &seen {
            let open = |of: &dyn Fn(&(u64, u64)) -> u64| {
                !counts.iter().any(|pair| is_small(of(pair))) || counts.iter().any(|pair| of(pair) >= 11)
            };
            let (first, second, both) = (open(&|pair| pair.0), open(&|pair| pair.1), open(&|pair| pair.0 + pair.1));
            assert!(first && second && both, "of {all}: {shown} is {counts:?}");
        }
    }
}

#[test]
fn counts_of_records_are_rounded_to_no_less_than_what_is_withheld() {
    for (small_cell, unit) in
        [(0, 1), (1, 1), (3, 10), (11, 10), (12, 20), (21, 20), (22, 50), (51, 50), (52, 100), (500, 500)]
    {
        assert_eq!(rounding(small_cell), unit, "{small_cell}");
    }
}

proptest! {
    #[test]
    fn no_small_count_can_be_read_outside(
        statistic in any_statistic(), people in any_people(), small_cell in 0u32..25, which in 0usize..3,
    ) {
        let before = estimate(statistic, people);
        let small = |n: &u64| *n > 0 && *n < u64::from(small_cell);
        let gives_away = readable(statistic, people).iter().any(small);
        let released = release(vec![before.clone()], OUTSIDE[which], small_cell);
        let after = released[0].get();
        if gives_away {
            // Only what says which estimate it is stays; no number does, nor one in the text.
            prop_assert_eq!(after.note, Some(Note::Withheld));
            prop_assert!(numbers(after).iter().all(|name| name == "at" || name == "level"), "{:?}", numbers(after));
            let text = serde_json::to_string(&released).expect("json");
            let digits = text.replace("\"at\":14", "").replace("\"level\":0.95", "").replace(statistic.name(), "");
            prop_assert!(!digits.chars().any(|c| c.is_ascii_digit()), "{}", text);
        } else {
            // Nothing is withheld for no reason.
            prop_assert_eq!(after, &shown_outside(&before, small));
        }
    }

    #[test]
    fn inside_the_agency_everything_is_seen(statistic in any_statistic(), people in any_people(), small_cell in 0u32..25) {
        let before = estimate(statistic, people);
        let released = release(vec![before.clone()], Audience::Internal, small_cell);
        prop_assert_eq!(released[0].get(), &before);
    }

    #[test]
    fn a_small_count_of_records_is_not_told_outside(count in 0u64..40, small_cell in 0u32..25, which in 0usize..3) {
        let seen = release_count("set aside", count, OUTSIDE[which], small_cell).get().count;
        let small = count > 0 && count < u64::from(small_cell);
        let unit = rounding(small_cell);
        prop_assert_eq!(seen.is_none(), small);
        prop_assert!(seen.is_none_or(|seen| seen % unit == 0 && (seen.abs_diff(count) * 2 <= unit || seen == u64::from(small_cell).div_ceil(unit) * unit)), "{:?}", seen);
        // Zero is what nothing is, and nothing else; and none is a number that would be withheld.
        prop_assert!(seen.is_none_or(|seen| seen == 0 || seen >= u64::from(small_cell)));
        prop_assert_eq!(seen == Some(0), count == 0);
        prop_assert_eq!(release_count("set aside", count, Audience::Internal, small_cell).get().count, Some(count));
    }
}

#[test]
fn the_edges_of_the_rule() {
    let share = |met: u64, rest: u64| {
        let people = People { parts: [met, rest, 0, 0], unknown: 0, excluded: 0 };
        release(vec![estimate(Statistic::Share, people)], Audience::Public, 11)[0].get().note
    };
    for (met, rest, note) in [
        (0, 0, None),
        (0, 10, Some(Note::Withheld)),
        (0, 11, None),
        (10, 40, Some(Note::Withheld)),
        (11, 40, None),
        (40, 10, Some(Note::Withheld)),
        (40, 0, None),
    ] {
        assert_eq!(share(met, rest), note, "{met} of {}", met + rest);
    }
}

/// Fourteen goals of eight people are few, and so are all goals of ten.
#[test]
fn units_are_judged_by_the_people_whose_they_are() {
    let note = |met, unmet, all| {
        let people = People { parts: [14, 15, 0, 0], unknown: 0, excluded: 0 };
        let of = attain::measure::People { all, met, unmet, ..attain::measure::People::default() };
        let goals = Estimate { people: Some(of), ..estimate(Statistic::Share, people) };
        assert_eq!(release(vec![goals.clone()], Audience::Internal, 11)[0].get(), &goals);
        let released = release(vec![goals], Audience::Funder, 11);
        assert_eq!(released[0].people, None);
        released[0].note
    };
    assert_eq!(note(Some(12), Some(13), 21), None);
    assert_eq!(note(Some(8), Some(15), 21), Some(Note::Withheld));
    assert_eq!(note(Some(14), Some(10), 21), Some(Note::Withheld));
    assert_eq!(note(None, None, 10), Some(Note::Withheld));
    assert_eq!(note(None, None, 11), None);

    // Twenty who were served by the day are shown where they are eleven people, whatever the others are; so is a rate's count
    // of events, and a number of contacts by all whose they are.
    let note = |statistic, met, unmet, all| {
        let people = People { parts: [20, 0, 0, 30], unknown: 0, excluded: 0 };
        let of = attain::measure::People { all, met, unmet, ..attain::measure::People::default() };
        release(vec![Estimate { people: Some(of), ..estimate(statistic, people) }], Audience::Funder, 11)[0].note
    };
    for statistic in [Statistic::ShareByDay, Statistic::MatureShare] {
        assert_eq!(note(statistic, Some(11), Some(11), 20), None, "{}", statistic.name());
        assert_eq!(note(statistic, Some(10), Some(11), 20), Some(Note::Withheld), "{}", statistic.name());
        assert_eq!(note(statistic, Some(11), Some(10), 20), Some(Note::Withheld), "{}", statistic.name());
    }
    assert_eq!(note(Statistic::Rate, Some(11), None, 20), None);
    assert_eq!(note(Statistic::Rate, Some(10), None, 20), Some(Note::Withheld));
    assert_eq!(note(Statistic::Events, None, None, 11), None);
    assert_eq!(note(Statistic::Events, None, None, 10), Some(Note::Withheld));
}

/// In full the limits of an interval by client tell how many people have several of the units, and how these went.
#[test]
fn limits_are_told_in_two_digits_of_their_width() {
    let limits = |lower: f64, upper: f64, value: f64| {
        let people = People { parts: [40, 60, 0, 0], unknown: 0, excluded: 0 };
        let before = Estimate {
            lower: Some(lower),
            upper: Some(upper),
            estimate: Some(value),
            ..estimate(Statistic::Mean, people)
        };
        let released = release(vec![before], Audience::Board, 11);
        (released[0].lower, released[0].upper)
    };
    assert_eq!(limits(0.493_827_16, 0.687_242_798, 0.6), (Some(0.49), Some(0.69)));
    assert_eq!(limits(0.951_234_5, 0.972_345_6, 0.96), (Some(0.951), Some(0.972)));
    assert_eq!(limits(11.444_44, 38.888_88, 20.0), (Some(11.0), Some(39.0)));
    // The estimate stays between them.
    assert_eq!(limits(0.496_2, 0.9, 0.496_3), (Some(0.496_3), Some(0.9)));
    assert_eq!(limits(0.5, 0.5, 0.5), (Some(0.5), Some(0.5)));
}

/// Those who left another way, or are out of sight, stand nowhere in what is released, and follow from nothing in it.
#[test]
fn who_is_out_of_sight_is_not_told() {
    let people = People { parts: [60, 4, 0, 36], unknown: 3, excluded: 12 };
    let released = release(vec![estimate(Statistic::ShareByDay, people)], Audience::Board, 11);
    let told = released[0].get();
    assert_eq!((told.events, told.denominator), (Some(60), Some(100.0)));
    assert_eq!((told.at_risk, told.censored, told.unknown, told.excluded), (None, None, None, Some(12)));
}

/// The sample's own figures, by program and month: JSON and tables for the public hold no small count.
#[test]
fn the_sample_s_figures_for_the_public_hold_no_small_count() {
    let sample = crate::truth::Sample::open();
    let june = Period::month_of("2026-06-01".parse().expect("a date"));
    let study = Study {
        engine: &sample.engine,
        catalogue: &sample.catalogue,
        as_of: sample.as_of,
        collected: &sample.collected,
        parameters: &BTreeMap::new(),
        targets: &Targets::default(),
        complete_from: &BTreeMap::new(),
        not_collected: attain::measure::NotCollected::default(),
    };
    study.add_instruments(&BTreeMap::new()).expect("written");
    let periods = [june.months_before(3), june];
    let breakdowns = [vec![], vec!["program".to_string()]];
    let mut estimates = Vec::new();
    for metric in Catalogue::load(&[]).expect("built-in").names() {
        let request = Request { metric, periods: &periods, breakdowns: &breakdowns, curve_to: None };
        estimates.extend(study.compute(&request).expect("it computes"));
    }
    let released = release(estimates, Audience::Public, 11);
    let withheld = released.iter().filter(|e| e.note == Some(Note::Withheld)).count();
    assert!(withheld > 20 && withheld < released.len(), "{withheld} of {} withheld", released.len());
    let json = serde_json::to_value(&released).expect("json");
    let counts = ["numerator", "denominator", "at_risk", "events", "censored", "unknown", "excluded"];
    let small = |n: f64| n > 0.0 && n < 11.0;
    for estimate in json.as_array().expect("a list") {
        for name in counts {
            assert!(!estimate[name].as_f64().is_some_and(small), "{name} of {estimate}");
        }
        let parts = ["denominator", "numerator"].map(|name| estimate[name].as_f64());
        if let ([Some(all), Some(some)], false) = (parts, estimate["statistic"] == "rate") {
            assert!(!small(all - some), "{estimate}");
        }
    }
    // The table's columns of counts say the same.
    let table = table_of(released.iter().map(Released::get), &[], false).expect("a table");
    let csv = String::from_utf8(render(&table, Format::Csv).expect("csv")).expect("text");
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let header = rows.headers().expect("a header").clone();
    for row in rows.records() {
        let row = row.expect("a row");
        for (name, cell) in header.iter().zip(&row) {
            assert!(!counts.contains(&name) || !cell.parse().is_ok_and(small), "{name}: {row:?}");
        }
    }
}

proptest! {
    #[test]
    fn shares_of_records_give_no_small_count_away(
        parts in prop::collection::vec((0u64..60, 0u64..60), 1..6),
        of_none in (0u64..60, 0u64..60),
        small_cell in 3u32..20,
    ) {
        let (good, bad) = parts.iter().chain([&of_none]).fold((0, 0), |(g, b), (good, bad)| (g + good, b + bad));
        let share = |(good, bad): (u64, u64)| GoodOf { good, of: good + bad };
        let shares: Vec<GoodOf> = parts.iter().copied().chain([(good, bad)]).map(share).collect();
        let inside = release_shares("plausibility", &shares, Audience::Internal, small_cell);
        prop_assert!(inside.iter().zip(&shares).all(|(released, share)| released.of == Some(share.of)));
        let small = |n: u64| n > 0 && n < u64::from(small_cell);
        for audience in OUTSIDE {
            let released = release_shares("plausibility", &shares, audience, small_cell);
            for (told, share) in released.iter().zip(&shares).filter(|(told, _)| told.of.is_some()) {
                prop_assert!(!small(share.good) && !small(share.of) && !small(share.of - share.good));
                prop_assert_eq!(told.of.map(|of| of % rounding(small_cell)), Some(0));
                // Never more than it is, and never all where it is not all; in steps of as many as may be read, and no longer ones.
                let exact = share.good as f64 / share.of as f64;
                let longest = (f64::from(small_cell) / share.of as f64 * 2.5).max(0.001);
                prop_assert!(told.share.is_none_or(|told| (-1e-12..longest).contains(&(exact - told))), "{:?}", told);
            }
            // One part alone that is missing could be worked out from all the others.
            let (all, shown) = released.split_last().expect("all");
            let withheld = shown.iter().filter(|share| share.of.is_none()).count();
            prop_assert!(all.of.is_none() || withheld != 1);
        }
    }
}
