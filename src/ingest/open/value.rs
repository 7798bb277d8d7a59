//! A workbook's values as text: days and times as ISO 8601 writes them, numbers as they are shown.

use calamine::{DataRef, ExcelDateTime};
use std::borrow::Cow;

/// A cell's text, and whether it is text in the workbook too.
pub fn of<'a>(value: &'a DataRef<'_>) -> (Cow<'a, str>, bool) {
    let text: Cow<'a, str> = match value {
        DataRef::String(text) => return (Cow::Borrowed(text), true),
        DataRef::SharedString(text) => return (Cow::Borrowed(text), true),
        DataRef::Empty => Cow::Borrowed(""),
        DataRef::Int(number) => number.to_string().into(),
        DataRef::Float(number) => number_text(*number).into(),
        DataRef::Bool(yes) => Cow::Borrowed(if *yes { "true" } else { "false" }),
        DataRef::DateTime(moment) => moment_text(*moment).into(),
        DataRef::DateTimeIso(text) => Cow::Borrowed(iso_moment(text)),
        DataRef::DurationIso(text) => iso_duration(text),
        // An error stands in the data as it is shown, and is found there like any other text that is no value.
        DataRef::Error(error) => error.to_string().into(),
    };
    (text, false)
}

/// Whole numbers without a point, others with the 15 digits that a workbook keeps.
pub fn number_text(number: f64) -> String {
    /// From here on digits are made up.
    const EXACT: f64 = 1e17;
    if number.abs() >= EXACT || number.is_nan() {
        return format!("{number:e}");
    }
    if number.fract() == 0.0 {
        return format!("{}", number as i64);
    }
    // What adding 0.1 and 0.2 leaves behind the 15th digit is nobody's.
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    format!("{rounded}")
}

/// Days since the workbook's first → a day, a moment or a time; a number if no day has it. A workbook does not tell a day
/// from a moment at midnight: both are days here.
fn moment_text(moment: ExcelDateTime) -> String {
    /// Behind 9999-12-31, whichever the first day is.
    const NO_DAY: f64 = 2_958_466.0;
    let value = moment.as_f64();
    if !(0.0..NO_DAY).contains(&value) {
        return number_text(value);
    }
    if moment.is_duration() || value < 1.0 {
        // Thousandths are rounded first: what multiplying left would take a second away.
        return clock((value * 86_400_000.0).round() as u64 / 1000);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

/// Hours may be more than a day has.
fn clock(seconds: u64) -> String {
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A moment without parts of seconds, and without a time if that is midnight.
pub fn iso_moment(text: &str) -> &str {
    let whole = match text.split_once('.') {
        Some((whole, parts)) if parts.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        _ => text,
    };
    whole.strip_suffix("T00:00:00").unwrap_or(whole)
}

/// `PT14H30M00S` → `14:30:00`.
pub fn iso_duration(text: &str) -> Cow<'_, str> {
    seconds(text).map_or(Cow::Borrowed(text), |seconds| clock(seconds).into())
}

fn seconds(text: &str) -> Option<u64> {
    let (mut total, mut number, mut parts) = (0_u64, 0_u64, false);
    for letter in text.strip_prefix('P')?.chars() {
        let unit = match letter {
            'T' => continue,
            '.' | ',' => {
                parts = true;
                continue;
            }
            digit if digit.is_ascii_digit() => {
                if !parts {
                    number = number.checked_mul(10)?.checked_add(u64::from(digit) - u64::from('0'))?;
                }
                continue;
            }
            'D' => 86_400,
            'H' => 3600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        number = 0;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    #[test]
    fn numbers_read_as_they_are_shown() {
        let shown = [0.0, -3.0, 1_234_567.0, 12.5, 0.1 + 0.2, 1e15, -0.000_25, 1e300].map(number_text);
        assert_eq!(shown, ["0", "-3", "1234567", "12.5", "0.3", "1000000000000000", "-0.00025", "1e300"]);
    }

    #[test]
    fn days_and_times_are_written_as_iso_writes_them() {
        let shown = |value, is_1904| moment_text(ExcelDateTime::new(value, DateTime, is_1904));
        assert_eq!(shown(46_053.0, false), "2026-01-31");
        assert_eq!(shown(46_053.0 - 1462.0, true), "2026-01-31");
        assert_eq!(shown(46_053.0 + 14.5 / 24.0, false), "2026-01-31T14:30:00");
        assert_eq!(shown(46_053.999_999_999, false), "2026-02-01");
        assert_eq!(shown(1.0, false), "1900-01-01");
        assert_eq!(shown(14.5 / 24.0, false), "14:30:00");
        assert_eq!(shown(-1.0, false), "-1");
        assert_eq!(shown(9e9, false), "9000000000");
        assert_eq!(moment_text(ExcelDateTime::new(37.5 / 24.0, TimeDelta, false)), "37:30:00");
        assert_eq!(iso_moment("2026-01-31T00:00:00.000"), "2026-01-31");
        assert_eq!(iso_moment("2026-01-31T08:05:00"), "2026-01-31T08:05:00");
        assert_eq!(iso_duration("PT14H30M00.25S"), "14:30:00");
        assert_eq!(iso_duration("P1DT1H"), "25:00:00");
        assert_eq!(iso_duration("-PT1H"), "-PT1H");
    }
}
