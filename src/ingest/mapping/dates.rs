//! Forms of dates and times as a mapping names them, and a cell read by them. No zone is ever converted.

use crate::ingest::moments::{self, Moment};
use jiff::civil::Date;
use std::sync::LazyLock;

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

/// One form.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Written(Vec<Item>),
    /// A workbook's day number since 1900, or since 1904.
    Excel {
        since_1904: bool,
    },
    /// Days since that day.
    Days(Date),
}

/// A piece of a written form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Number(Part),
    /// A number with a number right beside it: all its digits are there.
    Padded(Part),
    MonthName,
    DayName,
    /// `.` or `,` and digits, or nothing.
    Fraction,
    HalfDay,
    Offset,
    Space,
    Letter(char),
}

/// A number in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    Month,
    Day,
    Hour,
    Hour12,
    Minute,
    Second,
    SecondFraction,
}

/// The forms of a column, in the order they are tried.
#[derive(Debug, Clone)]
pub struct Dates {
    forms: Vec<Form>,
    /// The last ones, which are read though no mapping names them.
    own: usize,
    /// ISO days cannot be anything else.
    iso: bool,
    /// The time of day is kept.
    pub time: bool,
}

/// Always read: they cannot be mistaken for another form.
const ISO: [&str; 5] = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f"];

impl Dates {
    /// What is wrong with the words, if anything: message and fix.
    pub fn new(words: &[String], origin: Option<Date>, time: bool) -> Result<Self, (String, String)> {
        let mut forms = Vec::new();
        for word in words {
            let form = Form::new(word, origin)?;
            if time && matches!(form, Form::Days(_)) {
                return Err((
                    "\"days\" tells no time of day".to_owned(),
                    "use it in a column of days, or take the times from another column".to_owned(),
                ));
            }
            if let Some((earlier, _)) =
                words.iter().zip(&forms).find(|(_, earlier)| **earlier != form && alike(earlier, &form))
            {
                return Err((
                    format!("\"{earlier}\" and \"{word}\" fit the same cells and mean different days"),
                    "keep the one the export uses; which of two days is meant is not guessed".to_owned(),
                ));
            }
            forms.push(form);
        }
        if time {
            forms.retain(Form::has_time);
        }
        let mut iso = true;
        let mut own = 0;
        for word in ISO {
            let form = Form::new(word, None)?;
            if forms.iter().any(|earlier| *earlier != form && alike(earlier, &form)) {
                iso = false;
            } else if !time || form.has_time() {
                forms.push(form);
                own += 1;
            }
        }
        Ok(Self { forms, own, iso, time })
    }

    /// Whether the cell is what the contract reads, as it stands.
    pub fn is_canonical(&self, cell: &[u8]) -> bool {
        self.iso && !self.time && matches!(moments::date(cell), Moment::At(..))
    }

    /// By the first form that gives a day.
    pub fn read(&self, text: &str) -> Met {
        let mut met = Met::Unfit;
        for form in &self.forms {
            match form.read(text) {
                at @ Met::At(_) => return at,
                Met::Impossible => met = Met::Impossible,
                Met::Unfit => {}
            }
        }
        met
    }

    /// Whether only those forms are left that are always read.
    pub fn names_none(&self) -> bool {
        self.forms.len() == self.own
    }

    /// The forms a mapping names, for people.
    pub fn tried(&self) -> String {
        let named = self.forms.get(..self.forms.len() - self.own).unwrap_or_default();
        if named.is_empty() {
            return if self.time { "YYYY-MM-DDTHH:MM:SS".to_owned() } else { "YYYY-MM-DD".to_owned() };
        }
        named.iter().map(Form::shown).collect::<Vec<_>>().join(", ")
    }
}

