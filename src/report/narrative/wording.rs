//! The pieces that rules put into their places: periods, numbers with their unit, and who stands behind them.

use super::{Earlier, Known, Which};
use crate::chart::Unit;
use crate::measure::{Estimate, Statistic};
use crate::report::words::{count, during, one_month, span};

impl Known<'_> {
    /// "in June 2026", "over July 2024 to June 2025", "so far in June 2026"
    pub(super) fn when(&self) -> String {
        if !self.now.is_some_and(|e| e.period.partial) {
            return during(self.period, self.words);
        }
        let key = if one_month(self.period) { "date.so-far-in" } else { "date.so-far-over" };
        self.words.with(key, &[("period", &span(self.period, self.words))])
    }

    /// "in June 2025", "a year before"
    pub(super) fn then(&self, earlier: &Earlier<'_>) -> String {
        match earlier.which {
            _ if one_month(earlier.period) => during(earlier.period, self.words),
            Which::YearBefore => self.words.of("date.year-before").into(),
            Which::PeriodBefore => self.words.of("date.period-before").into(),
        }
    }

    pub(super) fn printed(&self, value: f64) -> String {
        self.unit.printed(value, self.words)
    }

    /// "71%", "12.4 hours"; without a unit that the label says already.
    pub(super) fn unit_said(&self, value: f64) -> String {
        match self.unit {
            Unit::Number { of, .. }
                if of.starts_with(self.words.of("units.per")) && self.label.contains(of.as_str()) =>
            {
                self.printed(value)
            }
            unit => tidy(&unit.spoken(value, self.words)),
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
        // Without a part of it known, there is only how many there are.
        let whole = estimate.numerator.is_none() && (estimate.censored != Some(0) || estimate.events.is_none());
        if !parts
            && whole
            && let Some(all) = estimate.denominator
        {
            let counted = tidy(&format!("{} {noun}", self.words.count(all)));
            return format!(" ({})", if one { self.words.of("sentence.one-alone") } else { &counted });
        }
        let said = tidy(&count(estimate, noun, self.words));
        if said.is_empty() { said } else { format!(" ({said})") }
    }
}

/// What the number is, after a label of any form: "Found eligible: the share …"; a key of the catalogue.
pub(super) fn what(statistic: Statistic) -> &'static str {
    match statistic {
        Statistic::Events | Statistic::Clients => "what.number",
        Statistic::Rate => "what.rate",
        Statistic::Median | Statistic::MedianDays => "what.median",
        Statistic::Mean => "what.mean",
        Statistic::RestrictedMeanDays => "what.mean-time",
        Statistic::Quartile1 => "what.lower-quartile",
        Statistic::Quartile3 => "what.upper-quartile",
        Statistic::MeanChange => "what.mean-change",
        Statistic::EffectSize => "what.effect-size",
        Statistic::Share
        | Statistic::ShareByDay
        | Statistic::MatureShare
        | Statistic::ReliablyImproved
        | Statistic::ReliablyDeteriorated => "what.share",
    }
}

/// Words of a project's own, on one line.
pub(super) fn tidy(text: &str) -> String {
    text.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
