//! Comparisons: an estimate beside an earlier one, another group's, a target or a benchmark, with how sure the
//! difference is.

use super::compute::{Request, Study};
use super::estimate::{Estimate, Group, Note, Statistic, Status};
use super::metric::{Direction, Metric};
use super::persons::{BY_CLIENT, is_by_client};
use crate::project::Period;
use crate::query::QueryError;
use crate::statistics::recovery::difference;
use crate::statistics::{Interval, LEVEL};
use serde::Serialize;

/// What an estimate is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// The period of the same length just before.
    PeriodBefore,
    /// The same period a year earlier.
    YearBefore,
    Target,
    Benchmark,
    /// Another group of the same period.
    Group,
}

/// What the difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Better,
    Worse,
    /// Neither way is better.
    Different,
    /// The interval of the difference holds 0.
    NoClearDifference,
    /// Fewer units, here or there, than the metric's minimum.
    TooFew,
    /// A value is absent.
    NoData,
    /// The same people stand behind both, or it is a plain count: there is no interval.
    NotTested,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    pub against: Against,
    /// The period, the group, or who says the benchmark.
    pub with: String,
    /// What it is held against.
    pub value: Option<f64>,
    /// The estimate minus that value, in the statistic's unit.
    pub difference: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub method: String,
    pub verdict: Verdict,
    /// Of a target.
    pub status: Option<Status>,
    /// The rule behind the verdict or the status, in words.
    pub rule: String,
}

impl Comparison {
    fn of(against: Against, with: &str, value: Option<f64>) -> Self {
        Self {
            against,
            with: with.to_owned(),
            value,
            difference: None,
            lower: None,
            upper: None,
            method: String::new(),
            verdict: Verdict::NoData,
            status: None,
            rule: "a value is absent".into(),
        }
    }

    /// What an interval of the difference says.
    fn judged(mut self, direction: Direction, limits: Option<Interval>, method: &str) -> Self {
        let Some(Interval { lower, upper }) = limits else {
            self.verdict = Verdict::NotTested;
            self.rule = "there is no interval to test it by".into();
            return self;
        };
        (self.lower, self.upper, self.method) = (Some(lower), Some(upper), method.to_owned());
        let rises = lower > 0.0;
        if !rises && upper >= 0.0 {
            self.verdict = Verdict::NoClearDifference;
            self.rule = format!("the {:.0} % interval of the difference holds 0", LEVEL * 100.0);
            return self;
        }
        self.verdict = match (direction, rises) {
            (Direction::Higher, true) | (Direction::Lower, false) => Verdict::Better,
            (Direction::Neutral, _) => Verdict::Different,
            _ => Verdict::Worse,
        };
        self.rule = format!("the {:.0} % interval of the difference excludes 0", LEVEL * 100.0);
        self
    }
}

/// Two estimates of the same statistic, by recovering the variances from their limits (Zou & Donner 2008), which takes
/// them to be independent; with the limits of shares of counts, Wilson's, this is Newcombe's method 10. `stock` metrics
/// count the same people in period after period, so theirs is not tested over time.
#[must_use]
pub fn compare(metric: &Metric, now: &Estimate, then: &Estimate, against: Against, with: &str) -> Comparison {
    let mut comparison = Comparison::of(against, with, then.estimate);
    let (Some(value), Some(other)) = (now.estimate, then.estimate) else { return comparison };
    let minimum = metric.header.minimum_n as f64;
    let few = |e: &Estimate| e.note == Some(Note::TooFew) || e.denominator.is_some_and(|n| n < minimum);
    comparison.difference = Some(value - other);
    if few(now) || few(then) {
        comparison.verdict = Verdict::TooFew;
        comparison.rule = format!("fewer than {minimum} units on one side");
        return comparison;
    }
    let over_time = matches!(against, Against::PeriodBefore | Against::YearBefore);
    if (metric.header.stock && over_time) || matches!(now.statistic, Statistic::Events | Statistic::Clients) {
        comparison.verdict = Verdict::NotTested;
        comparison.rule = if metric.header.stock && over_time {
            "the same people are counted in both".into()
        } else {
            "a plain count has no interval".into()
        };
        return comparison;
    }
    let direction = metric.header.direction_of(now.statistic);
    let limits = |e: &Estimate| Some((e.estimate?, Interval { lower: e.lower?, upper: e.upper? }));
    let found = limits(now).zip(limits(then)).map(|(now, then)| difference(now, then));
    // Of a share by day the limits are the curve's, also where everybody was followed.
    let of_counts = |e: &Estimate| e.numerator.is_some() && e.denominator.is_some() && e.method.contains("wilson");
    let newcombe = now.statistic.is_share() && of_counts(now) && of_counts(then);
    let by_client = if is_by_client(now) || is_by_client(then) { BY_CLIENT } else { "" };
    let method = if newcombe { "newcombe" } else { "variance estimates recovery" };
    comparison.judged(direction, found, &format!("{method}{by_client}"))
}

