//! Which forms of a date, and of a time behind it, a cell fits: the names a mapping gives them are strftime's.

use jiff::civil::Date;

/// Forms of a day. Of forms that fit the same cells, the first is the one that is guessed.
const DAYS: [Day; 19] = [
    Day { form: "%Y-%m-%d", parts: [Part::Year, Part::Month, Part::Day], between: '-' },
    Day { form: "%Y/%m/%d", parts: [Part::Year, Part::Month, Part::Day], between: '/' },
    Day { form: "%Y.%m.%d", parts: [Part::Year, Part::Month, Part::Day], between: '.' },
    Day { form: "%m/%d/%Y", parts: [Part::Month, Part::Day, Part::Year], between: '/' },
    Day { form: "%d/%m/%Y", parts: [Part::Day, Part::Month, Part::Year], between: '/' },
    Day { form: "%d.%m.%Y", parts: [Part::Day, Part::Month, Part::Year], between: '.' },
    Day { form: "%m-%d-%Y", parts: [Part::Month, Part::Day, Part::Year], between: '-' },
    Day { form: "%d-%m-%Y", parts: [Part::Day, Part::Month, Part::Year], between: '-' },
    Day { form: "%m/%d/%y", parts: [Part::Month, Part::Day, Part::Years], between: '/' },
    Day { form: "%d/%m/%y", parts: [Part::Day, Part::Month, Part::Years], between: '/' },
    Day { form: "%d.%m.%y", parts: [Part::Day, Part::Month, Part::Years], between: '.' },
    Day { form: "%m-%d-%y", parts: [Part::Month, Part::Day, Part::Years], between: '-' },
    Day { form: "%d-%m-%y", parts: [Part::Day, Part::Month, Part::Years], between: '-' },
    Day { form: "%d-%b-%Y", parts: [Part::Day, Part::ShortName, Part::Year], between: '-' },
    Day { form: "%d-%b-%y", parts: [Part::Day, Part::ShortName, Part::Years], between: '-' },
    Day { form: "%d %b %Y", parts: [Part::Day, Part::ShortName, Part::Year], between: ' ' },
    Day { form: "%d %B %Y", parts: [Part::Day, Part::LongName, Part::Year], between: ' ' },
    Day { form: "%b %d, %Y", parts: [Part::ShortName, Part::Day, Part::Year], between: ' ' },
    Day { form: "%B %d, %Y", parts: [Part::LongName, Part::Day, Part::Year], between: ' ' },
];

/// Eight digits and nothing between them.
const COMPACT: &str = "%Y%m%d";

struct Day {
    form: &'static str,
    parts: [Part; 3],
    between: char,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Year,
    /// Two digits.
    Years,
    Month,
    Day,
    ShortName,
    LongName,
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

/// What a cell can be read as: the number of a form and the day it is under that form.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Readings {
    pub forms: Vec<(String, Date)>,
    pub has_time: bool,
}

/// Every form that the cell fits, in the order in which they are guessed.
pub fn readings(cell: &str) -> Readings {
    const LONGEST: usize = 40;
    let mut found = Readings::default();
    if cell.len() > LONGEST || cell.len() < 6 || !cell.bytes().any(|b| b.is_ascii_digit()) {
        return found;
    }
    for (day, rest) in splits(cell) {
        let Some(time) = time_form(rest) else { continue };
        for (form, date) in days(day) {
            found.has_time = !time.is_empty();
            found.forms.push((format!("{form}{time}"), date));
        }
        if !found.forms.is_empty() {
            break;
        }
    }
    found
}

/// The cell as a whole, then cut where a time may begin.
fn splits(cell: &str) -> impl Iterator<Item = (&str, &str)> {
    let cuts = cell.char_indices().filter(|(_, c)| matches!(c, 'T' | ' ')).map(|(at, _)| at);
    std::iter::once((cell, "")).chain(cuts.filter_map(|at| cell.split_at_checked(at)))
}

fn days(cell: &str) -> Vec<(&'static str, Date)> {
    if cell.len() == 8 && cell.bytes().all(|b| b.is_ascii_digit()) {
        let date = cell.get(..4).zip(cell.get(4..6)).zip(cell.get(6..)).and_then(|((y, m), d)| civil(y, m, d));
        return date.map(|date| (COMPACT, date)).into_iter().collect();
    }
    DAYS.iter().filter_map(|day| day.read(cell).map(|date| (day.form, date))).collect()
}

impl Day {
    fn read(&self, cell: &str) -> Option<Date> {
        if !cell.contains(self.between) {
            return None;
        }
        let comma = self.form.contains(',');
        let mut pieces = cell.split(self.between);
        let (mut year, mut month, mut day) = (None, None, None);
        for (at, part) in self.parts.into_iter().enumerate() {
            let mut piece = pieces.next()?;
            if comma && at == 1 {
                piece = piece.strip_suffix(',')?;
            }
            match part {
                Part::Year => year = number(piece, 4, 4),
                Part::Years => year = number(piece, 2, 2).map(|y| if y < 69 { 2000 + y } else { 1900 + y }),
                Part::Month => month = number(piece, 1, 2),
                Part::Day => day = number(piece, 1, 2),
                Part::ShortName => month = month_named(piece, |name| name.get(..3).unwrap_or(name)),
                Part::LongName => month = month_named(piece, |name| name),
            }
        }
        if pieces.next().is_some() {
            return None;
        }
        date(year?, month?, day?)
    }
}

