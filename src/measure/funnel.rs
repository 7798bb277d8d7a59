//! Groups of one period against how far chance alone would put groups of their size: the limits of a funnel, made of the
//! groups' estimates and nothing else. A chart for readers outside the agency hands over released ones.

use super::compare::Verdict;
use super::estimate::{Estimate, Statistic};
use super::metric::{Direction, Metric};
use crate::statistics::Interval;
use crate::statistics::comparison::{SingleTest, count_against, share_against};
use crate::statistics::funnel::{Interpolation, LEVELS, ShareLimits, outside, rate_limits, ratio_limits, share_limits};
use crate::statistics::overdispersion::{Extremes, Overdispersion, Scale, Site, overdispersion};
use crate::statistics::run_rules::Side;
use serde::Serialize;

/// Groups that stand beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct SideBySide {
    /// The value of all groups that are held against limits, together.
    pub centre: Option<f64>,
    /// How much more they vary than chance alone would make them (1: no more), and whether the limits are widened by it.
    pub dispersion: Option<f64>,
    pub widened: bool,
    /// In the order of the estimates; `None` where a group is too small, or nobody's, or there is nothing to count.
    pub standings: Vec<Option<Standing>>,
    /// The limits for groups of every size up to a little above the largest, in order of size; none for fewer than two
    /// groups, whose common value would say nothing of either.
    pub curve: Vec<LimitsAt>,
}

/// Where a group stands, and what it is held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The 95 % limits, in the unit of the value.
    pub inner: Interval,
    /// The 99.8 % limits.
    pub outer: Interval,
    pub position: Position,
    pub verdict: Verdict,
    pub rule: String,
}

/// The limits for a group of some size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimitsAt {
    pub size: f64,
    pub inner: Interval,
    pub outer: Interval,
}

/// Where a group stands in the funnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    Within,
    /// Outside the 95 % limits: one group in twenty is, by chance.
    Outside95,
    /// Outside the 99.8 % limits.
    Outside998,
    /// There are no limits for it.
    None,
}

/// Points of a curve of limits; closer together where groups are small, and the limits bend.
const POINTS: u32 = 60;
/// How far the curves go beyond the largest group.
const BEYOND: f64 = 1.1;

/// Holds groups against the limits of chance around their common value. All estimates are of one statistic and period.
#[must_use]
pub fn side_by_side(metric: &Metric, estimates: &[&Estimate]) -> SideBySide {
    let counted: Vec<Option<Counted>> = estimates.iter().map(|e| Counted::judged(e, metric)).collect();
    let known: Vec<Site> = counted.iter().flatten().map(|c| Site { observed: c.events, size: c.size }).collect();
    let is_share = counted.iter().flatten().next().is_none_or(|counted| counted.is_share);
    let direction = estimates.first().map_or(metric.header.direction, |e| metric.header.direction_of(e.statistic));
    let limits = Limits::around(&known, false, is_share, direction);
    if known.len() < 2 {
        let standings = vec![None; estimates.len()];
        return SideBySide { centre: limits.centre(), dispersion: None, widened: false, standings, curve: Vec::new() };
    }
    let standings = estimates
        .iter()
        .zip(&counted)
        .map(|(estimate, counted)| {
            let counted = (*counted)?;
            limits.stand(estimate.estimate?, Site { observed: counted.events, size: counted.size })
        })
        .collect();
    let largest = known.iter().map(|site| site.size).fold(0.0, f64::max) * BEYOND;
    let mut curve: Vec<LimitsAt> = (1..=POINTS)
        .filter_map(|i| {
            let size = largest * (f64::from(i) / f64::from(POINTS)).powi(2);
            // Shares are of whole units.
            let size = if is_share { size.ceil() } else { size };
            let of_size = Site { observed: 0, size };
            Some(LimitsAt { size, inner: limits.at(of_size, LEVELS[0])?, outer: limits.at(of_size, LEVELS[1])? })
        })
        .collect();
    curve.dedup_by(|a, b| a.size.total_cmp(&b.size).is_eq());
    SideBySide {
        centre: limits.centre(),
        dispersion: limits.dispersion.as_ref().map(|found| found.phi),
        widened: limits.widened().is_some(),
        standings,
        curve,
    }
}

/// Counts behind a group's estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counted {
    pub events: u64,
    pub size: f64,
    pub is_share: bool,
}