/// An estimate and a fixed value: a target, with its status, or a benchmark.
#[must_use]
pub fn compare_with(metric: &Metric, now: &Estimate, value: f64, against: Against, with: &str) -> Comparison {
    let mut comparison = Comparison::of(against, with, Some(value));
    let status = (against == Against::Target).then_some(now.status).flatten();
    let Some(estimate) = now.estimate else {
        comparison.status = status;
        return comparison;
    };
    comparison.difference = Some(estimate - value);
    if now.denominator.is_some_and(|n| n < metric.header.minimum_n as f64) {
        comparison.verdict = Verdict::TooFew;
        comparison.rule = format!("fewer than {} units", metric.header.minimum_n);
    } else {
        let limits = now.lower.zip(now.upper).map(|(l, u)| Interval { lower: l - value, upper: u - value });
        comparison = comparison.judged(metric.header.direction_of(now.statistic), limits, &now.method);
    }
    comparison.status = status;
    if let Some(status) = status {
        let rule = match status {
            Status::Met => "met: at the target or better",
            Status::Near => "near: within the tolerance of the target",
            Status::NotMet => "not met: further from the target than the tolerance",
            Status::TooFew => "too few: fewer units than the metric's minimum",
            Status::NoData => "no data: no value",
        };
        comparison.rule = format!("{rule}; {}", comparison.rule);
    }
    comparison
}

/// What a statistic of a metric is elsewhere, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    pub value: f64,
    pub source: String,
}

/// An estimate with its comparisons.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    pub estimate: Estimate,
    pub comparisons: Vec<Comparison>,
}

