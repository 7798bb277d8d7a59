//! A column's settings, its own before the mapping's → its converter, or what is wrong with them.

use super::convert::{Converter, Kind, NO, Words, YES, folded, is_number};
use super::dates::{Dates, Months};
use super::figures::Figures;
use super::file::{ConversionFile, WrittenFile};
use super::walk::{Fault, joined};
use crate::contract::{Column, ColumnType};
use crate::ingest::cells;
use crate::ingest::header::normal;

impl Converter {
    /// Of a contract's column. `setting` is where its own settings stand.
    pub fn of_column(
        column: &Column,
        all: &WrittenFile,
        own: &ConversionFile,
        setting: &str,
        faults: &mut Vec<Fault>,
    ) -> Self {
        let mut fits = Fits { setting, faults };
        let written = &own.written;
        let date = matches!(column.kind, ColumnType::Date | ColumnType::Timestamp);
        let number = is_number(column);
        let yes_no = column.kind == ColumnType::YesNo;
        let listed = matches!(column.kind, ColumnType::Code | ColumnType::Text | ColumnType::Id);
        let what = match column.kind {
            ColumnType::Id => "an id",
            ColumnType::Text => "a text",
            ColumnType::Code => "a code",
            ColumnType::Date => "a date",
            ColumnType::Timestamp => "a time",
            ColumnType::Whole | ColumnType::Number | ColumnType::Money => "a number",
            ColumnType::YesNo => "a yes or no",
        };
        for (key, there, fit) in [
            ("dates", written.dates.is_some(), date),
            ("months", written.months.is_some(), date),
            ("origin", written.origin.is_some(), date),
            ("thousands", written.thousands.is_some(), number),
            ("decimal", written.decimal.is_some(), number),
            ("currency", written.currency.is_some(), number),
            ("yes", written.yes.is_some(), yes_no),
            ("no", written.no.is_some(), yes_no),
            ("separators", own.separators.is_some(), column.several),
            ("default", own.default.is_some(), listed || yes_no),
            ("first", own.first.is_some(), listed),
        ] {
            if there && !fit {
                let message = match key {
                    "separators" => format!("{} holds one value, not several", column.name),
                    _ => format!("{key} does not fit {}, which is {what}", column.name),
                };
                fits.fault(key, message, "leave it out");
            }
        }
        let kind = if date {
            fits.dates(all, written, column.kind == ColumnType::Timestamp)
        } else if number {
            fits.figures(all, written)
        } else if yes_no {
            fits.yes_no(all, written)
        } else {
            Kind::Text
        };
        let targets = own.recode.iter().map(|(from, to)| (joined("recode", from), to));
        for (key, to) in targets.chain(own.default.iter().map(|to| ("default".to_owned(), to))) {
            fits.target(column, &key, to);
        }
        let separators = own.separators.clone().or_else(|| {
            // The contract's own separator, so that each part is looked up by itself.
            (column.several && (!own.recode.is_empty() || own.default.is_some())).then(|| vec![";".to_owned()])
        });
        fits.converter(all, own, separators, kind)
    }

    /// Of a name or a look-up's column, which the contract does not know: what it is, its own keys say.
    pub fn of_name(all: &WrittenFile, own: &ConversionFile, setting: &str, faults: &mut Vec<Fault>) -> Self {
        let mut fits = Fits { setting, faults };
        let written = &own.written;
        let date = written.dates.is_some() || own.time;
        let number = written.thousands.is_some() || written.decimal.is_some() || written.currency.is_some();
        let yes_no = written.yes.is_some() || written.no.is_some();
        if usize::from(date) + usize::from(number) + usize::from(yes_no) > 1 {
            let message = "the settings say that it is a date, a number and a yes or no at once";
            fits.fault("", message.to_owned(), "keep one of dates, the number's settings, and yes and no");
        }
        let kind = if date {
            fits.dates(all, written, own.time)
        } else if number {
            fits.figures(all, written)
        } else if yes_no {
            fits.yes_no(all, written)
        } else {
            Kind::Text
        };
        fits.converter(all, own, own.separators.clone(), kind)
    }
}

