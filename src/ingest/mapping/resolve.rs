//! A mapping as written → as ingest uses it. Everything that does not fit the contract, or itself, is told.

use super::convert::Converter;
use super::file::{
    CellFile, ColumnFile, ConversionFile, Duplicates, FormFile, MappingFile, OneOrMany, RepeatFile, RuleFile,
    SplitFile, WrittenFile,
};
use super::model::{ExportCell, FileForm, From, Mapping, Name, Rule, Source};
use super::patterns::Patterns;
use super::resolve_lookups::{expanded, having};
use super::walk::{Fault, joined};
use crate::contract::{CONTRACT, Column, ColumnType, Table};
use crate::ingest::cells;
use crate::ingest::header::normal;

/// What stands for the value of a repeat.
const GROUP_MARK: &str = "{x}";
/// And its name as a column.
const GROUP_NAME: &str = "x";

/// Fills the mapping from the file.
pub fn resolve(file: &MappingFile, mapping: &mut Mapping, faults: &mut Vec<Fault>) {
    let mut looking = Looking { all: &file.written, file, faults };
    looking.throughout();
    mapping.export.as_of = file.export.as_of.as_ref().and_then(|cell| looking.export_cell("as_of", cell));
    mapping.export.version = file.export.version.as_ref().and_then(|cell| looking.export_cell("version", cell));
    mapping.forms = file.files.iter().filter_map(|(pattern, form)| looking.form(pattern, form)).collect();
    mapping.lookups =
        looking.lookup_order().into_iter().filter_map(|(name, lookup)| looking.lookup(name, lookup)).collect();
    for (name, rules) in &file.tables {
        let setting = joined("tables", name);
        let Some((table, made)) =
            CONTRACT.tables.iter().zip(&mut mapping.tables).find(|(table, _)| table.name == *name)
        else {
            let known = CONTRACT.tables.iter().map(|table| table.name.as_str());
            looking.tell(Fault::new(&setting, format!("the contract has no table {name}")).meant(name, known));
            continue;
        };
        for (at, rule) in rules.iter().enumerate() {
            let setting = if rules.len() == 1 { setting.clone() } else { format!("{setting}[{at}]") };
            made.extend(looking.rule(setting, table, rule));
        }
    }
    if file.tables.is_empty() {
        looking.tell(Fault::new("", "the mapping makes no table").hint("add a table, for example [tables.clients]"));
    }
}

pub(super) struct Looking<'f> {
    pub(super) all: &'f WrittenFile,
    pub(super) file: &'f MappingFile,
    pub(super) faults: &'f mut Vec<Fault>,
}

