//! Months and days as a language writes them.

use super::Words;
use jiff::civil::Date;

/// The months' names as keys.
const MONTHS: [&str; 12] = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];

impl Words {
    /// "June"; empty for what is no month.
    #[must_use]
    pub fn month_name(&self, month: usize) -> &str {
        self.month("month", month)
    }

    /// "Jun": what an axis has room for.
    #[must_use]
    pub fn month_short(&self, month: usize) -> &str {
        self.month("month-short", month)
    }

    fn month(&self, family: &str, month: usize) -> &str {
        let number = MONTHS.get(month.wrapping_sub(1));
        number.and_then(|number| self.find(&format!("{family}.{number}"))).unwrap_or("")
    }

    /// "June 2026"
    #[must_use]
    pub fn month_of_year(&self, month: usize, year: i32) -> String {
        self.with("date.month", &[("month", &self.month_name(month)), ("year", &year)])
    }

    /// "30 June 2026"
    #[must_use]
    pub fn day(&self, date: Date) -> String {
        let month = self.month_name(date.month().unsigned_abs().into());
        self.with("date.day", &[("day", &date.day()), ("month", &month), ("year", &date.year())])
    }
}