impl Counted {
    pub fn of(estimate: &Estimate) -> Option<Self> {
        estimate.estimate?;
        let is_share = estimate.statistic.is_share();
        (is_share || estimate.statistic == Statistic::Rate)
            .then(|| Some(Self { events: estimate.numerator? as u64, size: estimate.denominator?, is_share }))?
            .filter(|counted| counted.size > 0.0)
    }

    /// Those of a group that is held against limits: somebody's, and large enough. Who is in no group is shown, and not
    /// judged.
    pub fn judged(estimate: &Estimate, metric: &Metric) -> Option<Self> {
        let somebodys = estimate.group.0.first().is_some_and(|(_, value)| value.is_some());
        let large = estimate.denominator.is_some_and(|n| n >= metric.header.minimum_n as f64);
        Self::of(estimate).filter(|_| somebodys && large)
    }
}

/// How limits are made, the same for all groups.
pub(super) struct Limits {
    common: Option<f64>,
    is_adjusted: bool,
    is_share: bool,
    pub dispersion: Option<Overdispersion>,
    direction: Direction,
}

impl Limits {
    /// Around the common value of these sites: of what was observed in them over their sizes.
    pub fn around(known: &[Site], is_adjusted: bool, is_share: bool, direction: Direction) -> Self {
        let (events, size) = known.iter().fold((0, 0.0), |(x, n), site| (x + site.observed, n + site.size));
        let common = (size > 0.0).then(|| events as f64 / size);
        // A rate's exposure becomes the events expected of it, so that sites are on the scale of observed over expected.
        let dispersion = match (is_adjusted, is_share, common) {
            (false, true, _) => overdispersion(known, Scale::Share, None, Extremes::default()),
            (false, false, Some(rate)) => {
                let sized: Vec<Site> = known.iter().map(|s| Site { size: s.size * rate, ..*s }).collect();
                overdispersion(&sized, Scale::Root, None, Extremes::default())
            }
            _ => overdispersion(known, Scale::Root, None, Extremes::default()),
        };
        Self { common, is_adjusted, is_share, dispersion, direction }
    }

    /// What widens the limits, where something does.
    pub fn widened(&self) -> Option<&Overdispersion> {
        self.dispersion.as_ref().filter(|found| found.widen())
    }

    /// The common value in the unit of the estimates.
    pub fn centre(&self) -> Option<f64> {
        self.common.map(|value| if self.is_share { value } else { value * 100.0 })
    }

    /// In the unit of the estimate, or of observed over expected.
    pub fn at(&self, site: Site, level: f64) -> Option<Interval> {
        let common = self.common?;
        let per_100 = |limits: Interval| Interval { lower: limits.lower * 100.0, upper: limits.upper * 100.0 };
        match (self.widened(), self.is_adjusted, self.is_share) {
            (Some(found), true, _) | (Some(found), false, true) => found.limits(site.size, level),
            (Some(found), false, false) => {
                let limits = found.limits(site.size * common, level)?;
                Some(per_100(Interval { lower: limits.lower * common, upper: limits.upper * common }))
            }
            (None, true, _) => ratio_limits(site.size, level, Interpolation::default()),
            (None, false, true) => share_limits(common, site.size as u64, level, ShareLimits::default()),
            (None, false, false) => rate_limits(common, site.size, level, Interpolation::default()).map(per_100),
        }
    }

    /// The p-value of no difference from all groups together.
    pub fn p(&self, site: Site) -> Option<f64> {
        let common = self.common?;
        if self.is_adjusted {
            count_against(site.observed, site.size, SingleTest::MidP)
        } else if self.is_share {
            share_against(site.observed, site.size as u64, common, SingleTest::MidP)
        } else {
            count_against(site.observed, site.size * common, SingleTest::MidP)
        }
    }

