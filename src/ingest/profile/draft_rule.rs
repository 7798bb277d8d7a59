//! One table's rule of a drafted mapping.
//!
//! Long because a rule's parts (look-ups, codes, dates, what is missing) each have their few lines here.

use super::draft::{pattern, snake};
use super::draft_lookup::LookUp;
use super::likeness::{code_for, column_likeness, file_likeness};
use super::matching::{Match, SURE, looks_like_serials};
use super::names::{joined, stem};
use super::relations::own_key;
use super::{ColumnProfile, Kind, Profile};
use crate::contract::{Column, ColumnType};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Where a column's value comes from.
enum From {
    /// A column of the file, or of a look-up, as the mapping calls it, and what is known of it.
    Column {
        name: String,
        at: (usize, usize),
        sure: f64,
        why: &'static str,
    },
    Value(String),
    Template(String),
}

/// A rule, ready to be written.
pub struct Rule<'a> {
    of: &'a Match,
    names: Vec<(String, String)>,
    joins: Vec<(String, String)>,
    columns: Vec<(&'static Column, From)>,
    /// Required, and not found.
    lacking: Vec<&'static Column>,
    filter: Option<(String, String)>,
    deleted: Option<String>,
}

impl<'a> Rule<'a> {
    pub fn new(profile: &Profile, matches: &[Match], of: &'a Match, lookups: &mut BTreeMap<String, LookUp>) -> Self {
        let mut rule = Self {
            of,
            names: Vec::new(),
            joins: Vec::new(),
            columns: Vec::new(),
            lacking: Vec::new(),
            filter: None,
            deleted: None,
        };
        let table = of.table;
        for (column, found) in table.columns.iter().zip(&of.columns) {
            let from = match found {
                Some((at, sure)) => rule.direct(profile, lookups, column, *at, *sure),
                None => rule.looked_up(profile, matches, lookups, column),
            };
            match from {
                Some(from) => rule.columns.push((column, from)),
                None if column.required => rule.lacking.push(column),
                None => {}
            }
        }
        rule.fill();
        rule.filter_rows(profile);
        rule
    }

    fn file(&self) -> usize {
        self.of.files.first().copied().unwrap_or_default()
    }

    /// A column of the file; if it only names a row of a file that is no table, that row's name.
    fn direct(
        &mut self,
        profile: &Profile,
        lookups: &mut BTreeMap<String, LookUp>,
        column: &Column,
        at: usize,
        sure: f64,
    ) -> Option<From> {
        let given = column_at(profile, (self.file(), at))?;
        let header = given.header.clone()?;
        if column.references.is_none()
            && !column.key
            && matches!(column.kind, ColumnType::Code | ColumnType::Text)
            && let Some(relation) = profile.relations.iter().find(|r| r.from.at == (self.file(), at))
            && let Some(title) = title(profile, relation.to.at.0)
        {
            let name = self.join(profile, lookups, relation.to.at, title, &header);
            return Some(From::Column {
                name,
                at: (relation.to.at.0, title),
                sure: SURE,
                why: "the name of what it points at",
            });
        }
        let why = if given.refers_to.is_some() && column.references.is_some() {
            "the name and the values"
        } else {
            "the name"
        };
        Some(From::Column { name: header, at: (self.file(), at), sure, why })
    }

    /// A column of another file that has a row for each row of this one, or that leads to the enrollment.
    fn looked_up(
        &mut self,
        profile: &Profile,
        matches: &[Match],
        lookups: &mut BTreeMap<String, LookUp>,
        column: &Column,
    ) -> Option<From> {
        let file = self.file();
        let key = own_key(profile.files.get(file)?)?;
        for relation in profile.relations.iter().filter(|r| r.one_to_one && r.to.at == (file, key)) {
            let other = relation.from.at.0;
            let taken = matches.iter().any(|m| m.files.contains(&other) && m.table.name != "programs");
            let columns = &profile.files.get(other)?.columns;
            let best = columns
                .iter()
                .enumerate()
                .filter(|(_, given)| given.header.is_some())
                .map(|(at, given)| (column_likeness(self.of.table, column, given), at))
                .filter(|(sure, _)| *sure >= SURE && !taken && !column.key)
                .reduce(|a, b| if b.0 > a.0 { b } else { a });
            if let Some((sure, at)) = best {
                let header = column_at(profile, (file, key))?.header.clone()?;
                let name = self.join(profile, lookups, relation.from.at, at, &header);
                return Some(From::Column {
                    name,
                    at: (other, at),
                    sure,
                    why: "the name, in a file with a row for each",
                });
            }
        }
        if column.name != "enrollment_id" || !column.required {
            return None;
        }
        // Only the person is named: which of their enrollments it belongs to is for a person to say.
        let enrollments = matches.iter().find(|m| m.table.name == "enrollments")?;
        let position =
            |name: &str| enrollments.table.position(name).and_then(|at| *enrollments.columns.get(at)?).map(|(f, _)| f);
        let (id, client) = (position("enrollment_id")?, position("client_id")?);
        let other = *enrollments.files.first()?;
        let client_column = enrollments.table.column("client_id")?;
        let here = profile.files.get(file)?.columns.iter().enumerate().filter(|(_, given)| given.header.is_some());
        let (_, at) = here
            .map(|(at, given)| (column_likeness(enrollments.table, client_column, given), at))
            .filter(|(sure, _)| *sure >= SURE)
            .reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        let header = column_at(profile, (file, at))?.header.clone()?;
        let name = self.join(profile, lookups, (other, client), id, &header);
        Some(From::Column { name, at: (other, id), sure: 0.0, why: "the client's first enrollment" })
    }