impl Looking<'_> {
    pub(super) fn tell(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// The settings at the top must be sound even where no column uses them.
    fn throughout(&mut self) {
        let all = ConversionFile { written: self.all.clone(), ..ConversionFile::default() };
        for (table, column) in [("clients", "birth_date"), ("staff", "fte"), ("enrollments", "head_of_household")] {
            let column = CONTRACT.table(table).and_then(|table| table.column(column));
            let Some(column) = column else { continue };
            let mut found = Vec::new();
            Converter::of_column(column, &WrittenFile::default(), &all, "", &mut found);
            found.retain(|fault| !fault.message.contains(" does not fit ") && fault.setting != "origin");
            for fault in found {
                if !self.faults.contains(&fault) {
                    self.faults.push(fault);
                }
            }
        }
    }

    pub(super) fn files(&mut self, setting: &str, files: &OneOrMany) -> Option<Patterns> {
        let setting = format!("{setting}.files");
        if files.all().is_empty() {
            self.tell(Fault::new(&setting, "no file is named").hint("name a file or a pattern: \"Client*.csv\""));
        }
        self.patterns(&setting, Patterns::of_files(files.all()))
    }

    pub(super) fn sheets(&mut self, setting: &str, sheets: Option<&OneOrMany>) -> Option<Patterns> {
        sheets.and_then(|sheets| self.patterns(&format!("{setting}.sheets"), Patterns::of_words(sheets.all())))
    }

    fn patterns(&mut self, setting: &str, patterns: Result<Patterns, String>) -> Option<Patterns> {
        patterns
            .map_err(|error| {
                let fault = Fault::new(setting, error).hint("* stands for any letters, ? for one, {a,b} for a or b");
                self.tell(fault);
            })
            .ok()
    }

    fn export_cell(&mut self, key: &str, cell: &CellFile) -> Option<ExportCell> {
        let setting = format!("export.{key}");
        let files = self.files(&setting, &cell.files);
        let own = ConversionFile { written: cell.written.clone(), ..ConversionFile::default() };
        let as_of = key == "as_of";
        let converter = if as_of {
            let day = CONTRACT.table("services").and_then(|table| table.column("provided_on"))?;
            Converter::of_column(day, self.all, &own, &setting, self.faults)
        } else {
            Converter::plain(self.all.missing.as_deref().unwrap_or_default())
        };
        let supported = (!cell.supported.is_empty())
            .then(|| self.patterns(&format!("{setting}.supported"), Patterns::of_words(&cell.supported)))
            .flatten();
        Some(ExportCell {
            files: files?,
            columns: cell.column.all().to_vec(),
            converter,
            supported,
            supported_words: cell.supported.clone(),
        })
    }

    fn form(&mut self, pattern: &str, form: &FormFile) -> Option<FileForm> {
        let setting = joined("files", pattern);
        let files = self.patterns(&setting, Patterns::of_files(&[pattern.to_owned()]));
        if let Some(label) = &form.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            let fault = Fault::new(&format!("{setting}.encoding"), format!("\"{label}\" is no encoding"));
            self.tell(fault.meant(label, ["utf-8", "utf-16", "windows-1252", "iso-8859-15", "macintosh"].into_iter()));
        }
        let delimiter = form.delimiter.as_ref().and_then(|written| match written.as_bytes() {
            b"tab" => Some(b'\t'),
            [one] if !one.is_ascii_alphanumeric() && !b"\"\r\n ".contains(one) => Some(*one),
            _ => {
                let fault =
                    Fault::new(&format!("{setting}.delimiter"), format!("cells cannot be separated by {written:?}"));
                self.tell(fault.hint("it is one sign: \",\" \";\" \"|\", or \"tab\""));
                None
            }
        });
        for (key, count, most) in [("header_line", form.header_line, 10_000), ("header_lines", form.header_lines, 10)] {
            if count.is_some_and(|count| count == 0 || count > most) {
                let fault = Fault::new(&format!("{setting}.{key}"), format!("{key} is not between 1 and {most}"));
                self.tell(fault.hint("lines are counted from 1"));
            }
        }
        let FormFile { encoding, header_line, header_lines, .. } = form.clone();
        Some(FileForm { files: files?, encoding, delimiter, header_line, header_lines })
    }

    fn rule(&mut self, setting: String, table: &'static Table, rule: &RuleFile) -> Option<Rule> {
        let files = self.files(&setting, &rule.files);
        let sheets = self.sheets(&setting, rule.sheets.as_ref());
        let names = self.names(&setting, &rule.names);
        self.joins(&setting, &rule.joins);
        for (key, text, is_name) in texts(rule) {
            if is_name {
                self.looked_up(&setting, &key, text, &rule.joins);
            }
        }
        self.repeats(&setting, rule);
        if let Some(split) = &rule.split {
            self.split(&setting, split);
        }
        if rule.latest_by.is_some() && rule.duplicates == Duplicates::First {
            let fault =
                Fault::new(&format!("{setting}.latest_by"), "latest_by and duplicates = \"first\" say two things");
            self.tell(fault.hint("keep one: the latest row counts, or the first"));
        }
        let mut columns: Vec<Option<Source>> = table.columns.iter().map(|_| None).collect();
        for (name, written) in &rule.columns {
            let setting = joined(&format!("{setting}.columns"), name);
            let found = table.columns.iter().zip(&mut columns).find(|(column, _)| column.name == *name);
            if let Some((column, slot)) = found {
                *slot = self.source(&setting, column, written, &names);
            } else {
                let known = table.columns.iter().map(|column| column.name.as_str());
                let fault = Fault::new(&setting, format!("{} has no column {name}", table.name));
                self.tell(fault.meant(name, known));
            }
        }
        for column in table.columns.iter().filter(|column| column.required) {
            // One that is written with a mistake was told.
            if !rule.columns.contains_key(&column.name) {
                let message = format!("{} is required and not made ({})", column.name, column.about);
                let hint = format!("add {} = \"…\" to [{setting}.columns]", column.name);
                self.tell(Fault::new(&setting, message).hint(hint));
            }
        }
        let mut made = Rule {
            table,
            files: files?,
            sheets,
            having: having(&rule.having, &names),
            names,
            joins: rule.joins.clone(),
            filter: rule.filter.clone(),
            deleted: rule.deleted.clone(),
            split: rule.split.clone(),
            repeat: rule.repeat.clone(),
            duplicates: rule.duplicates,
            latest_by: rule.latest_by.clone(),
            columns,
            direct: false,
            setting,
        };
        made.set_direct();
        Some(made)
    }

    fn split(&mut self, setting: &str, split: &SplitFile) {
        let separators = split.separators.all();
        if separators.is_empty() || separators.iter().any(String::is_empty) {
            let fault = Fault::new(&format!("{setting}.split.separators"), "a separator is empty");
            self.tell(fault.hint("name what stands between the values: \";\""));
        }
    }

    /// `{x}` is the value of a repeat: it means nothing without one, and a repeat nothing without it.
    fn repeats(&mut self, setting: &str, rule: &RuleFile) {
        let Some(RepeatFile { columns, values, .. }) = &rule.repeat else {
            for (key, text, _) in texts(rule) {
                if text.contains(GROUP_MARK) {
                    let message = format!("{GROUP_MARK} stands for the value of a repeat, and there is none");
                    let hint = "add repeat = { columns = \"… {x} …\" }, or write the column's whole name";
                    self.tell(Fault::new(&format!("{setting}.{key}"), message).hint(hint));
                }
            }
            return;
        };
        if columns.all().is_empty() {
            self.tell(Fault::new(&format!("{setting}.repeat.columns"), "no column is named").hint("\"Dose {x} date\""));
        }
        for pattern in columns.all() {
            if pattern.matches(GROUP_MARK).count() != 1 {
                let message = format!("\"{pattern}\" must have {GROUP_MARK} in it once");
                let hint = "write it where the columns' names differ: \"Dose {x} date\"";
                self.tell(Fault::new(&format!("{setting}.repeat.columns"), message).hint(hint));
            }
        }
        if values.as_ref().is_some_and(Vec::is_empty) {
            let fault = Fault::new(&format!("{setting}.repeat.values"), "values is empty");
            self.tell(fault.hint("leave it out: the values are then read from the header"));
        }
        if rule.names.contains_key(GROUP_NAME) {
            let fault = Fault::new(&format!("{setting}.names.{GROUP_NAME}"), "x is the value of the repeat");
            self.tell(fault.hint("take another name"));
        }
    }

    fn source(&mut self, setting: &str, column: &Column, written: &ColumnFile, names: &[Name]) -> Option<Source> {
        let own = &written.conversion;
        let given = [
            ("column", written.column.as_ref().map(|column| From::Column(expanded(column.all(), names)))),
            ("value", written.value.clone().map(From::Value)),
            ("template", written.template.clone().map(From::Template)),
            ("sql", written.sql.clone().map(From::Sql)),
        ];
        let mut given = given.into_iter().filter_map(|(key, from)| Some((key, from?)));
        let (first, second) = (given.next(), given.next());
        let Some((key, from)) = first else {
            let fault = Fault::new(setting, format!("nothing says where {} comes from", column.name));
            self.tell(fault.hint("add one of column, value, template, sql"));
            return None;
        };
        if let Some((other, _)) = second {
            let fault = Fault::new(setting, format!("{} comes from {key} and from {other}", column.name));
            self.tell(fault.hint("keep one of column, value, template, sql"));
        }
        match &from {
            From::Column(names) if names.is_empty() => {
                self.tell(Fault::new(setting, "no column is named").hint("name a column of the file"));
            }
            From::Value(value) => {
                if *own != ConversionFile::default() {
                    let fault = Fault::new(setting, "a value is stored as it stands, and nothing is converted");
                    self.tell(fault.hint(format!("write only {} = {{ value = \"…\" }}", column.name)));
                }
                self.value(setting, column, value);
                return Some(Source { from, converter: None });
            }
            _ => {}
        }
        let converter = Converter::of_column(column, self.all, own, setting, self.faults);
        Some(Source { from, converter: Some(converter) })
    }

    /// A constant must be what the column holds.
    fn value(&mut self, setting: &str, column: &Column, value: &str) {
        if value.trim().is_empty() {
            let fault = Fault::new(setting, "the value is empty");
            self.tell(fault.hint(if column.required {
                "the column is required: write a value"
            } else {
                "leave the column out"
            }));
        } else if column.kind == ColumnType::Code {
            let known = column.codes.iter().map(String::as_str);
            if column.closed && !column.codes.contains(&normal(value)) {
                let fault = Fault::new(setting, format!("\"{value}\" is no code of {}", column.name));
                self.tell(fault.meant(&normal(value), known));
            }
        } else if let Err(trouble) = cells::read(column, value.as_bytes()) {
            let fault = Fault::new(setting, format!("\"{value}\" {}", trouble.what));
            self.tell(fault.hint("write it as the contract does: 2026-01-31, 12.50, yes"));
        }
    }
}

