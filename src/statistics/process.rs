//! Charts over time: is this month's value signal or noise?
//!
//! [`individuals`] (`XmR`) takes one value a period; [`shares`] and [`shares_laney`] (p and p′) take counts of clients, [`rates`] and
//! [`rates_laney`] (u and u′) counts of events over an exposure. After a recorded change [`super::phases`] starts afresh; against a target
//! [`super::assurance`] says whether it will be met. All give a center line, limits
//! and, for each point, the run rule it is part of. A period without a value keeps its place in the series, joins no run and no moving
//! range. Indices are places in the series given.
//!
//! Fewer than [`FULL_BASELINE`] values in the baseline make the limits trial limits; fewer than [`LEAST_BASELINE`] make none and no signal.
//! Where the baseline shows no variation at all there are no limits either: the next ordinary wobble would be called a signal.

use std::ops::Range;

pub use super::run_rules::{Rule, RuleSet, Side, Signal};
use super::run_rules::{side_of, signals};

/// From this many values on limits are not on trial.
pub const FULL_BASELINE: usize = 12;
/// With fewer values than this there are no limits.
pub const LEAST_BASELINE: usize = 6;

/// Limits of an `XmR` chart stand this many mean moving ranges from the mean: 3 / 1.128, rounded as printed everywhere.
const MOVING_RANGES: f64 = 2.66;
/// Mean moving range of two neighbors over their standard deviation, for normal values (d₂).
const D2: f64 = 1.128;
/// Moving ranges at or above this many times their mean are left out when screening (Nelson 1982): 1 + 3·0.853/1.128.
const SCREEN: f64 = 3.267;

/// How a chart is drawn and read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// The places whose values set center and limits; `None` uses all. Fix it to a stated window, and move it only on a recorded change.
    pub baseline: Option<Range<usize>>,
    /// Leave moving ranges of 3.267 times their mean and more out, once. Off by default.
    pub screen: bool,
    /// Which runs of points are signals.
    pub rules: RuleSet,
    /// What values cannot go below (0 for counts); cuts the lower limit of an `XmR` chart as it is drawn.
    pub floor: Option<f64>,
}

/// Numerator and denominator of a period's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub numerator: u64,
    /// 0 is a period without a value.
    pub denominator: u64,
}

/// Events of a period and the exposure in which they could happen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub events: u64,
    /// In any one unit; 0, or no number, is a period without a value.
    pub exposure: f64,
}

/// One period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub value: Option<f64>,
    /// As drawn: cut to what values can be.
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    /// `None` on the center, or without a value.
    pub side: Option<Side>,
    pub signal: Option<Signal>,
}

/// A series read as a process.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Mean of the baseline (of all clients in it, for shares); `None` without a value there.
    pub center: Option<f64>,
    pub points: Vec<Point>,
    /// Values in the baseline.
    pub baseline_points: usize,
    /// Too few of them to be sure of the limits.
    pub trial: bool,
    /// p′ and u′ only: how much more (or less) values vary than sampling alone would make them.
    pub sigma_z: Option<f64>,
    pub settings: Settings,
}

/// A run on one side of the center that is still going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastingChange {
    /// Where it began.
    pub since: usize,
    pub side: Side,
    pub points: usize,
}

/// An `XmR` chart (Shewhart 1931; Wheeler 1993): mean ± 2.66 mean moving ranges. For counts, means and medians.
pub fn individuals(values: &[Option<f64>], settings: &Settings) -> Chart {
    let values: Vec<Option<f64>> = values.iter().map(|value| value.filter(|value| value.is_finite())).collect();
    let window = window(settings, values.len());
    let base = values.get(window).unwrap_or_default();
    let known: Vec<f64> = base.iter().copied().flatten().collect();
    let center = mean(&known);
    let sigma = mean_moving_range(base, settings.screen).map(|range| MOVING_RANGES / 3.0 * range);
    let sigmas = vec![sigma; values.len()];
    let floor = settings.floor.unwrap_or(f64::NEG_INFINITY);
    chart(&values, known.len(), center, &sigmas, floor..f64::INFINITY, None, settings)
}