    /// Where a value of a site stands.
    pub fn stand(&self, value: f64, site: Site) -> Option<Standing> {
        let (inner, outer) = (self.at(site, LEVELS[0])?, self.at(site, LEVELS[1])?);
        let (position, away) = match (outside(value, outer), outside(value, inner)) {
            (Some(far), _) => (Position::Outside998, Some(far)),
            (None, Some(near)) => (Position::Outside95, Some(near)),
            (None, None) => (Position::Within, None),
        };
        let verdict = match (away, self.direction) {
            (None, _) => Verdict::NoClearDifference,
            (Some(_), Direction::Neutral) => Verdict::Different,
            (Some(Side::Above), Direction::Higher) | (Some(Side::Below), Direction::Lower) => Verdict::Better,
            (Some(_), _) => Verdict::Worse,
        };
        let which = if self.widened().is_some() { "limits widened for how much such groups differ" } else { "limits" };
        let rule = match position {
            Position::Outside998 => format!("outside the 99.8 % {which}"),
            Position::Outside95 => format!("outside the 95 % {which}: one group in twenty is, by chance"),
            _ => format!("within the 95 % {which}"),
        };
        Some(Standing { inner, outer, position, verdict, rule })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{Catalogue, Group, PeriodLabel};
    use proptest::prelude::*;

    fn goals() -> Metric {
        Catalogue::load(&[]).expect("built-in metrics").get("goal_attainment").expect("a metric").clone()
    }

    fn share(program: Option<&str>, met: u64, n: u64) -> Estimate {
        let group = Group(vec![("program".into(), program.map(str::to_owned))]);
        let period = PeriodLabel { label: "June".into(), start: "a".into(), end: "b".into(), partial: false };
        Estimate {
            metric: "goal_attainment".into(),
            version: String::new(),
            period,
            group,
            statistic: Statistic::Share,
            at: None,
            outcome: None,
            estimate: (n > 0).then(|| met as f64 / n as f64),
            lower: None,
            upper: None,
            level: 0.95,
            method: "wilson".into(),
            numerator: Some(met as f64),
            denominator: Some(n as f64),
            at_risk: None,
            events: None,
            censored: None,
            unknown: Some(0),
            excluded: Some(0),
            status: None,
            note: None,
            people: None,
        }
    }

    #[test]
    fn small_groups_and_nobody_s_are_not_judged_and_do_not_count() {
        let all = [
            share(Some("A"), 60, 100),
            share(Some("B"), 20, 60),
            share(Some("C"), 9, 9),
            share(None, 50, 50),
            share(Some("D"), 0, 0),
        ];
        let found = side_by_side(&goals(), &all.iter().collect::<Vec<_>>());
        assert_eq!(found.centre, Some(0.5));
        let judged: Vec<bool> = found.standings.iter().map(Option::is_some).collect();
        assert_eq!(judged, [true, true, false, false, false]);
        // A program alone has nothing to stand beside.
        let alone = side_by_side(&goals(), &[&all[0]]);
        assert!(alone.curve.is_empty() && alone.standings == [None]);
        assert_eq!(side_by_side(&goals(), &[]).centre, None);
    }

    proptest! {
        #[test]
        fn the_curves_go_through_the_limits_of_the_groups(
            groups in prop::collection::vec((10u64..400, 0.0..=1.0f64), 2..20),
        ) {
            let all: Vec<Estimate> = groups
                .iter()
                .enumerate()
                .map(|(i, (n, part))| share(Some(&format!("P{i}")), (*n as f64 * part) as u64, *n))
                .collect();
            let found = side_by_side(&goals(), &all.iter().collect::<Vec<_>>());
            let (met, n) = all.iter().fold((0.0, 0.0), |(x, m), e| (x + e.numerator.unwrap(), m + e.denominator.unwrap()));
            prop_assert!((found.centre.unwrap() - met / n).abs() < 1e-12);
            let Some(centre) = found.centre.filter(|c| *c > 0.0 && *c < 1.0) else {
                prop_assert!(found.curve.is_empty());
                return Ok(());
            };
            let largest = groups.iter().map(|(n, _)| *n).max().unwrap() as f64;
            prop_assert!(found.curve.last().unwrap().size >= largest);
            prop_assert!(found.curve.windows(2).all(|pair| pair[0].size < pair[1].size));
            for limits in &found.curve {
                prop_assert!(limits.outer.lower <= limits.inner.lower && limits.inner.lower <= centre + 1e-12);
                prop_assert!(centre <= limits.inner.upper + 1e-12 && limits.inner.upper <= limits.outer.upper);
            }
            for (estimate, standing) in all.iter().zip(&found.standings) {
                let standing = standing.as_ref().unwrap();
                let at = found.curve.iter().find(|limits| Some(limits.size) == estimate.denominator);
                prop_assert!(at.is_none_or(|at| at.inner == standing.inner && at.outer == standing.outer));
                let value = estimate.estimate.unwrap();
                let within = standing.inner.lower <= value && value <= standing.inner.upper;
                prop_assert_eq!(within, standing.position == Position::Within);
            }
        }
    }
}