/// Every text of a rule in which a column may be named: its key, itself, and whether it is nothing but a name.
fn texts(rule: &RuleFile) -> Vec<(String, &str, bool)> {
    let mut all: Vec<(String, &str, bool)> = Vec::new();
    let single =
        [("where", &rule.filter, false), ("deleted", &rule.deleted, false), ("latest_by", &rule.latest_by, true)];
    all.extend(single.into_iter().filter_map(|(key, text, is_name)| Some((key.to_owned(), text.as_deref()?, is_name))));
    all.extend(rule.split.iter().map(|split| ("split.column".to_owned(), split.column.as_str(), true)));
    for (at, join) in rule.joins.iter().enumerate() {
        all.extend(join.on.all().iter().map(|on| (format!("joins[{at}].on"), on.as_str(), true)));
    }
    for (name, written) in &rule.names {
        all.extend(written.column.all().iter().map(|column| (joined("names", name), column.as_str(), false)));
    }
    for (name, written) in &rule.columns {
        let key = joined("columns", name);
        let columns = written.column.iter().flat_map(OneOrMany::all);
        all.extend(columns.map(|column| (key.clone(), column.as_str(), true)));
        let template = written.template.iter();
        let within = template.clone().flat_map(|template| template.split('{').skip(1));
        let within = within.filter_map(|rest| Some(rest.split_once('}')?.0));
        all.extend(within.map(|column| (key.clone(), column, true)));
        all.extend(template.chain(&written.sql).map(|text| (key.clone(), text.as_str(), false)));
    }
    all
}
