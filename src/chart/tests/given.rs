//! Made-up inputs.

use crate::chart::*;
use crate::language::Words;
use crate::measure::{Estimate, Group, Note, PeriodLabel, Position, Statistic};
use crate::release::{Audience, Released, release};

pub(super) fn blank(statistic: Statistic) -> Estimate {
    Estimate {
        metric: "goal_attainment".to_owned(),
        version: "0123456789ab".to_owned(),
        period: month(2026, 6, false),
        group: Group::default(),
        statistic,
        at: None,
        outcome: None,
        estimate: None,
        lower: None,
        upper: None,
        level: 0.95,
        method: "wilson".to_owned(),
        numerator: None,
        denominator: None,
        at_risk: None,
        events: None,
        censored: None,
        unknown: Some(0),
        excluded: Some(0),
        status: None,
        note: Some(Note::NoData),
        people: None,
    }
}

pub(super) fn released(estimate: Estimate) -> Released<Estimate> {
    release(vec![estimate], Audience::Internal, 11).remove(0)
}

pub(super) fn month(year: i32, month: i32, partial: bool) -> PeriodLabel {
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    PeriodLabel {
        label: format!("{year}-{month:02}"),
        start: format!("{year}-{month:02}-01"),
        end: format!("{}-{:02}-01", next.0, next.1),
        partial,
    }
}

/// `met` of `n` with a band as wide as such a share's.
pub(super) fn share(met: u64, n: u64) -> Estimate {
    if n == 0 {
        return blank(Statistic::Share);
    }
    let p = met as f64 / n as f64;
    let half = 1.96 * (p * (1.0 - p) / n as f64).sqrt() + 1.0 / n as f64;
    Estimate {
        estimate: Some(p),
        lower: Some((p - half).max(0.0)),
        upper: Some((p + half).min(1.0)),
        numerator: Some(met as f64),
        denominator: Some(n as f64),
        note: None,
        ..blank(Statistic::Share)
    }
}

pub(super) fn subject(name: &str, title: &str, unit: Unit) -> Subject {
    Subject {
        name: name.to_owned(),
        title: title.to_owned(),
        counted: "referrals".to_owned(),
        unit,
        words: Words::default(),
    }
}

/// A series from July 2024 on.
pub(super) fn series(values: &[Option<f64>], expected: Option<Expected>) -> Vec<Point> {
    let months = (0..).map(|i| (2024 + (6 + i) / 12, (6 + i) % 12 + 1));
    months
        .zip(values)
        .map(|((year, number), value)| {
            let estimate = Estimate {
                period: month(year, number, false),
                estimate: *value,
                numerator: value.map(|v| (v * 84.0).round()),
                denominator: value.map(|_| 84.0),
                note: value.is_none().then_some(Note::TooFew),
                ..blank(Statistic::Share)
            };
            Point { estimate: released(estimate), expected, signal: Signal::None }
        })
        .collect()
}

/// A curve that approaches `most` and is known for every day.
pub(super) fn curve(label: &str, most: f64, pace: f64, days: u32, n: u64) -> Curve {
    let points = (0..=days).map(|day| {
        let step = (f64::from(day) / 2.0).floor() * 2.0;
        let share = most * (1.0 - (-step / pace).exp());
        let width = 0.01 + 0.06 * share * (1.0 + f64::from(day) / f64::from(days));
        released(Estimate {
            at: Some(day),
            estimate: Some(share),
            lower: (share > 0.0).then(|| (share - width).max(0.0)),
            upper: (share > 0.0).then(|| (share + width).min(1.0)),
            denominator: Some(n as f64),
            at_risk: Some((n as f64 * (1.0 - share) * (1.0 - 0.4 * f64::from(day) / f64::from(days))) as u64),
            note: None,
            ..blank(Statistic::ShareByDay)
        })
    });
    Curve { label: label.to_owned(), points: points.collect() }
}

pub(super) fn curves(name: &str, curves: Vec<Curve>, horizons: &[u32]) -> Curves {
    Curves {
        subject: subject(name, "Share served by day", Unit::Share),
        curves,
        competing: None,
        horizons: horizons.to_vec(),
        target: None,
        since: "referral".to_owned(),
        axis: Axis::Full,
    }
}

pub(super) fn rows(name: &str, rows: Vec<Row>) -> Rows {
    Rows {
        subject: subject(name, "Goals achieved by domain", Unit::Share),
        of: "Domain".to_owned(),
        rows,
        axis: Axis::Full,
    }
}

pub(super) fn row(label: &str, estimate: Estimate, target: Option<f64>) -> Row {
    Row { label: label.to_owned(), estimate: released(estimate), target }
}

/// Limits of a share around `centre`, as wide as chance would have them for so many.
pub(super) fn limits(centre: f64, size: f64) -> FunnelLimits {
    let reach = |deviate: f64| deviate * (centre * (1.0 - centre) / size).sqrt();
    FunnelLimits {
        size,
        lower_95: (centre - reach(1.96)).max(0.0),
        upper_95: (centre + reach(1.96)).min(1.0),
        lower_998: (centre - reach(3.09)).max(0.0),
        upper_998: (centre + reach(3.09)).min(1.0),
    }
}

