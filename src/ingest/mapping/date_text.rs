//! A cell's text read by one form of dates.

use super::date_form::{Item, Part};
use jiff::civil::Date;

/// A day and its wall-clock time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    pub day: Date,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// What a cell is by a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    At(At),
    /// It has the form, and there is no such day or time.
    Impossible,
    Unfit,
}

pub fn read_written(items: &[Item], text: &str, months: &Months) -> Met {
    let (mut year, mut month, mut day) = (0_u32, 0_u32, 0_u32);
    let (mut hour, mut minute, mut second) = (0_u32, 0_u32, 0_u32);
    let (mut after_noon, mut twelve) = (None, false);
    let mut rest = text;
    for item in items {
        let next = match item {
            Item::Number(part) | Item::Padded(part) => {
                let (least, most) = match part {
                    Part::Year => (4, 4),
                    Part::ShortYear => (2, 2),
                    Part::SecondFraction => (1, 9),
                    _ if matches!(item, Item::Padded(_)) => (2, 2),
                    _ => (1, 2),
                };
                number(rest, least, most).map(|(value, rest)| {
                    match part {
                        Part::Year => year = value,
                        // As POSIX has it: 69 is 1969, 68 is 2068.
                        Part::ShortYear => year = if value < 69 { 2000 + value } else { 1900 + value },
                        Part::Month => month = value,
                        Part::Day => day = value,
                        Part::Hour => hour = value,
                        Part::Hour12 => (hour, twelve) = (value, true),
                        Part::Minute => minute = value,
                        Part::Second => second = value,
                        Part::SecondFraction => {}
                    }
                    rest
                })
            }
            Item::MonthName => months.read(rest).or_else(|| named(rest, &MONTHS)).map(|(at, rest)| {
                month = at + 1;
                rest.strip_prefix('.').unwrap_or(rest)
            }),
            Item::DayName => named(rest, &WEEKDAYS).map(|(_, rest)| rest.strip_prefix('.').unwrap_or(rest)),
            Item::Fraction => match rest.strip_prefix(['.', ',']) {
                Some(digits) => number(digits, 1, 9).map(|(_, rest)| rest),
                None => Some(rest),
            },
            Item::HalfDay => half_day(rest).map(|(after, rest)| {
                after_noon = Some(after);
                rest
            }),
            Item::Offset => offset(rest),
            Item::Space => {
                let trimmed = rest.trim_start();
                (trimmed.len() < rest.len()).then_some(trimmed)
            }
            Item::Letter(letter) => {
                let first = rest.chars().next();
                first.filter(|c| c.eq_ignore_ascii_case(letter)).and_then(|c| rest.get(c.len_utf8()..))
            }
        };
        let Some(next) = next else { return Met::Unfit };
        rest = next;
    }
    if !rest.is_empty() {
        return Met::Unfit;
    }
    if twelve {
        if !(1..=12).contains(&hour) {
            return Met::Impossible;
        }
        hour = hour % 12 + if after_noon == Some(true) { 12 } else { 0 };
    }
    at(year, month, day, hour, minute, second).map_or(Met::Impossible, Met::At)
}

