//! A header and what is to be made of the file → the plan of its rows, and what is to be said about its columns.

use super::IngestError;
use super::export::Export;
use super::header::{self, HeaderFound, about, nearest, normal};
use super::mapping::{From, Lookups, Mapping, Place, Reshape, Rule};
use super::open::Form;
use super::plan::{InUse, Plan};
use super::shown::pattern;
use super::wanted::Known;
use crate::contract::{CONTRACT, Column, Finding, Table};

/// More columns than this that nobody asked for are told in one note.
const EXTRA_TOLD: usize = 20;

/// A file's beginning, read.
pub struct Bound {
    pub plan: Plan,
    pub findings: Vec<Finding>,
    /// Where the rows begin.
    pub bytes: usize,
    pub lines: u64,
}

/// Reads the header and says how the rows of the file become rows of the table.
pub fn bind(
    table: &'static Table,
    file: usize,
    export: &Export,
    lookups: &Lookups,
    (data, form): (&[u8], Form),
) -> Result<Bound, IngestError> {
    let known = &export.known;
    let found = header::find(data, form, export.header, &|name| known.has(name));
    let path = export.path.as_str();
    let mut findings = Vec::new();
    let mut plan = match &export.rule {
        None => straight(table, path, form, &found.names, &mut findings),
        Some(in_use) => mapped(table, export, form, in_use, &found.names, lookups, &mut findings)?,
    };
    (plan.file, plan.file_id, plan.ids) = (file, export.id, export.ids.clone());
    let (mut bytes, mut lines) = (found.ends, found.lines);
    if found.open_quote {
        let text = data.get(found.begins..found.ends).unwrap_or_default();
        plan.width = memchr::memchr_iter(form.delimiter, text).count() + 1;
    } else if !found.is_empty && found.wanted == 0 {
        // It is taken for the first row.
        (bytes, lines) = (found.begins, found.lines_before);
    }
    let whose = if export.rule.is_some() { MAPPED } else { "table's columns" };
    if let Some(trouble) = no_header(path, &found, whose) {
        plan.loadable = false;
        findings = vec![trouble];
    } else if found.above > 0 && export.tells {
        findings.push(preamble(path, &found));
    }
    Ok(Bound { plan, findings, bytes, lines })
}