/// The usual forms that the text has, as a mapping names them.
pub fn forms_of(text: &str) -> Vec<&'static str> {
    static USUAL: LazyLock<Vec<(&'static str, Form)>> = LazyLock::new(|| {
        let words = [
            "%d/%m/%Y",
            "%m/%d/%Y",
            "%d.%m.%Y",
            "%d-%m-%Y",
            "%m-%d-%Y",
            "%Y/%m/%d",
            "%Y.%m.%d",
            "%Y%m%d",
            "%d-%b-%Y",
            "%d %b %Y",
            "%b %d, %Y",
            "%d/%m/%y",
            "%m/%d/%y",
            "%d.%m.%y",
            "%d-%b-%y",
            "%d/%m/%Y %H:%M",
            "%m/%d/%Y %H:%M",
            "%d/%m/%Y %H:%M:%S",
            "%m/%d/%Y %H:%M:%S",
            "%d/%m/%Y %I:%M %p",
            "%m/%d/%Y %I:%M %p",
            "%d/%m/%Y %I:%M:%S %p",
            "%m/%d/%Y %I:%M:%S %p",
            "%d-%b-%Y %H:%M",
            "%Y/%m/%d %H:%M:%S",
            "%Y-%m-%dT%H:%M:%S%.f%z",
            "%Y-%m-%d %H:%M:%S%.f%z",
        ];
        words.into_iter().filter_map(|word| Some((word, Form::new(word, None).ok()?))).collect()
    });
    USUAL.iter().filter(|(_, form)| matches!(form.read(text), Met::At(_))).map(|(word, _)| *word).collect()
}

impl Form {
    fn new(word: &str, origin: Option<Date>) -> Result<Self, (String, String)> {
        match word {
            "excel" => return Ok(Self::Excel { since_1904: false }),
            "excel-1904" => return Ok(Self::Excel { since_1904: true }),
            "days" => {
                return origin.map(Self::Days).ok_or_else(|| {
                    ("\"days\" needs the day they are counted from".to_owned(), "add origin = 2020-01-01".to_owned())
                });
            }
            _ => {}
        }
        let items = items(word)?;
        let parts: Vec<Part> = items.iter().filter_map(Item::part).collect();
        let has = |part| parts.contains(&part);
        let year = has(Part::Year) || has(Part::ShortYear);
        let month = has(Part::Month) || items.contains(&Item::MonthName);
        let wrong = |what: &str, fix: &str| Err((format!("\"{word}\" {what}"), fix.to_owned()));
        if !word.contains('%') {
            return wrong("is no form of a date", "write a pattern as \"%d/%m/%Y\", or excel, excel-1904, days");
        }
        if !(year && month && has(Part::Day)) {
            return wrong("has no year, month or day", "a day needs %Y (or %y), %m (or %b) and %d");
        }
        if has(Part::Hour12) != items.contains(&Item::HalfDay) {
            return wrong("has only one of %I and %p", "write \"%I:%M %p\" for 02:30 PM, or \"%H:%M\" for 14:30");
        }
        if parts.iter().enumerate().any(|(at, part)| parts.iter().skip(at + 1).any(|other| other == part)) {
            return wrong("names a part twice", "leave the second one out");
        }
        Ok(Self::Written(items))
    }

    fn has_time(&self) -> bool {
        match self {
            Self::Written(items) => {
                items.iter().filter_map(Item::part).any(|part| matches!(part, Part::Hour | Part::Hour12))
            }
            Self::Excel { .. } => true,
            Self::Days(_) => false,
        }
    }

    fn read(&self, text: &str) -> Met {
        match self {
            Self::Written(items) => read_written(items, text),
            Self::Excel { since_1904 } => read_excel(*since_1904, text),
            Self::Days(origin) => read_days(*origin, text),
        }
    }

    /// What cells that fit it look like; two different forms that look alike cannot be told apart.
    fn shape(&self) -> String {
        match self {
            Self::Written(items) => items.iter().map(Item::shape).collect(),
            Self::Excel { .. } | Self::Days(_) => "number".to_owned(),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Written(items) => items.iter().map(Item::shown).collect(),
            Self::Excel { .. } => "a workbook's day number".to_owned(),
            Self::Days(origin) => format!("days since {origin}"),
        }
    }
}

fn alike(one: &Form, other: &Form) -> bool {
    one.shape() == other.shape()
}

impl Item {
    fn part(&self) -> Option<Part> {
        match self {
            Self::Number(part) | Self::Padded(part) => Some(*part),
            _ => None,
        }
    }

