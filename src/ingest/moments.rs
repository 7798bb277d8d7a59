//! Dates and times as written in a cell: `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM[:SS]`.

/// What stands in the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Days since 1970-01-01, and seconds since its midnight.
    At(i32, i64),
    /// The form is right, the day or time is not.
    Impossible,
    /// Another form.
    Unreadable,
}

/// No date of a person living or of their case lies before 1850-01-01, nor on or after 2200-01-01.
pub const FIRST_DAY: i32 = -43_829;
pub const DAY_AFTER_LAST: i32 = 84_006;

pub const SECONDS_PER_DAY: i64 = 86_400;

/// A date and nothing else.
#[inline]
pub fn date(cell: &[u8]) -> Moment {
    let Ok(cell) = <&[u8; 10]>::try_from(cell) else { return Moment::Unreadable };
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *cell else { return Moment::Unreadable };
    let Some(pairs) = pairs([y1, y2, y3, y4, m1, m2, d1, d2]) else { return Moment::Unreadable };
    let [century, years, month, day] = pairs;
    let year = century * 100 + years;
    let at = ((year - FIRST_YEAR) * 12 + month - 1) as usize;
    if let (1..=12, Some([first, next])) = (month, MONTHS.get(at..).and_then(<[i32]>::first_chunk::<2>)) {
        let days = first + day - 1;
        return if day == 0 || days >= *next {
            Moment::Impossible
        } else {
            Moment::At(days, i64::from(days) * SECONDS_PER_DAY)
        };
    }
    if year == 0 || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return Moment::Impossible;
    }
    let days = days_from_civil(year, month, day);
    Moment::At(days, i64::from(days) * SECONDS_PER_DAY)
}

/// Years whose months are known by heart; others are calculated.
const FIRST_YEAR: i32 = 1880;
const YEARS: usize = 240;

/// The first day of each month, from the first year's January on.
static MONTHS: [i32; YEARS * 12 + 1] = {
    let mut months = [0; YEARS * 12 + 1];
    let mut at = 0;
    while at < months.len() {
        months[at] = days_from_civil(FIRST_YEAR + (at / 12) as i32, (at % 12) as i32 + 1, 1);
        at += 1;
    }
    months
};

/// Eight digits, two at a time.
#[inline]
fn pairs(digits: [u8; 8]) -> Option<[i32; 4]> {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    let word = u64::from_le_bytes(digits) ^ 0x3030_3030_3030_3030;
    // A digit has no high half, and neither has it with six added.
    if (word | word.wrapping_add(0x0606_0606_0606_0606)) & HIGH != 0 {
        return None;
    }
    // Each byte, ten times, plus the one behind it: the first of a pair holds the pair.
    let [first, _, second, _, third, _, fourth, _] = (word * 10 + (word >> 8)).to_le_bytes();
    Some([first, second, third, fourth].map(i32::from))
}

/// A date and a time, seconds optional; a space may stand for the `T`.
pub fn timestamp(cell: &[u8]) -> Moment {
    let Some((day, time)) = cell.split_at_checked(10) else { return Moment::Unreadable };
    let (hour, minute, second) = match time {
        [b'T' | b't' | b' ', h1, h2, b':', m1, m2] => (two(*h1, *h2), two(*m1, *m2), Some(0)),
        [b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2] => (two(*h1, *h2), two(*m1, *m2), two(*s1, *s2)),
        _ => return Moment::Unreadable,
    };
    let (Some(hour), Some(minute), Some(second)) = (hour, minute, second) else { return Moment::Unreadable };
    match date(day) {
        Moment::At(..) if hour > 23 || minute > 59 || second > 59 => Moment::Impossible,
        Moment::At(days, midnight) => Moment::At(days, midnight + i64::from(hour * 3600 + minute * 60 + second)),
        other => other,
    }
}

