//! One form of dates and times as a mapping names it: a strftime pattern, a workbook's day number, days since a day.

use super::date_text::{Met, Months, read_days, read_excel, read_written};
use jiff::civil::Date;

/// One form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
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
pub enum Item {
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
pub enum Part {
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

impl Form {
    pub fn new(word: &str, origin: Option<Date>) -> Result<Self, (String, String)> {
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
        let parts: Vec<Part> = items.iter().copied().filter_map(Item::part).collect();
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

    pub fn has_time(&self) -> bool {
        match self {
            Self::Written(items) => {
                items.iter().copied().filter_map(Item::part).any(|part| matches!(part, Part::Hour | Part::Hour12))
            }
            Self::Excel { .. } => true,
            Self::Days(_) => false,
        }
    }

    pub fn read(&self, text: &str, months: &Months) -> Met {
        match self {
            Self::Written(items) => read_written(items, text, months),
            Self::Excel { since_1904 } => read_excel(*since_1904, text),
            Self::Days(origin) => read_days(*origin, text),
        }
    }

    /// Whether both fit the same cells and make different days of them.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        let parts = |form: &Self| match form {
            Self::Written(items) => items.iter().copied().filter_map(Item::part).collect::<Vec<Part>>(),
            Self::Excel { .. } | Self::Days(_) => Vec::new(),
        };
        let written = matches!(self, Self::Written(_));
        self.shape() == other.shape() && if written { parts(self) != parts(other) } else { self != other }
    }

    /// What cells that fit it look like; two different forms that look alike cannot be told apart.
    fn shape(&self) -> String {
        match self {
            Self::Written(items) => items.iter().copied().map(Item::shape).collect(),
            Self::Excel { .. } | Self::Days(_) => "number".to_owned(),
        }
    }

    pub fn shown(&self) -> String {
        match self {
            Self::Written(items) => items.iter().copied().map(Item::shown).collect(),
            Self::Excel { .. } => "a workbook's day number".to_owned(),
            Self::Days(origin) => format!("days since {origin}"),
        }
    }
}

impl Item {
    fn part(self) -> Option<Part> {
        match self {
            Self::Number(part) | Self::Padded(part) => Some(part),
            _ => None,
        }
    }

    fn shape(self) -> String {
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
            Self::Letter(letter) => letter.to_lowercase().to_string(),
        }
    }

    fn shown(self) -> String {
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
