//! The days an export can speak of, counted from a first one: their text, weekdays and business days.

use jiff::ToSpan;
use jiff::civil::Date;

/// A day, counted from the almanac's first.
pub type Day = i32;

/// A day and the minute of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    pub day: Day,
    pub minute: i32,
}

pub const MINUTES_A_DAY: i32 = 24 * 60;
/// Days before the window: cases that were open when it began started here.
const BEFORE: i32 = 1100;
/// Days after the as-of date: due dates.
const AHEAD: i32 = 500;

/// The calendar of an export whose window is the three years that end with the as-of date.
pub struct Almanac {
    first: Date,
    text: Vec<[u8; 10]>,
    month: Vec<i8>,
    business_days: Vec<i32>,
    first_weekday: i32,
    /// First day of the window.
    pub start: Day,
    /// Last day of the window: the as-of date.
    pub as_of: Day,
}

impl Almanac {
    pub fn new(as_of: Date) -> Self {
        let start_date = as_of.saturating_add(1.day()).saturating_sub(3.years());
        let first = start_date.saturating_sub(BEFORE.days());
        let length = |date: Date| (date - first).get_days();
        let mut almanac = Self {
            first,
            text: Vec::new(),
            month: Vec::new(),
            business_days: Vec::new(),
            first_weekday: i32::from(first.weekday().to_monday_zero_offset()),
            start: length(start_date),
            as_of: length(as_of),
        };
        let mut business_days = 0;
        for (day, date) in (0..almanac.as_of + AHEAD).zip(first.series(1.day())) {
            almanac.text.push(written(date));
            almanac.month.push(date.month());
            business_days += i32::from(!almanac.is_weekend(day));
            almanac.business_days.push(business_days);
        }
        almanac
    }

    /// The day as `YYYY-MM-DD`.
    pub fn text(&self, day: Day) -> &[u8] {
        usize::try_from(day).ok().and_then(|day| self.text.get(day)).map_or(b"", |text| text.as_slice())
    }

    /// The day of that date.
    pub fn day(&self, date: Date) -> Day {
        (date - self.first).get_days()
    }

    /// The date of that day.
    pub fn date(&self, day: Day) -> Date {
        self.first.saturating_add(day.days())
    }

    /// 0 is Monday.
    pub fn weekday(&self, day: Day) -> i32 {
        (day + self.first_weekday).rem_euclid(7)
    }

    pub fn is_weekend(&self, day: Day) -> bool {
        self.weekday(day) >= 5
    }

    /// The month of the day, 1 to 12.
    pub fn month(&self, day: Day) -> i8 {
        usize::try_from(day).ok().and_then(|day| self.month.get(day)).copied().unwrap_or(1)
    }

    fn business_day_number(&self, day: Day) -> i32 {
        usize::try_from(day).ok().and_then(|day| self.business_days.get(day)).copied().unwrap_or(i32::MAX)
    }

    /// The first day with `count` more business days behind it.
    pub fn after_business_days(&self, day: Day, count: i32) -> Day {
        let wanted = self.business_day_number(day).saturating_add(count);
        let mut later = day;
        while self.business_day_number(later) < wanted {
            later += 1;
        }
        later
    }
}

impl Moment {
    pub fn plus(self, minutes: i32) -> Self {
        let minute = self.minute + minutes;
        Self { day: self.day + minute.div_euclid(MINUTES_A_DAY), minute: minute.rem_euclid(MINUTES_A_DAY) }
    }
}

fn written(date: Date) -> [u8; 10] {
    let mut text = *b"0000-00-00";
    for (place, byte) in text.iter_mut().zip(date.to_string().bytes()) {
        *place = byte;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_window_is_three_years() {
        let almanac = Almanac::new(date(2026, 6, 30));
        assert_eq!(almanac.text(almanac.start), b"2023-07-01");
        assert_eq!(almanac.text(almanac.as_of), b"2026-06-30");
        assert_eq!(almanac.date(almanac.as_of + 1), date(2026, 7, 1));
    }

    #[test]
    fn business_days_skip_weekends() {
        let almanac = Almanac::new(date(2026, 6, 30));
        let friday = almanac.day(date(2026, 6, 5));
        assert_eq!(almanac.weekday(friday), 4);
        assert_eq!(almanac.date(almanac.after_business_days(friday, 3)), date(2026, 6, 10));
        assert_eq!(almanac.date(almanac.after_business_days(friday + 1, 0)), date(2026, 6, 6));
        assert_eq!(almanac.date(almanac.after_business_days(friday + 1, 1)), date(2026, 6, 8));
    }
}
