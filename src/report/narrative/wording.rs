//! The pieces that rules put into their places: periods, numbers with their unit, and who stands behind them.

use super::{Earlier, Known, Which};
use crate::chart::Unit;
use crate::measure::{Estimate, Statistic};
use crate::project::Period;
use crate::report::words::{count, span};

impl Known<'_> {
    /// "in June 2026", "over July 2024 to June 2025", "so far in June 2026"
    pub(super) fn when(&self) -> String {
        let so_far = if self.now.is_some_and(|e| e.period.partial) { "so far " } else { "" };
        let over = if one_month(self.period) { "in" } else { "over" };
        format!("{so_far}{over} {}", span(self.period))
    }

    /// "71%", "12.4 hours"; without a unit that the label says already.
    pub(super) fn unit_said(&self, value: f64) -> String {
        match self.unit {
            Unit::Number { of, .. } if of.starts_with("per ") && self.label.contains(of.as_str()) => {
                self.unit.printed(value)
            }
            unit => tidy(&unit.spoken(value)),
        }
    }

    /// " (62 of 107 goals due or closed)": who stands behind a figure.
    pub(super) fn behind(&self, estimate: &Estimate, with_noun: bool) -> String {
        if matches!(estimate.statistic, Statistic::Events | Statistic::Clients) {
            return String::new();
        }
        let parts = estimate.statistic.is_share() || estimate.statistic == Statistic::Rate;
        // "1 of 1 referrals" is no English, and no word is made singular by rule.
        let one = estimate.denominator.is_some_and(|n| (n - 1.0).abs() < 0.5);
        let noun = if one || (parts && !with_noun) { "" } else { self.counted };
        let words = tidy(&count(estimate, noun));
        match words.strip_prefix("of ") {
            Some("1") if !parts => " (one alone)".into(),
            Some(words) if !parts => format!(" ({words})"),
            _ if words.is_empty() => words,
            _ => format!(" ({words})"),
        }
    }
}

pub(super) fn one_month(period: &Period) -> bool {
    let month = Period::month_of(period.start);
    (period.start, period.end) == (month.start, month.end)
}

/// "in June 2025", "a year before"
pub(super) fn then(earlier: &Earlier<'_>) -> String {
    match earlier.which {
        _ if one_month(earlier.period) => format!("in {}", span(earlier.period)),
        Which::YearBefore => "a year before".into(),
        Which::PeriodBefore => "in the period before".into(),
    }
}

/// What the number is, after a label of any form: "Found eligible: the share …".
pub(super) fn what(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Events | Statistic::Clients => "the number",
        Statistic::Rate => "the rate",
        Statistic::Median | Statistic::MedianDays => "the median",
        Statistic::Mean => "the mean",
        Statistic::RestrictedMeanDays => "the mean time",
        Statistic::Quartile1 => "the lower quartile",
        Statistic::Quartile3 => "the upper quartile",
        Statistic::MeanChange => "the mean change",
        Statistic::EffectSize => "the effect size",
        Statistic::Share
        | Statistic::ShareByDay
        | Statistic::MatureShare
        | Statistic::ReliablyImproved
        | Statistic::ReliablyDeteriorated => "the share",
    }
}

/// Words of a project's own, on one line.
pub(super) fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