/// Settings being looked through.
struct Fits<'f> {
    setting: &'f str,
    faults: &'f mut Vec<Fault>,
}

impl Fits<'_> {
    fn fault(&mut self, key: &str, message: String, hint: &str) {
        let setting = match (self.setting, key) {
            (all, "") => all.to_owned(),
            ("", key) => key.to_owned(),
            (all, key) => format!("{all}.{key}"),
        };
        self.faults.push(Fault::new(&setting, message).hint(hint));
    }

    fn dates(&mut self, all: &WrittenFile, own: &WrittenFile, time: bool) -> Kind {
        let words = own.dates.as_ref().or(all.dates.as_ref());
        let origin = own.origin.or(all.origin);
        let names = own.months.as_ref().or(all.months.as_ref()).map_or(&[][..], Vec::as_slice);
        let months = Months::new(names).unwrap_or_else(|| {
            let message = format!("months has {} names", names.len());
            self.fault("months", message, "name all twelve in their order; or twelve long and twelve short ones");
            Months::default()
        });
        let words = words.map_or(&[][..], Vec::as_slice);
        // What stands at the top serves columns of days and of times: those take what they can.
        let inherited = own.dates.is_none();
        let fitting: Vec<String> =
            words.iter().filter(|word| !(inherited && time && word.as_str() == "days")).cloned().collect();
        let dates = Dates::new(&fitting, origin, time, months).or_else(|(message, hint)| {
            self.fault("dates", message, &hint);
            Dates::new(&[], None, time, Months::default())
        });
        if own.dates.is_some() && !words.is_empty() && time && dates.as_ref().is_ok_and(Dates::names_none) {
            let message = "none of the forms has a time of day".to_owned();
            self.fault("dates", message, "add the time as the export writes it: \"%d/%m/%Y %H:%M\"");
        }
        if own.origin.is_some() && !words.iter().any(|word| word == "days") {
            self.fault(
                "origin",
                "origin is only for dates = \"days\"".to_owned(),
                "leave it out, or add \"days\" to dates",
            );
        }
        dates.map_or(Kind::Text, Kind::Dates)
    }

    fn figures(&mut self, all: &WrittenFile, own: &WrittenFile) -> Kind {
        let thousands = own.thousands.as_deref().or(all.thousands.as_deref());
        let decimal = own.decimal.as_deref().or(all.decimal.as_deref());
        let currency = own.currency.as_ref().or(all.currency.as_ref());
        if thousands.is_none() && decimal.is_none() && currency.is_none() {
            // Written as the contract has it.
            return Kind::Text;
        }
        let thousands = thousands.and_then(|written| {
            let mut letters = written.chars();
            match (letters.next(), letters.next()) {
                (Some(c), None) if matches!(c, ',' | '.' | '\'' | '\u{2019}') => {
                    Some(if c == '\u{2019}' { '\'' } else { c })
                }
                (Some(c), None) if c.is_whitespace() => Some(' '),
                _ => {
                    let message = format!("thousands cannot be \"{written}\"");
                    self.fault("thousands", message, "it is one of \",\" \".\" \" \" \"'\"");
                    None
                }
            }
        });
        let decimal = match decimal {
            None | Some(".") => '.',
            Some(",") => ',',
            Some(written) => {
                let message = format!("decimal cannot be \"{written}\"");
                self.fault("decimal", message, "it is \".\" or \",\"");
                '.'
            }
        };
        if thousands == Some(decimal) {
            let message = format!("thousands and decimal are both \"{decimal}\"");
            self.fault("thousands", message, "write decimal = \",\" for 1.250,50, or thousands = \",\" for 1,250.50");
        }
        let currency = currency.map_or(&[][..], Vec::as_slice);
        if let Some(word) = currency.iter().find(|word| {
            word.chars().any(|c| c.is_ascii_digit() || "-+().,".contains(c)) && word.chars().all(|c| !c.is_alphabetic())
        }) {
            let message = format!("\"{word}\" in currency could be a part of a number");
            self.fault("currency", message, "name signs and words only: \"$\", \"EUR\"");
        }
        Kind::Figures(Figures::new(thousands, decimal, currency))
    }

    fn yes_no(&mut self, all: &WrittenFile, own: &WrittenFile) -> Kind {
        let (yes, no) = (own.yes.as_ref().or(all.yes.as_ref()), own.no.as_ref().or(all.no.as_ref()));
        // A workbook's own yes and no are words of every mapping.
        let with = |words: &Vec<String>, own: &str| {
            let mut words = words.clone();
            words.push(own.to_owned());
            Words::new(&words)
        };
        let yes_words = yes.map_or_else(|| Words::new(&YES), |words| with(words, "true"));
        let no_words = no.map_or_else(|| Words::new(&NO), |words| with(words, "false"));
        if let Some(word) = yes_words.common(&no_words) {
            let message = format!("\"{word}\" is both yes and no");
            self.fault(
                if own.yes.is_some() { "yes" } else { "no" },
                message,
                "name both yes and no, each word in one of them",
            );
        }
        Kind::YesNo { yes: yes_words, no: no_words }
    }

    /// What a value is recoded to must be what the column holds.
    fn target(&mut self, column: &Column, key: &str, to: &str) {
        for part in if column.several { to.split(';').collect() } else { vec![to] } {
            if part.trim().is_empty() {
                continue;
            }
            match column.kind {
                ColumnType::Code if column.closed && !column.codes.contains(&normal(part)) => {
                    let setting = format!("{}.{key}", self.setting);
                    let known = column.codes.iter().map(String::as_str);
                    let message = format!("\"{part}\" is no code of {}", column.name);
                    self.faults.push(Fault::new(&setting, message).meant(&normal(part), known));
                }
                ColumnType::Code => {}
                _ => {
                    if let Err(trouble) = cells::read(column, part.as_bytes()) {
                        let message = format!("\"{part}\" {}, which {} needs", trouble.what, column.name);
                        self.fault(key, message, "write it as the contract does, or \"\" for unknown");
                    }
                }
            }
        }
    }

    fn converter(
        &mut self,
        all: &WrittenFile,
        own: &ConversionFile,
        separators: Option<Vec<String>>,
        kind: Kind,
    ) -> Converter {
        let missing = own.written.missing.as_ref().or(all.missing.as_ref()).map_or(&[][..], Vec::as_slice);
        let mut recode: Vec<(Box<str>, Box<str>)> =
            own.recode.iter().map(|(from, to)| (folded(from).into(), to.as_str().into())).collect();
        recode.sort_unstable();
        if let Some([(from, ..), _]) =
            recode.array_windows::<2>().find(|[one, next]| one.0 == next.0 && one.1 != next.1)
        {
            let message = format!("\"{from}\" becomes two things");
            self.fault("recode", message, "capitals and spaces do not matter: keep one of the two");
        }
        recode.dedup_by(|one, other| one.0 == other.0);
        let mut separators = separators.unwrap_or_default();
        if separators.iter().any(String::is_empty) {
            self.fault("separators", "a separator is empty".to_owned(), "name what stands between the values: \";\"");
            separators.retain(|separator| !separator.is_empty());
        }
        separators.sort_by_key(|separator| std::cmp::Reverse(separator.len()));
        let default = own.default.as_deref().map(Into::into);
        if own.first == Some(0) {
            self.fault("first", "first = 0 keeps nothing".to_owned(), "leave it out");
        }
        let first = own.first.map(|first| usize::try_from(first).unwrap_or(usize::MAX));
        let mut converter = Converter::new(Words::new(missing), recode, kind);
        (converter.default, converter.first, converter.separators) = (default, first, separators);
        converter
    }
}