    fn shape(&self) -> String {
        match self {
            Self::Number(Part::Year) => "y".to_owned(),
            Self::Number(_) => "n".to_owned(),
            Self::Padded(Part::Year) => "9999".to_owned(),
            Self::Padded(_) => "99".to_owned(),
            Self::MonthName => "month".to_owned(),
            Self::DayName => "weekday".to_owned(),
            Self::Fraction => String::new(),
            Self::HalfDay => "am".to_owned(),
            Self::Offset => "zone".to_owned(),
            Self::Space => " ".to_owned(),
            Self::Letter(letter) => letter.to_string(),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Number(part) | Self::Padded(part) => match part {
                Part::Year => "YYYY",
                Part::ShortYear => "YY",
                Part::Month | Part::Minute => "MM",
                Part::Day => "DD",
                Part::Hour | Part::Hour12 => "HH",
                Part::Second => "SS",
                Part::SecondFraction => "fraction",
            }
            .to_owned(),
            Self::MonthName => "month's name".to_owned(),
            Self::DayName => "weekday".to_owned(),
            Self::Fraction => String::new(),
            Self::HalfDay => "AM/PM".to_owned(),
            Self::Offset => "zone".to_owned(),
            Self::Space => " ".to_owned(),
            Self::Letter(letter) => letter.to_string(),
        }
    }
}

fn items(word: &str) -> Result<Vec<Item>, (String, String)> {
    let mut items = Vec::new();
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            if items.last() != Some(&Item::Space) {
                items.push(Item::Space);
            }
            continue;
        }
        if letter != '%' {
            items.push(Item::Letter(letter));
            continue;
        }
        let mut sign = letters.next();
        // `%-d`, `%_d`, `%0d`: how it is padded does not matter.
        if matches!(sign, Some('-' | '_' | '0')) {
            sign = letters.next();
        }
        match sign {
            Some('Y') => items.push(Item::Number(Part::Year)),
            Some('y') => items.push(Item::Number(Part::ShortYear)),
            Some('m') => items.push(Item::Number(Part::Month)),
            Some('d' | 'e') => items.push(Item::Number(Part::Day)),
            Some('H' | 'k') => items.push(Item::Number(Part::Hour)),
            Some('I' | 'l') => items.push(Item::Number(Part::Hour12)),
            Some('M') => items.push(Item::Number(Part::Minute)),
            Some('S') => items.push(Item::Number(Part::Second)),
            Some('f') => items.push(Item::Number(Part::SecondFraction)),
            Some('.') if letters.next() == Some('f') => items.push(Item::Fraction),
            Some('b' | 'B' | 'h') => items.push(Item::MonthName),
            Some('a' | 'A') => items.push(Item::DayName),
            Some('p' | 'P') => items.push(Item::HalfDay),
            Some('z') => items.push(Item::Offset),
            Some('F') => items.extend(self::items("%Y-%m-%d")?),
            Some('T') => items.extend(self::items("%H:%M:%S")?),
            Some('R') => items.extend(self::items("%H:%M")?),
            Some('%') => items.push(Item::Letter('%')),
            other => {
                let sign = other.map_or("%".to_owned(), |sign| format!("%{sign}"));
                return Err((
                    format!("\"{word}\": {sign} is no part of a date"),
                    "the parts are %Y %y %m %d %b %a %H %I %M %S %.f %p %z, as in \"%d/%m/%Y %I:%M %p\"".to_owned(),
                ));
            }
        }
    }
    let digits: Vec<bool> = items.iter().map(|item| matches!(item, Item::Number(_))).collect();
    let beside = |at: usize| digits.get(at).copied().unwrap_or(false);
    for (at, item) in items.iter_mut().enumerate() {
        if let Item::Number(part) = *item
            && (beside(at + 1) || (at > 0 && beside(at - 1)))
        {
            *item = Item::Padded(part);
        }
    }
    Ok(items)
}

fn read_written(items: &[Item], text: &str) -> Met {
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
            Item::MonthName => named(rest, &MONTHS).map(|(at, rest)| {
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
fn read_excel(since_1904: bool, text: &str) -> Met {
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
    // A number of seconds within a day and no more: 0 to 86,400.
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

fn read_days(origin: Date, text: &str) -> Met {
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