/// Whether a table before this one loads the part, and so tells what is the matter with its records.
pub fn told_before(export: &Export, lookups: &Lookups, head: (&[u8], Form)) -> Result<bool, IngestError> {
    for (table, rule) in &export.before {
        let Some(table) = CONTRACT.tables.get(*table) else { continue };
        let before = Export { rule: rule.clone(), tells: false, ..export.clone() };
        if bind(table, 0, &before, lookups, head)?.plan.loadable {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whose columns a header of a mapped source names.
pub const MAPPED: &str = "columns that the mapping names";

/// Why the file's rows cannot be known, where there is no header.
pub fn no_header(path: &str, found: &HeaderFound, whose: &str) -> Option<Finding> {
    if found.is_empty {
        Some(about(path, None, "empty-file", "the file holds no line".to_owned()))
    } else if found.open_quote {
        let mut finding = about(path, None, "runaway-quote", "a quote in the header is not closed".to_owned());
        finding.line = Some(found.lines_before + 1);
        Some(finding)
    } else if found.wanted == 0 {
        Some(about(path, None, "no-header", format!("none of the {whose} is named in the first line")))
    } else {
        None
    }
}

/// A note about lines above the header.
pub fn preamble(path: &str, found: &HeaderFound) -> Finding {
    let what = if found.above == 1 { "line is".to_owned() } else { format!("{} lines are", found.above) };
    let mut finding = about(
        path,
        None,
        "preamble",
        format!("the header stands in line {}; {what} above it and not read", found.lines_before + 1),
    );
    finding.line = Some(found.lines_before + 1);
    finding
}

/// A file whose columns have the contract's names.
fn straight(table: &'static Table, path: &str, form: Form, names: &[String], findings: &mut Vec<Finding>) -> Plan {
    let mut cells = vec![None; table.columns.len()];
    let mut loadable = true;
    let known = names.iter().filter(|name| table.position(&normal(name)).is_some()).count();
    // Where the header's names are mostly unknown it may be a row, and a row's cells are not shown.
    let is_header = known * 2 >= names.len();
    let mut extra = 0;
    for (cell, name) in names.iter().enumerate() {
        let known = table.position(&normal(name));
        match known.and_then(|column| cells.get_mut(column)) {
            Some(slot @ None) => *slot = Some(cell),
            Some(Some(first)) => {
                loadable = false;
                findings.push(twice(path, &normal(name), *first, cell));
            }
            None => {
                extra += 1;
                if extra <= EXTRA_TOLD {
                    findings.push(extra_column(table, path, cell, name, is_header));
                }
            }
        }
    }
    if extra > EXTRA_TOLD {
        let message = format!("{} more columns are not columns of {}", extra - EXTRA_TOLD, table.name);
        findings.push(about(path, None, "extra-column", message));
    }
    for (column, _) in table.columns.iter().zip(&cells).filter(|(_, cell)| cell.is_none()) {
        loadable &= !column.required;
        findings.push(missing(path, column, format!("{} ({}) is not in the file", column.name, column.about)));
    }
    let mut plan = Plan::straight(table, form, names, cells);
    plan.loadable = loadable;
    plan
}

fn missing(path: &str, column: &Column, message: String) -> Finding {
    let code = if column.required { "missing-required-column" } else { "missing-column" };
    let mut finding = about(path, None, code, message);
    finding.field = Some(column.name.clone());
    finding
}

/// Two columns with one name.
pub fn twice(path: &str, name: &str, first: usize, second: usize) -> Finding {
    let message = format!("{name} stands in cell {} and in cell {}", first + 1, second + 1);
    about(path, Some((second, name)), "duplicate-column", message)
}

/// A file whose columns a mapping names.
fn mapped(
    table: &'static Table,
    export: &Export,
    form: Form,
    in_use: &InUse,
    names: &[String],
    lookups: &Lookups,
    findings: &mut Vec<Finding>,
) -> Result<Plan, IngestError> {
    let Some(rule) = in_use.rule() else { return Ok(Plan::straight(table, form, names, Vec::new())) };
    let mapping = &in_use.mapping;
    let path = export.path.as_str();
    let mut loadable = true;
    let (cells, reshape) = if rule.is_direct() {
        (direct(mapping, rule, names), None)
    } else {
        let sheet = export.part.sheet.as_deref().unwrap_or_default();
        let place = Place { file: export.file.as_str(), sheet };
        let reshape = Reshape::new(rule, mapping, names, lookups, &place).map_err(IngestError::mapping)?;
        (vec![None; table.columns.len()], Some(reshape))
    };
    let comparable: Vec<String> = names.iter().map(|name| mapping.comparable(name)).collect();
    let mut plan = Plan::mapped(table, form, names, in_use.clone(), (cells, reshape));
    let used: Vec<usize> = match &plan.reshape {
        Some(reshape) => reshape.needed().to_vec(),
        None => plan.cells.iter().flatten().copied().collect(),
    };
    for (first, second) in mapping.doubles(names, &used) {
        loadable = false;
        findings.push(twice(path, names.get(first).map_or("", String::as_str), first, second));
    }
    for (position, (column, source)) in table.columns.iter().zip(&rule.columns).enumerate() {
        let Some(source) = source.as_ref().filter(|_| !plan.collects(position)) else { continue };
        loadable &= !column.required;
        let message = match &source.from {
            From::Column(alternatives) => {
                let quoted: Vec<String> = alternatives.iter().map(|name| format!("\"{name}\"")).collect();
                format!("{} is made of {}, which the file does not have", column.name, quoted.join(" or "))
            }
            _ => format!("{} is made of columns that the file does not have", column.name),
        };
        let mut finding = missing(path, column, message);
        let near = match &source.from {
            From::Column(alternatives) => alternatives
                .iter()
                .find_map(|wanted| nearest(&mapping.comparable(wanted), comparable.iter().map(String::as_str))),
            _ => None,
        };
        finding.hint = Some(match near.and_then(|near| comparable.iter().position(|name| name == near)) {
            Some(at) if is_name(names.get(at).map_or("", String::as_str)) => {
                format!("if it is \"{}\", add that name to the mapping", names.get(at).map_or("", String::as_str))
            }
            _ => "add the column's name to the mapping, or export the column".to_owned(),
        });
        findings.push(finding);
    }
    if let Some(reshape) = &plan.reshape {
        findings.extend(absent(path, &format!("the rule of {}", table.name), reshape.absent()));
    }
    if export.tells {
        findings.extend(unused(path, names, &export.known));
    }
    plan.loadable = loadable;
    Ok(plan)
}

/// For each column of the contract, the first of its alternatives that the header has.
fn direct(mapping: &Mapping, rule: &Rule, names: &[String]) -> Vec<Option<usize>> {
    let comparable: Vec<String> = names.iter().map(|name| mapping.comparable(name)).collect();
    let position = |name: &String| {
        let name = mapping.comparable(name);
        comparable.iter().position(|known| *known == name)
    };
    let of = |source: &super::mapping::Source| match &source.from {
        From::Column(alternatives) => alternatives.iter().find_map(position),
        _ => None,
    };
    rule.columns.iter().map(|source| source.as_ref().and_then(of)).collect()
}

/// A note about names that a rule or look-up uses and the file lacks: they are unknown in every row, and may decide over it.
pub fn absent(path: &str, whose: &str, names: &[String]) -> Option<Finding> {
    if names.is_empty() {
        return None;
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let message = format!("{whose} names {}, which the file does not have", quoted.join(", "));
    Some(about(path, None, "absent-name", message))
}

/// One note about the columns that no rule reads.
fn unused(path: &str, names: &[String], known: &Known) -> Option<Finding> {
    let unused: Vec<&String> = names.iter().filter(|name| !name.is_empty() && !known.has(name)).collect();
    if unused.is_empty() {
        return None;
    }
    // Where most names are unknown it may be a row that is taken for a header, and a row's cells are not shown. A wide
    // export's columns are mostly unknown too, so a few known names among them are enough.
    let known_names = names.iter().filter(|name| known.has(name)).count();
    let is_header = known_names * 2 >= names.len() || known_names > 2;
    let told =
        |name: &&String| if is_header && is_name(name) { format!("\"{name}\"") } else { pattern(name.as_bytes()) };
    let shown: Vec<String> = unused.iter().take(EXTRA_TOLD).map(told).collect();
    let more = unused.len().saturating_sub(EXTRA_TOLD);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("the mapping does not read {}{more}", shown.join(", "));
    Some(about(path, None, "unused-column", message))
}

/// A note about a column the contract does not know; its name is shown only if it is one.
fn extra_column(table: &Table, path: &str, cell: usize, name: &str, is_header: bool) -> Finding {
    if name.is_empty() {
        let message = format!("cell {} of the header has no name", cell + 1);
        return about(path, Some((cell, "")), "extra-column", message);
    }
    let shows = is_header && is_name(name);
    let field = if shows { name.to_owned() } else { pattern(name.as_bytes()) };
    let quoted = if shows { format!("\"{name}\"") } else { field.clone() };
    let message = format!("{quoted} is not a column of {}", table.name);
    let mut finding = about(path, Some((cell, &field)), "extra-column", message);
    let missing = table.columns.iter().map(|c| c.name.as_str());
    if let Some(near) = nearest(&normal(name), missing) {
        finding.hint = Some(format!("if it is {near}, name it so"));
    }
    finding
}

/// Whether it looks like a column's name.
fn is_name(name: &str) -> bool {
    const LONGEST: usize = 64;
    name.chars().count() <= LONGEST
        && name.chars().any(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || " _-.()".contains(c))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::contract::CONTRACT;

    /// The plan of a file of the contract's own form.
    pub fn bound(table: &str, text: &str) -> Bound {
        let table = CONTRACT.table(table).expect("a table");
        let export = Export::of_table(table, "x.csv");
        bind(table, 0, &export, &Lookups::default(), (text.as_bytes(), Form::CSV)).expect("bound")
    }

    fn read_header(text: &str) -> (Plan, Vec<(String, Option<String>)>, usize, u64) {
        let Bound { plan, findings, bytes, lines } = bound("providers", text);
        (plan, findings.into_iter().map(|f| (f.code, f.field)).collect(), bytes, lines)
    }

    #[test]
    fn order_case_spaces_and_a_bom_do_not_matter() {
        let (plan, findings, bytes, lines) = read_header("\u{feff}\r\nPartner Type,NAME,\"Provider-ID\"\r\nx");
        assert_eq!(plan.cells, [Some(2), Some(1), Some(0)]);
        assert!(plan.loadable && findings.is_empty());
        assert_eq!((bytes, lines), (38, 2));
    }

    #[test]
    fn missing_extra_and_double_columns_are_told_once() {
        let (plan, findings, ..) = read_header("provider_id,nmae,Name,phone\n");
        assert!(plan.loadable);
        let codes: Vec<&str> = findings.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(codes, ["extra-column", "extra-column", "missing-column"]);
        assert!(!read_header("provider_id,name,name\n").0.loadable);
        assert!(!read_header("provider_id\n").0.loadable);
        assert_eq!(read_header("").1, [("empty-file".to_owned(), None)]);
    }

    #[test]
    fn a_first_line_that_is_no_header_is_taken_for_a_row_and_not_shown() {
        let (plan, findings, bytes, lines) = read_header("\u{feff}P1,Harbor House,court\nP2,x,y\n");
        assert_eq!((plan.loadable, plan.width, bytes, lines), (false, 3, 3, 0));
        assert_eq!(findings, [("no-header".to_owned(), None)]);
    }

    #[test]
    fn lines_above_the_header_are_told() {
        let (plan, findings, _, lines) = read_header("Providers\nprinted on Monday\n\nprovider_id,name\nP1,x\n");
        assert!(plan.loadable);
        assert_eq!((findings[1].0.as_str(), lines), ("preamble", 4));
    }

    #[test]
    fn names_are_shown_if_they_are_names_and_the_header_is_one() {
        let fields = |text: &str| -> Vec<String> {
            let (_, findings, ..) = read_header(text);
            findings.into_iter().filter(|(code, _)| code == "extra-column").filter_map(|(_, field)| field).collect()
        };
        assert_eq!(fields("provider_id,name,Fax (work)\n"), ["Fax (work)"]);
        assert_eq!(fields("provider_id,name,jo@doe.org\n"), ["a…@a….a… (10 characters)"]);
        assert_eq!(fields("provider_id,name,5551234\n"), ["9… (7 characters)"]);
        assert_eq!(fields("provider_id,Jo Doe,Springfield\n"), ["Aa Aa… (6 characters)", "Aa… (11 characters)"]);
        let many: Vec<String> = (0..50).map(|n| format!("x{n}")).collect();
        assert_eq!(fields(&format!("provider_id,name,{}\n", many.join(","))).len(), EXTRA_TOLD);
    }

    #[test]
    fn a_quote_left_open_in_the_header_is_told_as_such() {
        let (plan, findings, ..) = read_header("provider_id,\"name,partner_type\n1,a,court\n");
        assert_eq!((plan.loadable, plan.width), (false, 3));
        assert_eq!(findings, [("runaway-quote".to_owned(), None)]);
    }
}