fn two(tens: u8, ones: u8) -> Option<i32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar, years counted from March so that the leap day comes last.
const fn days_from_civil(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// The form the cell seems to have, for the hint.
pub fn form_seen(cell: &str) -> Option<&'static str> {
    let shape: String = cell.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
    Some(match shape.as_str() {
        "99/99/9999" | "9/99/9999" | "99/9/9999" | "9/9/9999" => {
            let mut parts = cell.split('/').filter_map(|part| part.parse::<u32>().ok());
            match (parts.next(), parts.next()) {
                (Some(first), _) if first > 12 => "DD/MM/YYYY",
                (_, Some(second)) if second > 12 => "MM/DD/YYYY",
                _ => "DD/MM/YYYY or MM/DD/YYYY",
            }
        }
        "99.99.9999" | "9.9.9999" | "9.99.9999" | "99.9.9999" => "DD.MM.YYYY",
        "99-99-9999" => "DD-MM-YYYY or MM-DD-YYYY",
        "99/99/99" | "9/9/99" | "9/99/99" | "99/9/99" => "a date with a two-digit year",
        "9999/99/99" => "YYYY/MM/DD",
        "9999.99.99" => "YYYY.MM.DD",
        "99999999" => "YYYYMMDD",
        "99999" => "a workbook's day number",
        "9999-9-9" | "9999-99-9" | "9999-9-99" => "YYYY-M-D without leading zeros",
        "9999-99" => "a month without a day",
        "9999" => "a year alone",
        _ if shape.starts_with("9999-99-99T") || shape.starts_with("9999-99-99 ") => "a date with a time",
        _ if cell.chars().filter(char::is_ascii_alphabetic).count() >= 3 && shape.contains("9999") => {
            "a date with the month's name"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_where_the_calendar_library_puts_it() {
        let epoch = jiff::civil::date(1970, 1, 1);
        let mut day = jiff::civil::date(1, 1, 1);
        while day.year() < 2801 {
            let expected = epoch.until(day).expect("in range").get_days();
            assert_eq!(
                date(day.to_string().as_bytes()),
                Moment::At(expected, i64::from(expected) * SECONDS_PER_DAY),
                "{day}"
            );
            day = day.tomorrow().expect("in range");
        }
    }

    #[test]
    fn the_first_and_the_last_day_are_what_they_are_said_to_be() {
        assert_eq!(date(b"1850-01-01"), Moment::At(FIRST_DAY, i64::from(FIRST_DAY) * SECONDS_PER_DAY));
        assert_eq!(date(b"2200-01-01"), Moment::At(DAY_AFTER_LAST, i64::from(DAY_AFTER_LAST) * SECONDS_PER_DAY));
    }

    #[test]
    fn forms_and_days_are_told_apart() {
        assert_eq!(date(b"2025-02-30"), Moment::Impossible);
        assert_eq!(date(b"2025-13-01"), Moment::Impossible);
        assert_eq!(date(b"2025-00-10"), Moment::Impossible);
        assert_eq!(date(b"31/12/2025"), Moment::Unreadable);
        assert_eq!(date(b"2025-1-1"), Moment::Unreadable);
        assert_eq!(timestamp(b"1970-01-02T00:01"), Moment::At(1, SECONDS_PER_DAY + 60));
        assert_eq!(timestamp(b"1970-01-01 00:00:59"), Moment::At(0, 59));
        assert_eq!(timestamp(b"1970-01-01T24:00"), Moment::Impossible);
        assert_eq!(timestamp(b"1970-01-01"), Moment::Unreadable);
        assert_eq!(timestamp(b"1970-01-01T10:00Z"), Moment::Unreadable);
    }

    #[test]
    fn the_form_seen_is_named() {
        assert_eq!(form_seen("31/12/2025"), Some("DD/MM/YYYY"));
        assert_eq!(form_seen("12/31/2025"), Some("MM/DD/YYYY"));
        assert_eq!(form_seen("45992"), Some("a workbook's day number"));
        assert_eq!(form_seen("March 3, 2025"), Some("a date with the month's name"));
        assert_eq!(form_seen("soon"), None);
    }
}