impl Study<'_> {
    /// The headline statistic of each group of a period, beside the period before, the year before, its target and its
    /// benchmark (of everybody only: who says it, says it of no program of this agency).
    ///
    /// # Errors
    /// As [`Study::compute`].
    pub fn compared(
        &self,
        name: &str,
        period: &Period,
        breakdown: &[String],
        benchmark: Option<&Benchmark>,
    ) -> Result<Vec<Compared>, QueryError> {
        let mut periods = vec![period.clone()];
        let others = [(period.before(), Against::PeriodBefore), (period.months_before(12), Against::YearBefore)];
        for (other, _) in &others {
            if !periods.contains(other) {
                periods.push(other.clone());
            }
        }
        let breakdowns = [breakdown.to_vec()];
        let request = Request { metric: name, periods: &periods, breakdowns: &breakdowns, curve_to: None };
        let all = self.compute(&request)?;
        let Some(metric) = self.catalogue.get(name) else { return Ok(Vec::new()) };
        let headline = metric.header.headline();
        let is_headline = |e: &&Estimate| headline.is(e, metric);
        let of_period = |label: &str, group: &Group| {
            all.iter().filter(is_headline).find(|e| e.period.label == label && e.group == *group)
        };
        let mut found = Vec::new();
        for now in all.iter().filter(is_headline).filter(|e| e.period.label == period.label) {
            let mut comparisons = Vec::new();
            let before = if others[0].0 == others[1].0 { &others[1..] } else { &others[..] };
            for (other, against) in before {
                if let Some(then) = of_period(&other.label, &now.group) {
                    comparisons.push(compare(metric, now, then, *against, &other.label));
                }
            }
            if let Some(target) = self.targets.of(name, headline.statistic, headline.at, &now.group) {
                comparisons.push(compare_with(metric, now, target, Against::Target, "target"));
            }
            if let Some(benchmark) = benchmark.filter(|_| now.group.is_everybody()) {
                comparisons.push(compare_with(metric, now, benchmark.value, Against::Benchmark, &benchmark.source));
            }
            found.push(Compared { estimate: now.clone(), comparisons });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::PeriodLabel;

    fn metric(direction: &str, more: &str) -> Metric {
        let text = format!(
            "/*---\ntitle = \"t\"\nquestion = \"q\"\nkind = \"proportion\"\ngrain = \"g\"\ndirection = \"{direction}\"\nperiod = \"p\"\n{more}\n---*/\nselect 1"
        );
        Metric::parse("queries/core/m.sql", &text, false).expect("a header")
    }

    fn share(x: u64, n: u64) -> Estimate {
        let limits = crate::statistics::proportion::wilson(x, n, LEVEL);
        Estimate {
            metric: "m".into(),
            version: String::new(),
            period: PeriodLabel { label: "p".into(), start: String::new(), end: String::new(), partial: false },
            group: Group::default(),
            statistic: Statistic::Share,
            at: None,
            outcome: None,
            estimate: (n > 0).then(|| x as f64 / n as f64),
            lower: limits.map(|i| i.lower),
            upper: limits.map(|i| i.upper),
            level: LEVEL,
            method: "wilson".into(),
            numerator: Some(x as f64),
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

    fn against(metric: &Metric, now: (u64, u64), then: (u64, u64)) -> Comparison {
        compare(metric, &share(now.0, now.1), &share(then.0, then.1), Against::PeriodBefore, "before")
    }

    #[test]
    fn two_shares_are_compared_by_newcombe() {
        // 56/70 and 48/80: Newcombe 1998, table II.
        let found = against(&metric("higher", ""), (56, 70), (48, 80));
        assert_eq!((found.verdict, found.method.as_str()), (Verdict::Better, "newcombe"));
        assert!((found.lower.expect("a limit") - 0.0524).abs() < 5e-5);
        assert!((found.upper.expect("a limit") - 0.3339).abs() < 5e-5);
        assert_eq!(against(&metric("lower", ""), (56, 70), (48, 80)).verdict, Verdict::Worse);
        assert_eq!(against(&metric("neutral", ""), (56, 70), (48, 80)).verdict, Verdict::Different);
        assert_eq!(against(&metric("higher", ""), (50, 80), (48, 80)).verdict, Verdict::NoClearDifference);
    }

    #[test]
    fn where_nothing_can_be_said_nothing_is() {
        let few = against(&metric("higher", ""), (9, 9), (0, 80));
        assert_eq!((few.verdict, few.lower, few.difference), (Verdict::TooFew, None, Some(1.0)));
        assert_eq!(against(&metric("higher", ""), (0, 0), (48, 80)).verdict, Verdict::NoData);
        assert_eq!(against(&metric("higher", "stock = true"), (56, 70), (48, 80)).verdict, Verdict::NotTested);
        let groups = compare(&metric("higher", "stock = true"), &share(56, 70), &share(48, 80), Against::Group, "B");
        assert_eq!(groups.verdict, Verdict::Better);
    }

    #[test]
    fn a_target_has_its_status_and_the_rule_that_fired() {
        let now = Estimate { status: Some(Status::NotMet), ..share(56, 100) };
        let found = compare_with(&metric("higher", ""), &now, 0.8, Against::Target, "target");
        assert_eq!((found.verdict, found.status), (Verdict::Worse, Some(Status::NotMet)));
        assert!(found.rule.starts_with("not met: further from the target"), "{}", found.rule);
        let benchmark = compare_with(&metric("higher", ""), &now, 0.6, Against::Benchmark, "state average");
        assert_eq!((benchmark.verdict, benchmark.status), (Verdict::NoClearDifference, None));
    }
}