fn month_named(piece: &str, form: impl Fn(&'static str) -> &'static str) -> Option<i16> {
    let at = MONTHS.iter().position(|name| form(name).eq_ignore_ascii_case(piece))?;
    i16::try_from(at + 1).ok()
}

fn number(piece: &str, least: usize, most: usize) -> Option<i16> {
    let fits = (least..=most).contains(&piece.len()) && piece.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| piece.parse().ok()).flatten()
}

fn civil(year: &str, month: &str, day: &str) -> Option<Date> {
    date(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A day that people write.
fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    if !(1850..2200).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The form of what stands behind the day; empty if nothing does.
fn time_form(rest: &str) -> Option<String> {
    if rest.is_empty() {
        return Some(String::new());
    }
    let (start, mut clock) = rest.split_at_checked(1)?;
    let mut form = start.to_owned();
    let mut behind = String::new();
    for (ending, named) in [(" AM", " %p"), (" PM", " %p"), ("AM", "%p"), ("PM", "%p")] {
        let cut = clock.len().checked_sub(ending.len()).and_then(|at| clock.split_at_checked(at));
        if let Some((before, end)) = cut
            && end.eq_ignore_ascii_case(ending)
        {
            clock = before;
            named.clone_into(&mut behind);
            break;
        }
    }
    if behind.is_empty() {
        if let Some(before) = clock.strip_suffix('Z') {
            clock = before;
            behind.push('Z');
        } else if let Some(at) = clock.rfind(['+', '-']) {
            let (before, zone) = clock.split_at_checked(at)?;
            let shape: String = zone.chars().skip(1).map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
            behind = match shape.as_str() {
                "9999" => "%z".to_owned(),
                "99:99" => "%:z".to_owned(),
                _ => return None,
            };
            clock = before;
        }
    }
    let hour = if behind.contains("%p") { "%I" } else { "%H" };
    let (clock, fraction) = clock.split_once('.').map_or((clock, None), |(clock, rest)| (clock, Some(rest)));
    let mut pieces = clock.split(':');
    let (hours, minutes, seconds) = (pieces.next()?, pieces.next()?, pieces.next());
    let below = |piece: &str, end: i16| number(piece, 1, 2).is_some_and(|n| n < end);
    if pieces.next().is_some() || !below(hours, 24) || !below(minutes, 60) || !seconds.is_none_or(|s| below(s, 60)) {
        return None;
    }
    form.push_str(hour);
    form.push_str(":%M");
    if seconds.is_some() {
        form.push_str(":%S");
    }
    if let Some(fraction) = fraction {
        let is = seconds.is_some() && !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
        form.push_str(is.then_some("%.f")?);
    }
    form.push_str(&behind);
    Some(form)
}

/// The same form with month and day the other way round.
pub fn sibling(form: &str) -> Option<String> {
    let (first, rest) = form.split_at_checked(2)?;
    let (between, rest) = rest.split_at_checked(1)?;
    let (second, rest) = rest.split_at_checked(2)?;
    matches!((first, second), ("%m", "%d") | ("%d", "%m")).then(|| format!("{second}{between}{first}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn forms(cell: &str) -> Vec<String> {
        readings(cell).forms.into_iter().map(|(form, _)| form).collect()
    }

    #[test]
    fn forms_that_exports_have() {
        assert_eq!(forms("2025-01-31"), ["%Y-%m-%d"]);
        assert_eq!(forms("2013-5-1"), ["%Y-%m-%d"]);
        assert_eq!(forms("20250131"), ["%Y%m%d"]);
        assert_eq!(forms("01/02/2025"), ["%m/%d/%Y", "%d/%m/%Y"]);
        assert_eq!(forms("31/12/2025"), ["%d/%m/%Y"]);
        assert_eq!(forms("07 October 2021"), ["%d %B %Y"]);
        assert_eq!(forms("07 May 2021"), ["%d %b %Y", "%d %B %Y"]);
        assert_eq!(forms("Oct 7, 2021"), ["%b %d, %Y"]);
        assert_eq!(forms("05-Mar-2024 14:30"), ["%d-%b-%Y %H:%M"]);
        assert_eq!(forms("2021-04-27T23:30:00.000+0000"), ["%Y-%m-%dT%H:%M:%S%.f%z"]);
        assert_eq!(forms("4/27/2021 3:05 PM"), ["%m/%d/%Y %I:%M %p"]);
        for none in
            ["", "12", "2025-02-30", "555-12-3456", "1.2.3", "99:99", "Jo Doe 2", "2025-01-01 25:00", "12345678"]
        {
            assert_eq!(forms(none), Vec::<String>::new(), "{none}");
        }
    }

    #[test]
    fn the_other_way_round() {
        assert_eq!(sibling("%m/%d/%Y").as_deref(), Some("%d/%m/%Y"));
        assert_eq!(sibling("%d-%m-%y %H:%M").as_deref(), Some("%m-%d-%y %H:%M"));
        assert_eq!(sibling("%Y-%m-%d"), None);
    }

    proptest! {
        #[test]
        fn anything_can_be_asked(cell in "\\PC{0,45}") {
            let _ = readings(&cell);
        }

        #[test]
        fn what_a_form_writes_is_read_as_it(year in 1900i16..2100, month in 1i8..=12, day in 1i8..=28, at in 0..DAYS.len()) {
            let date = Date::constant(year, month, day);
            let form = DAYS.get(at).expect("a form").form;
            prop_assume!(!form.contains("%y") || (1969..2069).contains(&year));
            let cell = date.strftime(form).to_string();
            prop_assert!(readings(&cell).forms.contains(&(form.to_owned(), date)), "{cell} {form}");
        }
    }
}
