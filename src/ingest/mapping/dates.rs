//! The forms of dates and times of a column, tried in order. No zone is ever converted.

use super::date_form::Form;
use crate::ingest::moments::{self, Moment};
use jiff::civil::Date;
use std::sync::LazyLock;

pub use super::date_text::{Met, Months};

/// The forms of a column, in the order they are tried.
#[derive(Debug, Clone)]
pub struct Dates {
    forms: Vec<Form>,
    months: Months,
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
    pub fn new(words: &[String], origin: Option<Date>, time: bool, months: Months) -> Result<Self, (String, String)> {
        const MOST: usize = 50;
        if words.len() > MOST {
            return Err((format!("more than {MOST} forms"), "keep those that the export uses".to_owned()));
        }
        let mut forms: Vec<Form> = Vec::new();
        for word in words {
            let form = Form::new(word, origin)?;
            if time && matches!(form, Form::Days(_)) {
                return Err((
                    "\"days\" tells no time of day".to_owned(),
                    "use it in a column of days, or take the times from another column".to_owned(),
                ));
            }
            if let Some((earlier, _)) = words.iter().zip(&forms).find(|(_, earlier)| earlier.conflicts_with(&form)) {
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
            if forms.iter().any(|earlier| earlier.conflicts_with(&form)) {
                iso = false;
            } else if !time || form.has_time() {
                forms.push(form);
                own += 1;
            }
        }
        Ok(Self { forms, months, own, iso, time })
    }

    /// Whether the cell is what the contract reads, as it stands.
    pub fn is_canonical(&self, cell: &[u8]) -> bool {
        self.iso && !self.time && matches!(moments::date(cell), Moment::At(..))
    }

    /// By the first form that gives a day.
    pub fn read(&self, text: &str) -> Met {
        let mut met = Met::Unfit;
        for form in &self.forms {
            match form.read(text, &self.months) {
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
    let none = Months::default();
    USUAL.iter().filter(|(_, form)| matches!(form.read(text, &none), Met::At(_))).map(|(word, _)| *word).collect()
}