/// A p chart: pooled share ± 3 binomial standard deviations. For shares of small denominators.
pub fn shares(series: &[Share], settings: &Settings) -> Chart {
    count_chart(&of_shares(series), Kind::Share, settings, false)
}

/// A p′ chart (Laney 2002): the p chart's limits widened, or narrowed, by how the standardised shares really vary. For large denominators,
/// where sampling alone explains so little that a p chart flags nearly every point.
pub fn shares_laney(series: &[Share], settings: &Settings) -> Chart {
    count_chart(&of_shares(series), Kind::Share, settings, true)
}

/// A u chart: pooled rate ± 3 Poisson standard deviations, cut at 0. For events over exposures that give a few events a period or more;
/// with fewer, chart the time between events.
pub fn rates(series: &[Rate], settings: &Settings) -> Chart {
    count_chart(&of_rates(series), Kind::Rate, settings, false)
}

/// A u′ chart (Laney 2002): the u chart's limits widened, or narrowed, by how the standardised rates really vary. For large counts.
pub fn rates_laney(series: &[Rate], settings: &Settings) -> Chart {
    count_chart(&of_rates(series), Kind::Rate, settings, true)
}

/// A period's count and its denominator, above 0.
type Counted = Option<(u64, f64)>;

fn of_shares(series: &[Share]) -> Vec<Counted> {
    series.iter().map(|share| (share.denominator > 0).then_some((share.numerator, share.denominator as f64))).collect()
}

fn of_rates(series: &[Rate]) -> Vec<Counted> {
    let watched = |exposure: f64| exposure > 0.0 && exposure.is_finite();
    series.iter().map(|rate| watched(rate.exposure).then_some((rate.events, rate.exposure))).collect()
}

/// What is counted, and so how it varies by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Share,
    Rate,
}

impl Kind {
    /// Variance of one unit of the denominator; `None` where the center leaves no room for chance.
    fn variance(self, center: f64) -> Option<f64> {
        let variance = match self {
            Self::Share => center * (1.0 - center),
            Self::Rate => center,
        };
        (variance > 0.0).then_some(variance)
    }

    fn possible(self) -> Range<f64> {
        match self {
            Self::Share => 0.0..1.0,
            Self::Rate => 0.0..f64::INFINITY,
        }
    }
}

fn count_chart(series: &[Counted], kind: Kind, settings: &Settings, laney: bool) -> Chart {
    let values: Vec<Option<f64>> = series.iter().map(|part| part.map(|(x, n)| x as f64 / n)).collect();
    let window = window(settings, values.len());
    let base: Vec<(u64, f64)> = series.get(window.clone()).unwrap_or_default().iter().copied().flatten().collect();
    let (x, n) = base.iter().fold((0, 0.0), |(x, n), part| (x + part.0, n + part.1));
    let center = (n > 0.0).then(|| x as f64 / n);
    let variance = center.and_then(|center| kind.variance(center));
    let chance: Vec<Option<f64>> = series.iter().map(|part| Some((variance? / (*part)?.1).sqrt())).collect();
    let sigma_z = laney.then(|| {
        let standardised: Vec<Option<f64>> =
            values.iter().zip(&chance).map(|(value, sigma)| Some(((*value)? - center?) / (*sigma)?)).collect();
        mean_moving_range(standardised.get(window).unwrap_or_default(), settings.screen).map(|range| range / D2)
    });
    let widened: Vec<Option<f64>> = match sigma_z {
        None => chance,
        Some(factor) => chance.iter().map(|sigma| Some((*sigma)? * factor?)).collect(),
    };
    chart(&values, base.len(), center, &widened, kind.possible(), sigma_z.flatten(), settings)
}