    /// Joins the file in which that column is the key; the name under which its value column is used.
    fn join(
        &mut self,
        profile: &Profile,
        lookups: &mut BTreeMap<String, LookUp>,
        key: (usize, usize),
        value: usize,
        on: &str,
    ) -> String {
        let path = profile.files.get(key.0).map_or("", |file| file.path.as_str());
        let base = format!(
            "{}_by_{}",
            snake(stem(path)),
            snake(&column_at(profile, key).map_or(String::new(), |c| c.name.clone()))
        );
        let lookup =
            lookups.entry(base.clone()).or_insert_with(|| LookUp { file: key.0, key: key.1, columns: BTreeMap::new() });
        let column = snake(&column_at(profile, (key.0, value)).map_or(String::new(), |c| c.name.clone()));
        lookup.columns.insert(column.clone(), value);
        if !self.joins.iter().any(|(name, _)| *name == base) {
            let own = format!("{}_here", snake(on));
            self.call(&own, on);
            self.joins.push((base.clone(), own));
        }
        format!("{base}.{column}")
    }

    /// What is required and can be had another way.
    fn fill(&mut self) {
        let found = |rule: &Self, name: &str| {
            rule.columns.iter().find(|(column, _)| column.name == name).and_then(|(_, from)| match from {
                From::Column { name, at, .. } => Some((name.clone(), *at)),
                _ => None,
            })
        };
        let mut lacking = Vec::new();
        for column in std::mem::take(&mut self.lacking) {
            let from = match column.name.as_str() {
                "name" => found(self, "program_id")
                    .or_else(|| found(self, "provider_id"))
                    .map(|(name, at)| From::Column { name, at, sure: 0.0, why: "no name was found" })
                    .or_else(|| Some(From::Value("program".to_owned()))),
                "program_id" => Some(From::Value("program".to_owned())),
                "service_type" | "partner_type" | "kind" => Some(From::Value("other".to_owned())),
                "instrument" => Some(From::Value("assessment".to_owned())),
                "item" => Some(From::Value("overall_satisfaction".to_owned())),
                "scale_max" => Some(From::Value("5".to_owned())),
                _ if column.key => {
                    let parts: Vec<String> = [
                        "enrollment_id",
                        "client_id",
                        "program_id",
                        "provided_on",
                        "assessed_on",
                        "referred_on",
                        "intake_on",
                        "opened_on",
                        "set_on",
                        "occurred_on",
                        "contacted_on",
                        "reported_at",
                        "answered_on",
                        "service_type",
                        "domain",
                        "kind",
                        "item",
                    ]
                    .iter()
                    .filter_map(|name| found(self, name).map(|(name, _)| format!("{{{name}}}")))
                    .collect();
                    (parts.len() > 1).then(|| From::Template(parts.join("-")))
                }
                _ => None,
            };
            match from {
                Some(from) => self.columns.push((column, from)),
                None => lacking.push(column),
            }
        }
        self.lacking = lacking;
    }

