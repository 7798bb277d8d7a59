//! What a mapping's rule tells of a file beside its rows: cells that a conversion could not read, also where no row was
//! made of their record; rows left out because a condition is not known; values of `latest_by` without an order.

use super::header::about;
use super::mapping::{Kind, Met, Notes, Unread};
use super::plan::Plan;
use super::records;
use super::row::fix;
use super::rows::{Parsed, Problem};
use super::shown::{harmless, pattern};
use crate::contract::{Column, Finding, Sensitivity, Severity, finding_kind};
use std::collections::HashMap;

/// Adds the cells of a block that could not be read to its problems. One that its own column told already is not told
/// again.
pub fn add(parsed: &mut Parsed) {
    let Some(reshape) = &parsed.plan.reshape else { return };
    let block = &parsed.block;
    let unread = reshape.unread(block.lines(parsed.plan.form.terminator));
    if unread.is_empty() {
        return;
    }
    let mut records: HashMap<u32, u32> = HashMap::new();
    records::each_record(&block.data, parsed.plan.form, &*parsed.plan, |record| {
        let number = records.len() as u32;
        records.insert(record.line, number);
    });
    let mut problems = Vec::new();
    for unread in unread {
        let Ok(line) = u32::try_from(unread.line - block.first_line) else { continue };
        let Some(record) = records.get(&line).copied() else { continue };
        let cell = unread.cell.map(|cell| cell as u32 + 1);
        let of_cell =
            |problem: &Problem| problem.record == record && problem.cell == cell && problem.code == unread.code;
        let from = parsed.problems.partition_point(|problem| problem.record < record);
        let mut known = parsed.problems.iter().skip(from).take_while(|problem| problem.record == record);
        if known.any(of_cell) {
            continue;
        }
        let columns = columns_of(&parsed.plan, unread.cell);
        problems.push(Problem {
            record,
            line,
            cell,
            field: columns.first().map(|column| column.name.as_str()),
            code: unread.code,
            severity: severity(unread.code),
            message: message(&unread, &value(&columns, &unread.text)),
            hint: unread.hint.or_else(|| fix(unread.code)),
            once: None,
        });
    }
    parsed.problems.extend(problems);
    parsed.problems.sort_by_key(|problem| problem.record);
}

/// A cell of a look-up's file, which is no column of the contract.
pub fn of_lookup(path: &str, unread: Unread) -> Finding {
    let mut finding = about(path, None, unread.code, message(&unread, &value(&[], &unread.text)));
    (finding.line, finding.column) = (Some(unread.line), unread.cell.map(|cell| cell as u64 + 1));
    finding.hint = unread.hint.or(finding.hint);
    finding
}

/// What is said when a file is read to its end.
pub fn notes(path: &str, plan: &Plan) -> Vec<Finding> {
    let (Some(reshape), Some(rule)) = (&plan.reshape, plan.rule()) else { return Vec::new() };
    let notes = reshape.notes();
    let undecided = undecided(path, &format!("the rule of {}", plan.table.name), notes.undecided);
    let unordered = rule.latest_by.as_ref().and_then(|name| unordered(path, name, reshape.latest_cell(), &notes));
    undecided.into_iter().chain(unordered).collect()
}

/// A note about rows for which `where` is neither true nor false.
pub fn undecided(path: &str, whose: &str, rows: Met) -> Option<Finding> {
    let which = match rows.count {
        0 => return None,
        1 => "this row".to_owned(),
        count => format!("{count} rows, of which this is the first"),
    };
    let message = format!("{whose} leaves out {which}: its condition (where) is neither true nor false there");
    let mut finding = about(path, None, "undecided-row", message);
    finding.line = Some(rows.first);
    Some(finding)
}

/// A warning about values of `latest_by` that are neither numbers nor days, or both.
fn unordered(path: &str, name: &str, cell: Option<usize>, notes: &Notes) -> Option<Finding> {
    let met = |kind: Kind| notes.latest.get(&kind).copied().unwrap_or_default();
    let (numbers, moments, texts) = (met(Kind::Number), met(Kind::Moment), met(Kind::Text));
    let (what, first) = if texts.count > 0 {
        (format!("{} values that are neither numbers nor days", texts.count), texts.first)
    } else if numbers.count > 0 && moments.count > 0 {
        (format!("{} numbers and {} days", numbers.count, moments.count), numbers.first.max(moments.first))
    } else {
        return None;
    };
    let message = format!(
        "latest_by: {name} has {what}; numbers come before days, and days before other texts, which go by their letters"
    );
    let mut finding = about(path, None, "unordered-value", message);
    (finding.line, finding.column) = (Some(first), cell.map(|cell| cell as u64 + 1));
    Some(finding)
}

/// The columns of the contract that are made of a cell.
fn columns_of(plan: &Plan, cell: Option<usize>) -> Vec<&'static Column> {
    let (Some(reshape), Some(cell)) = (&plan.reshape, cell) else { return Vec::new() };
    let made = plan.table.columns.iter().enumerate().filter(|(at, _)| reshape.cells_of(*at).contains(&cell));
    made.map(|(_, column)| column).collect()
}

/// A cell's text as it may be shown: itself if all that is made of it is plain and it is what a column holds.
fn value(columns: &[&Column], text: &str) -> String {
    let plain = columns.iter().all(|column| column.sensitivity == Sensitivity::Plain);
    let shown = columns.iter().filter(|_| plain).find_map(|column| harmless(column, text.as_bytes()));
    shown.map_or_else(|| pattern(text.as_bytes()), |text| format!("\"{text}\""))
}

fn message(unread: &Unread, value: &str) -> String {
    format!("{} {value} {}", unread.name, unread.what)
}

fn severity(code: &str) -> Severity {
    finding_kind(code).map_or(Severity::Warning, |kind| kind.severity)
}
