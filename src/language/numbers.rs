//! Numbers as a language prints them.

use super::Words;
use super::catalogue::Catalogue;

/// How a language writes numbers: what its catalogue says under `number`.
pub struct NumberForm {
    decimal_mark: String,
    group_mark: String,
    /// Around a percentage's number: "{n}%", "{n} %".
    percent: (String, String),
}

impl NumberForm {
    pub fn of(catalogue: &Catalogue) -> Self {
        let text = |key: &str| catalogue.get(key).map_or("", super::Message::other);
        let (before, after) = text("number.percent").split_once("{n}").unwrap_or(("", "%"));
        Self {
            decimal_mark: text("number.decimal-mark").to_owned(),
            group_mark: text("number.group-mark").to_owned(),
            percent: (before.to_owned(), after.to_owned()),
        }
    }
}

impl Words {
    /// "71%"; what rounds to none or all without being it is "<1%" or ">99%".
    #[must_use]
    pub fn share(&self, value: f64) -> String {
        self.share_with(value, 0)
    }

    /// A share with one decimal: "94.6%".
    #[must_use]
    pub fn fine_share(&self, value: f64) -> String {
        self.share_with(value, 1)
    }

    fn share_with(&self, value: f64, decimals: usize) -> String {
        let percent = value * 100.0;
        // 23 of 40 is 57.5%, which doubles have as a shade less.
        let rounded = self.decimal(if percent > 1.0 { percent + 1e-9 } else { percent }, decimals);
        let least = 0.1f64.powi(i32::from(decimals > 0));
        let as_printed = |percent: f64| self.decimal(percent, decimals);
        // A shade of slack, so that 1 computed as 0.9999999999999999 is all.
        if percent > 1e-9 && rounded == as_printed(0.0) {
            format!("<{}", self.percent(&as_printed(least)))
        } else if percent < 100.0 - 1e-9 && rounded == as_printed(100.0) {
            format!(">{}", self.percent(&as_printed(100.0 - least)))
        } else {
            self.percent(&rounded)
        }
    }

    /// A number that is written already, as a percentage.
    #[must_use]
    pub fn percent(&self, number: &str) -> String {
        let (before, after) = &self.0.numbers.percent;
        format!("{before}{number}{after}")
    }

    /// A percentage's number alone.
    #[must_use]
    pub fn without_percent<'a>(&self, text: &'a str) -> &'a str {
        let (before, after) = &self.0.numbers.percent;
        let text = text.strip_prefix(before.as_str()).unwrap_or(text);
        text.strip_suffix(after.as_str()).unwrap_or(text)
    }

    /// "1,204"
    #[must_use]
    pub fn count(&self, value: f64) -> String {
        self.decimal(value, 0)
    }

    /// "1,204.5", "−0.3"
    #[must_use]
    pub fn decimal(&self, value: f64, decimals: usize) -> String {
        let form = &self.0.numbers;
        let text = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
        let mut out = String::new();
        // "−0" is nothing but 0.
        if value < 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0') {
            out.push('−');
        }
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                out.push_str(&form.group_mark);
            }
            out.push(digit);
        }
        if let Some(fraction) = fraction {
            out.push_str(&form.decimal_mark);
            out.push_str(fraction);
        }
        out
    }

    /// "42 to 68%", "1.2 to 3.4": two printed numbers; one where both print alike, the sign of percentages once.
    #[must_use]
    pub fn range(&self, from: &str, to: &str) -> String {
        if from == to {
            return to.to_owned();
        }
        let from = if from.starts_with(['<', '>']) { from } else { self.without_percent(from) };
        self.with("number.range", &[("from", &from), ("to", &to)])
    }
}