    /// Rows marked as deleted, and rows about others than clients.
    fn filter_rows(&mut self, profile: &Profile) {
        let Some(file) = profile.files.get(self.file()) else { return };
        let repeats = self.repeats(profile);
        for column in &file.columns {
            let Some(header) = &column.header else { continue };
            match joined(header).as_str() {
                "datedeleted" | "deletedat" | "deletedon" => {
                    self.call("deleted_on", header);
                    self.leave_out("deleted_on is not null", "deleted_on is null", repeats);
                }
                name if (name == "isdeleted" || name.ends_with("deleted"))
                    && matches!(column.kind, Kind::YesNo | Kind::Empty) =>
                {
                    self.call("is_deleted", header);
                    let (is, is_not) = (
                        "lower(is_deleted) in ('true', '1', 'yes')",
                        "coalesce(lower(is_deleted), '') not in ('true', '1', 'yes')",
                    );
                    self.leave_out(is, is_not, repeats);
                }
                "role" | "caserole" if self.of.table.name == "enrollments" => {
                    if let Some(client) =
                        column.told().iter().find(|v| joined(&v.value) == "client" && column.values.len() > 1)
                    {
                        let told = column.told().iter().filter(|v| *v != client).map(|v| v.value.clone());
                        let untold = untold(column.values.untold());
                        let others: Vec<String> = told.chain(untold).collect();
                        self.call("role", header);
                        self.filter =
                            Some((format!("role = '{}'", client.value.replace('\'', "''")), others.join(", ")));
                    }
                }
                _ => {}
            }
        }
    }

    /// Gives a column a name of the mapping's own, once.
    fn call(&mut self, name: &str, header: &str) {
        if !self.names.iter().any(|(known, _)| known == name) {
            self.names.push((name.to_owned(), header.to_owned()));
        }
    }

    /// A deleted row says that its key is deleted; unless other rows have it, too.
    fn leave_out(&mut self, is: &str, is_not: &str, repeats: bool) {
        if repeats {
            self.filter = Some((is_not.to_owned(), "deleted ones".to_owned()));
        } else {
            self.deleted = Some(is.to_owned());
        }
    }

    /// Whether several rows have the same key: the file is about something else, and names this.
    fn repeats(&self, profile: &Profile) -> bool {
        let key = self.columns.iter().find(|(column, _)| column.key);
        key.is_some_and(|(_, from)| match from {
            From::Column { at, .. } => column_at(profile, *at).is_some_and(|c| c.repeated * 20 > c.rows),
            From::Value(_) => true,
            From::Template(_) => false,
        })
    }