fn at(year: u32, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<At> {
    let year = i16::try_from(year).ok().filter(|year| *year > 0)?;
    let day = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let below = |value: u32, end: u32| u8::try_from(value).ok().filter(|_| value < end);
    Some(At { day, hour: below(hour, 24)?, minute: below(minute, 60)?, second: below(second, 60)? })
}

/// A number of so many digits, and what follows it.
fn number(text: &str, least: usize, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at_checked(length)?;
    let value = digits.bytes().fold(0_u32, |value, digit| value * 10 + u32::from(digit - b'0'));
    (length >= least).then_some((value, rest))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Letters by which months and weekdays are known.
const SHORT: usize = 3;

/// Names of the months in another language.
#[derive(Debug, Clone, Default)]
pub struct Months(Vec<(Vec<char>, u32)>);

impl Months {
    /// Twelve names, or several times twelve; anything else are none.
    pub fn new(names: &[String]) -> Option<Self> {
        let small = |name: &String| name.trim().chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
        let mut months: Vec<(Vec<char>, u32)> = names.iter().map(small).zip((0..12).cycle()).collect();
        months.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        (names.len().is_multiple_of(12) && months.iter().all(|(name, _)| !name.is_empty())).then_some(Self(months))
    }

    /// The longest name that stands at the beginning, as a whole word.
    fn read<'t>(&self, text: &'t str) -> Option<(u32, &'t str)> {
        self.0.iter().find_map(|(name, month)| {
            let mut letters = text.chars();
            let fits = name.iter().all(|letter| letters.next().is_some_and(|c| c.to_lowercase().eq([*letter])));
            let rest = letters.as_str();
            let ends = !rest.starts_with(char::is_alphabetic);
            (fits && ends).then_some((*month, rest))
        })
    }
}

/// A name or its beginning: at least three letters of it.
fn named<'t>(text: &'t str, names: &[&str]) -> Option<(u32, &'t str)> {
    let length = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (word, rest) = text.split_at_checked(length)?;
    let is = |name: &&str| name.get(..length).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let at = names.iter().position(|name| length >= SHORT && is(name))?;
    Some((u32::try_from(at).ok()?, rest))
}

/// `am`, `PM`, `p.m.`
fn half_day(text: &str) -> Option<(bool, &str)> {
    let rest = text.strip_prefix(['a', 'A', 'p', 'P'])?;
    let after = text.starts_with(['p', 'P']);
    let rest = rest.strip_prefix('.').unwrap_or(rest).strip_prefix(['m', 'M'])?;
    Some((after, rest.strip_prefix('.').unwrap_or(rest)))
}

/// `Z`, `+02`, `+0200`, `+02:00`: read and left off.
fn offset(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some(rest);
    }
    let (_, rest) = number(text.strip_prefix(['+', '-'])?, 2, 2)?;
    let minutes = rest.strip_prefix(':').unwrap_or(rest);
    Some(number(minutes, 2, 2).map_or(rest, |(_, rest)| rest))
}

/// Day 1 is 1900-01-01, and a 29 February 1900 that never was is day 60; or day 0 is 1904-01-01.
pub fn read_excel(since_1904: bool, text: &str) -> Met {
    /// 9999-12-31.
    const LAST: u32 = 2_958_465;
    const LEAP_DAY: u32 = 60;
    const SECONDS: f64 = 86_400.0;
    let Some((days, rest)) = number(text, 1, 7) else { return Met::Unfit };
    let fraction = match rest.strip_prefix('.') {
        None if rest.is_empty() => 0.0,
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            rest.parse::<f64>().unwrap_or(0.0)
        }
        _ => return Met::Unfit,
    };
    // Within a day: 0 to 86,400.
    let seconds = (fraction * SECONDS).round() as u32;
    let (days, seconds) = (days + seconds / 86_400, seconds % 86_400);
    if days > LAST {
        return Met::Unfit;
    }
    let first = match (since_1904, days) {
        (true, _) => Date::constant(1904, 1, 1),
        (false, 0 | LEAP_DAY) => return Met::Impossible,
        (false, 1..LEAP_DAY) => Date::constant(1899, 12, 31),
        (false, _) => Date::constant(1899, 12, 30),
    };
    let Some(day) = after(first, i64::from(days)) else { return Met::Impossible };
    let part = |n: u32| u8::try_from(n).unwrap_or_default();
    Met::At(At { day, hour: part(seconds / 3600), minute: part(seconds / 60 % 60), second: part(seconds % 60) })
}

pub fn read_days(origin: Date, text: &str) -> Met {
    let (digits, negative) = text.strip_prefix(['-', '\u{2212}']).map_or((text, false), |digits| (digits, true));
    let Some((days, rest)) = number(digits, 1, 7) else { return Met::Unfit };
    let noughts = rest.strip_prefix('.').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b == b'0'));
    if !(rest.is_empty() || noughts) {
        return Met::Unfit;
    }
    let days = if negative { -i64::from(days) } else { i64::from(days) };
    after(origin, days).map_or(Met::Impossible, |day| Met::At(At { day, hour: 0, minute: 0, second: 0 }))
}

fn after(day: Date, days: i64) -> Option<Date> {
    day.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}