/// Groups of name, met and size around a centre; higher is better.
pub(super) fn funnel_of(name: &str, groups: &[(String, u64, u64)], centre: f64) -> Funnel {
    let most = groups.iter().map(|(.., n)| *n).max().unwrap_or(0).max(1);
    let group = |(label, met, n): &(String, u64, u64)| {
        let own = (*n >= 10).then(|| limits(centre, *n as f64));
        let value = *met as f64 / (*n).max(1) as f64;
        let position = match own {
            None => Position::None,
            Some(l) if value < l.lower_998 || value > l.upper_998 => Position::Outside998,
            Some(l) if value < l.lower_95 || value > l.upper_95 => Position::Outside95,
            Some(_) => Position::Within,
        };
        let outside = matches!(position, Position::Outside95 | Position::Outside998);
        let signal = match (outside, value > centre) {
            (false, _) => Signal::None,
            (true, true) => Signal::Better,
            (true, false) => Signal::Worse,
        };
        let estimate = released(share(*met, *n));
        FunnelGroup { label: label.clone(), estimate, ratio: None, limits: own, position, signal }
    };
    Funnel {
        subject: subject(name, "First service within 14 days, by program", Unit::Share),
        of: "Program".to_owned(),
        size: "referrals".to_owned(),
        compared: Compared::Value,
        groups: groups.iter().map(group).collect(),
        centre: Some(centre),
        limits: (1..=60).map(|i| limits(centre, most as f64 * 1.2 * (f64::from(i) / 60.0).powi(2))).collect(),
        widened: false,
        dispersion: Some(1.24),
        minimum: 10,
        axis: Axis::Full,
    }
}

/// The same groups as observed over expected: half of each would be expected.
pub(super) fn ratios(of: Funnel) -> Funnel {
    let by_expected = |l: FunnelLimits| {
        let reach = |deviate: f64| deviate / (l.size / 2.0).sqrt();
        FunnelLimits {
            size: l.size / 2.0,
            lower_95: (1.0 - reach(1.96)).max(0.0),
            upper_95: 1.0 + reach(1.96),
            lower_998: (1.0 - reach(3.09)).max(0.0),
            upper_998: 1.0 + reach(3.09),
        }
    };
    let groups = of.groups.into_iter().map(|group| {
        let (met, n) = (group.estimate.numerator.unwrap_or(0.0), group.estimate.denominator.unwrap_or(0.0));
        let ratio = ObservedOverExpected {
            observed: met,
            expected: n / 2.0,
            ratio: met / (n / 2.0),
            lower: Some(met / (n / 2.0) * 0.8),
            upper: Some(met / (n / 2.0) * 1.25),
        };
        FunnelGroup { ratio: Some(ratio), limits: group.limits.map(by_expected), ..group }
    });
    Funnel {
        subject: subject(
            &of.subject.name,
            "Returns, given who the clients are",
            Unit::Number { decimals: 2, of: "observed over expected".to_owned() },
        ),
        size: "expected returns".to_owned(),
        compared: Compared::Ratio,
        groups: groups.collect(),
        centre: Some(1.0),
        limits: of.limits.into_iter().map(by_expected).collect(),
        ..of
    }
}

pub(super) fn dumbbells_of(name: &str, rows: Vec<DumbbellRow>) -> Dumbbells {
    Dumbbells {
        subject: subject(name, "Objectives, this year and last", Unit::Share),
        of: "Objective".to_owned(),
        before: "July 2024 to June 2025".to_owned(),
        now: "July 2025 to June 2026".to_owned(),
        rows,
        axis: Axis::Full,
    }
}

pub(super) fn dumbbell(label: &str, before: Option<Estimate>, now: Estimate, target: Option<f64>) -> DumbbellRow {
    DumbbellRow {
        few_before: false,
        label: label.to_owned(),
        before: before.map(released),
        now: released(now),
        target,
        signal: Signal::None,
    }
}

/// A wait of so many, half of whom went on within nine days where half did.
pub(super) fn wait(went_on: u64, waiting: u64, left: u64) -> Estimate {
    let all = went_on + waiting + left;
    let half = all > 0 && went_on * 2 >= all;
    let not_half = if all > 0 { Note::NotReached } else { Note::NoData };
    Estimate {
        estimate: half.then_some(9.0),
        lower: half.then_some(7.0),
        upper: half.then_some(12.0),
        denominator: Some(all as f64),
        events: Some(went_on),
        censored: Some(waiting),
        note: (!half).then_some(not_half),
        ..blank(Statistic::MedianDays)
    }
}

/// A stage whose parts are so many.
pub(super) fn stage(label: &str, next: &str, went_on: u64, waiting: u64, left: u64) -> PathStage {
    let half = left / 2;
    let by = |label: &str, count| PathReason { label: label.to_owned(), estimate: released(wait(0, 0, count)) };
    PathStage {
        label: label.to_owned(),
        next: next.to_owned(),
        waiting: "still waiting".to_owned(),
        left: "left".to_owned(),
        wait: Some(released(wait(went_on, waiting, left))),
        left_by: vec![by("moved away", half), by("no contact", left - half)],
    }
}

pub(super) fn path_of(name: &str, stages: Vec<PathStage>) -> ClientPath {
    ClientPath {
        subject: Subject {
            counted: "clients".to_owned(),
            ..subject(name, "The way from referral to exit", Unit::Count)
        },
        cohort: "Referred from July 2024 to June 2025, followed to 30 June 2026".to_owned(),
        stages,
    }
}