    pub fn text(&self, profile: &Profile, common: &[String]) -> String {
        let table = &self.of.table.name;
        let file = profile.files.get(self.file());
        let mut text = format!("# {table}: {}\n", self.of.table.row);
        let like = file.map_or(0.0, |file| file_likeness(file, self.of.table));
        let why = match like {
            like if like >= SURE => "guess: the file is called so",
            like if like >= 0.6 => "guess: the file is called nearly so",
            _ => "? by its columns",
        };
        let mut files: Vec<String> =
            self.of.files.iter().filter_map(|at| profile.files.get(*at)).map(|f| quoted(&pattern(f))).collect();
        files.dedup();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "[tables.{table}]  # {why}");
        let _ = writeln!(text, "files = [{}]", files.join(", "));
        if let Some(sheet) = file.and_then(|file| file.sheet.as_ref()) {
            let _ = writeln!(text, "sheets = {}", quoted(&globset::escape(sheet)));
        }
        for (name, header) in &self.names {
            let _ = writeln!(text, "names.{name} = {}", quoted(header));
        }
        if !self.joins.is_empty() {
            let all: Vec<String> = self
                .joins
                .iter()
                .map(|(lookup, on)| format!("{{ lookup = {}, on = {} }}", quoted(lookup), quoted(on)))
                .collect();
            let _ = writeln!(text, "joins = [{}]", all.join(", "));
        }
        if let Some((filter, others)) = &self.filter {
            let others: String = others.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let _ = writeln!(text, "where = {}  # ? left out: {others}", quoted(filter));
        }
        if let Some(deleted) = &self.deleted {
            let _ = writeln!(text, "deleted = {}  # guess", quoted(deleted));
        }
        if self.repeats(profile) {
            text.push_str("duplicates = \"first\"  # guess: several rows have the same key\n");
        }
        let _ = writeln!(text, "\n[tables.{table}.columns]");
        let mut behind = String::new();
        for (column, from) in &self.columns {
            let (written, more) = self.column(profile, column, from, common);
            text.push_str(&written);
            behind.push_str(&more);
        }
        for column in &self.lacking {
            let _ = writeln!(text, "# ? {} = \"\"  # required: {}", column.name, column.about);
        }
        text.push_str(&behind);
        if self.lacking.is_empty() { text } else { commented(&text) }
    }

    /// A column's line, and the table of its codes.
    fn column(&self, profile: &Profile, column: &Column, from: &From, common: &[String]) -> (String, String) {
        let name = &column.name;
        let (source, at, sure, why) = match from {
            From::Value(value) => {
                return (
                    format!("{name} = {{ value = {} }}  # ? the same in every row\n", quoted(value)),
                    String::new(),
                );
            }
            From::Template(template) => {
                return (
                    format!("{name} = {{ template = {} }}  # ? no column of its own was found\n", quoted(template)),
                    String::new(),
                );
            }
            From::Column { name, at, sure, why } => (name, *at, *sure, *why),
        };
        let Some(given) = column_at(profile, at) else { return (String::new(), String::new()) };
        let (mut settings, mut asks): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        match column.kind {
            ColumnType::Date | ColumnType::Timestamp => dates(given, common, &mut settings, &mut asks),
            ColumnType::Whole | ColumnType::Number | ColumnType::Money => numbers(given, &mut settings, &mut asks),
            ColumnType::YesNo => yes_no(given, &mut settings, &mut asks),
            ColumnType::Code if column.several => {
                if let Some(separator) = given.separator {
                    settings.push(format!("separators = {}", quoted(separator)));
                }
            }
            _ => {}
        }
        if given.kind == Kind::Empty {
            asks.push("the column is empty".to_owned());
        }
        for doubt in given.doubtful.iter().filter(|_| !column.closed) {
            asks.push(format!("does {} mean unknown", doubt.value));
        }
        if column.kind == ColumnType::Code && !column.closed && numeric(given) {
            asks.push("what do the numbers mean".to_owned());
        }
        let unlike = given.values.untold_that(|value| code_for(column, value).is_none_or(|(_, sure)| !sure));
        if column.closed && unlike > 0 {
            asks.push(format!("some of its values, not shown here, are none of {}", column.codes.join(", ")));
        }
        let comment = if asks.is_empty() && sure >= SURE {
            format!("guess: {why}")
        } else if asks.is_empty() {
            format!("? {why}")
        } else {
            format!("? {why}; {}", asks.join("; "))
        };
        let recode = if column.kind == ColumnType::Code && !given.told().is_empty() {
            codes(column, given)
        } else {
            String::new()
        };
        if recode.is_empty() {
            let value = if settings.is_empty() {
                quoted(source)
            } else {
                format!("{{ column = {}, {} }}", quoted(source), settings.join(", "))
            };
            return (format!("{name} = {value}  # {comment}\n"), String::new());
        }
        let table = &self.of.table.name;
        let mut block = format!("\n[tables.{table}.columns.{name}]  # {comment}\ncolumn = {}\n", quoted(source));
        for setting in settings {
            block.push_str(&setting);
            block.push('\n');
        }
        block.push_str(&recode.replace("[recode]", &format!("\n[tables.{table}.columns.{name}.recode]")));
        (String::new(), block)
    }
}

fn column_at(profile: &Profile, (file, column): (usize, usize)) -> Option<&ColumnProfile> {
    profile.files.get(file)?.columns.get(column)
}

/// The column of a file that says what each row is called.
fn title(profile: &Profile, file: usize) -> Option<usize> {
    let columns = &profile.files.get(file)?.columns;
    let is_title =
        |c: &&ColumnProfile| c.header.is_some() && matches!(c.kind, Kind::Text | Kind::Code) && c.sensitivity.is_none();
    let named = |test: &dyn Fn(&str) -> bool| columns.iter().position(|c| is_title(&c) && test(&joined(&c.name)));
    named(&|name| matches!(name, "name" | "title" | "label")).or_else(|| named(&|name| name.ends_with("name")))
}

/// Forms that need no mapping.
const PLAIN: [&str; 3] = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];

fn dates(given: &ColumnProfile, common: &[String], settings: &mut Vec<String>, asks: &mut Vec<String>) {
    if looks_like_serials(given) {
        settings.push("dates = \"excel\"".to_owned());
        asks.push("the numbers look like a spreadsheet's days".to_owned());
    } else if common.iter().any(|form| given.all_fit.contains(form)) {
        // Written like the others, as far as it can be told.
        return;
    } else if !given.date_forms.is_empty()
        && given.date_forms != common
        && !(common.is_empty() && given.date_forms.iter().all(|form| PLAIN.contains(&form.as_str())))
    {
        let list: Vec<String> = given.date_forms.iter().map(|form| quoted(form)).collect();
        settings.push(format!("dates = [{}]", list.join(", ")));
    }
    if let Some(other) = &given.ambiguous_with {
        asks.push(format!("or is it {other}"));
    }
}