impl Chart {
    /// The shift that is still running at the last point, if it is long enough to be one: from where on "it has been better since".
    pub fn lasting_change(&self) -> Option<LastingChange> {
        if self.baseline_points < LEAST_BASELINE {
            return None;
        }
        let side = self.points.last()?.side?;
        let points = self.points.iter().rev().take_while(|point| point.side == Some(side)).count();
        let long = self.settings.rules.shift.is_some_and(|length| points >= length.max(1));
        long.then(|| LastingChange { since: self.points.len() - points, side, points })
    }
}

/// The baseline's places, cut to the series.
fn window(settings: &Settings, length: usize) -> Range<usize> {
    match &settings.baseline {
        None => 0..length,
        Some(range) => range.start.min(length).min(range.end)..range.end.min(length),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Mean distance of neighbors; `None` without neighbors.
fn mean_moving_range(values: &[Option<f64>], screen: bool) -> Option<f64> {
    let ranges: Vec<f64> =
        values.windows(2).filter_map(|pair| Some((pair.get(1).copied()?? - pair.first().copied()??).abs())).collect();
    let all = mean(&ranges)?;
    if !screen {
        return Some(all);
    }
    let kept: Vec<f64> = ranges.into_iter().filter(|range| *range < SCREEN * all).collect();
    mean(&kept).or(Some(all))
}

fn chart(
    values: &[Option<f64>],
    baseline_points: usize,
    center: Option<f64>,
    sigmas: &[Option<f64>],
    possible: Range<f64>,
    sigma_z: Option<f64>,
    settings: &Settings,
) -> Chart {
    let enough = baseline_points >= LEAST_BASELINE;
    let mut points: Vec<Point> = Vec::with_capacity(values.len());
    // How many standard deviations a point is from the center, on the limits as calculated, not as drawn.
    let mut deviations: Vec<Option<f64>> = Vec::with_capacity(values.len());
    for (value, sigma) in values.iter().zip(sigmas) {
        let sigma = sigma.filter(|sigma| enough && *sigma > 0.0);
        let limits = center.zip(sigma).map(|(center, sigma)| (center - 3.0 * sigma, center + 3.0 * sigma));
        let side = value.zip(center).and_then(|(value, center)| side_of(value - center));
        points.push(Point {
            value: *value,
            lower: limits.map(|(lower, _)| lower.max(possible.start)),
            upper: limits.map(|(_, upper)| upper.min(possible.end)),
            side,
            signal: None,
        });
        deviations.push(value.zip(center).zip(sigma).map(|((value, center), sigma)| (value - center) / sigma));
    }
    if enough {
        let signals = signals(&points, &deviations, settings.rules);
        for (point, signal) in points.iter_mut().zip(signals) {
            point.signal = signal;
        }
    }
    Chart {
        center,
        points,
        baseline_points,
        trial: baseline_points < FULL_BASELINE,
        sigma_z,
        settings: settings.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(values: &[f64], settings: &Settings) -> Chart {
        individuals(&values.iter().copied().map(Some).collect::<Vec<_>>(), settings)
    }

    fn rules(chart: &Chart) -> Vec<Option<Rule>> {
        chart.points.iter().map(|point| point.signal.map(|signal| signal.rule)).collect()
    }

    const STEADY: [f64; 12] = [10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 11.0];

    #[test]
    fn few_points_have_no_limits_then_trial_limits_then_limits() {
        for (n, limits, trial) in
            [(0, false, true), (5, false, true), (6, true, true), (11, true, true), (12, true, false)]
        {
            let chart = read(&STEADY[..n], &Settings::default());
            assert_eq!(chart.points.last().is_some_and(|point| point.upper.is_some()), limits, "{n}");
            assert_eq!(chart.trial, trial, "{n}");
        }
    }

    #[test]
    fn a_month_without_a_value_breaks_runs_and_ranges() {
        let gap: Vec<Option<f64>> = STEADY
            .iter()
            .copied()
            .map(Some)
            .chain([Some(12.0), Some(11.5), Some(12.0), None, Some(11.5), Some(12.0), Some(11.5)])
            .collect();
        let chart = individuals(&gap, &Settings { baseline: Some(0..12), ..Settings::default() });
        assert!(!rules(&chart).contains(&Some(Rule::Shift)));
        assert_eq!((chart.points[15].value, chart.points[15].side), (None, None));
    }

    #[test]
    fn a_baseline_without_variation_has_no_limits() {
        let mut values = vec![0.0; 12];
        values.push(1.0);
        let chart = read(&values, &Settings { baseline: Some(0..12), ..Settings::default() });
        assert_eq!((chart.points[12].upper, chart.points[12].signal), (None, None));
        let none = vec![Share { numerator: 0, denominator: 40 }; 12];
        assert_eq!(shares(&none, &Settings::default()).points[3].upper, None);
    }

    #[test]
    fn screening_leaves_one_wild_range_out() {
        let wild: Vec<f64> = STEADY.iter().copied().chain([10.0, 60.0, 61.0, 60.0]).collect();
        let plain = read(&wild, &Settings::default()).points[0].upper.unwrap();
        let screened = read(&wild, &Settings { screen: true, ..Settings::default() }).points[0].upper.unwrap();
        assert!(screened < plain);
    }

    #[test]
    fn a_period_without_exposure_has_no_rate_and_events_never_no_limits() {
        let mut series = vec![Rate { events: 3, exposure: 10.0 }; 12];
        series[4].exposure = 0.0;
        series[5].exposure = f64::NAN;
        let chart = rates(&series, &Settings::default());
        assert_eq!((chart.points[4].value, chart.points[5].upper, chart.baseline_points), (None, None, 10));
        assert_eq!(chart.points[0].lower, Some(0.0));
        let none = vec![Rate { events: 0, exposure: 10.0 }; 12];
        assert_eq!(rates(&none, &Settings::default()).points[3].upper, None);
        assert_eq!(rates_laney(&none, &Settings::default()).points[3].upper, None);
        // Rates that never vary have no u′ limits either, though u limits.
        assert_eq!(rates_laney(&series, &Settings::default()).points[0].upper, None);
    }

    proptest! {
        #[test]
        fn rate_limits_scale_with_the_unit(series in prop::collection::vec((0_u64..50, 1_u64..50), 6..40)) {
            let series: Vec<Rate> = series.iter().map(|(x, n)| Rate { events: *x, exposure: *n as f64 }).collect();
            let halved: Vec<Rate> = series.iter().map(|rate| Rate { exposure: rate.exposure / 2.0, ..*rate }).collect();
            for draw in [rates, rates_laney] {
                let (one, other) = (draw(&series, &Settings::default()), draw(&halved, &Settings::default()));
                for (point, twice) in one.points.iter().zip(&other.points) {
                    prop_assert_eq!(point.upper.is_some(), twice.upper.is_some());
                    if let (Some(lower), Some(upper), Some(center), Some(double)) = (point.lower, point.upper, one.center, twice.upper) {
                        prop_assert!(0.0 <= lower && lower <= center && center <= upper);
                        prop_assert!((upper * 2.0 - double).abs() < 1e-9 * (1.0 + double));
                    }
                }
            }
        }

        #[test]
        fn limits_hold_the_center_and_shares_stay_shares(series in prop::collection::vec((0_u64..50, 0_u64..50), 0..40)) {
            let series: Vec<Share> = series.iter().map(|(x, more)| Share { numerator: *x, denominator: x + more }).collect();
            for chart in [shares(&series, &Settings::default()), shares_laney(&series, &Settings::default())] {
                prop_assert_eq!(chart.points.len(), series.len());
                for point in &chart.points {
                    if let (Some(lower), Some(upper), Some(center)) = (point.lower, point.upper, chart.center) {
                        prop_assert!(0.0 <= lower && lower <= center && center <= upper && upper <= 1.0);
                    }
                }
            }
        }
    }
}