fn numbers(given: &ColumnProfile, settings: &mut Vec<String>, asks: &mut Vec<String>) {
    if let Some(thousands) = given.thousands {
        settings.push(format!("thousands = {}", quoted(&thousands.to_string())));
    }
    if let Some(decimal) = given.decimal.filter(|decimal| *decimal != '.' || given.thousands.is_some()) {
        settings.push(format!("decimal = {}", quoted(&decimal.to_string())));
    }
    if let Some(currency) = given.currency {
        settings.push(format!("currency = {}", quoted(currency)));
    }
    if given.ambiguous_number {
        asks.push("what looks like thousands may be decimals".to_owned());
    }
}

/// Which words mean yes and no, where they are not the usual ones.
fn yes_no(given: &ColumnProfile, settings: &mut Vec<String>, asks: &mut Vec<String>) {
    const USUAL: [&str; 10] = ["yes", "no", "true", "false", "y", "n", "t", "f", "1", "0"];
    if given.told().is_empty() {
        if given.kind != Kind::YesNo {
            asks.push("which of its values, not shown here, mean yes".to_owned());
        }
        return;
    }
    let values: Vec<&str> = given.told().iter().map(|v| v.value.as_str()).collect();
    asks.extend(untold(given.values.untold()).map(|untold| format!("what do {untold} mean")));
    if values.iter().all(|value| USUAL.contains(&value.to_lowercase().as_str())) {
        return;
    }
    let is_yes = |value: &str| {
        let small = value.to_lowercase();
        super::names::WORDS.yes.contains(&small)
            || ["self", "head", "head of household", "self (head of household)"].contains(&small.as_str())
    };
    let is_no = |value: &str| super::names::WORDS.no.contains(&value.to_lowercase());
    let doubtful = |value: &str| given.doubtful.iter().any(|doubt| doubt.value == value);
    let clear = values.iter().any(|value| is_no(value));
    let list = |keep: &dyn Fn(&str) -> bool| {
        let all: Vec<String> = values.iter().filter(|value| keep(value)).map(|value| quoted(value)).collect();
        format!("[{}]", all.join(", "))
    };
    let no = list(&|value| if clear { is_no(value) } else { !is_yes(value) && !doubtful(value) });
    let usual = |list: &str| {
        list.split(", ").all(|word| USUAL.iter().any(|usual| list == "[]" || word.to_lowercase().contains(usual)))
    };
    let yes = list(&is_yes);
    if clear && usual(&yes) && usual(&no) {
        return;
    }
    settings.push(format!("yes = {yes}, no = {no}"));
    asks.push("which of them mean yes".to_owned());
}

/// The values of a closed list with the codes they may mean; empty if each value is a code.
fn codes(column: &Column, given: &ColumnProfile) -> String {
    let is_code = |value: &str| column.codes.contains(&crate::ingest::header::normal(value));
    if (!column.closed && !numeric(given)) || given.values.all(is_code) {
        return String::new();
    }
    let mut text = "[recode]\n".to_owned();
    for value in given.told().iter().filter(|v| !is_code(&v.value)) {
        let from = quoted(&value.value);
        let line = match code_for(column, &value.value) {
            Some((code, true)) => format!("{from} = {}  # guess\n", quoted(&code)),
            Some((code, false)) => format!("{from} = {}  # ? a similar word\n", quoted(&code)),
            None if column.closed => format!("{from} = \"\"  # ? one of: {}\n", column.codes.join(", ")),
            None => format!("# {from} = \"\"  # ? a word for it\n"),
        };
        text.push_str(&line);
    }
    if let Some(untold) = untold(given.values.untold_that(|value| !is_code(value))) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "# ? and {untold}: look in the file");
    }
    text
}

/// How many values stay unsaid.
fn untold(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 value, not shown: it may be about a person".to_owned()),
        _ => Some(format!("{count} values, not shown: they may be about persons")),
    }
}

/// Whether a code's values are numbers only.
fn numeric(given: &ColumnProfile) -> bool {
    !given.values.is_empty() && given.values.all(|value| value.parse::<f64>().is_ok())
}

/// Every line a comment: what cannot be used as it is.
fn commented(text: &str) -> String {
    let mut out = String::from("# ? this table lacks something; fill it in and take the marks away\n");
    for line in text.lines() {
        out.push_str(if line.is_empty() { "#\n" } else { "# " });
        if !line.is_empty() {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// A text on one line of TOML, where it may also be a key.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            // Writing to a String cannot fail.
            c if c.is_control() => drop(write!(out, "\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
