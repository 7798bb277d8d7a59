//! A profile as it is read on a terminal.

use super::relations::Place;
use super::{ColumnProfile, FileProfile, Kind, Profile};
use std::fmt::Write as _;

/// The whole profile, no line wider than that if it can be helped.
#[must_use]
pub fn text(profile: &Profile, width: usize) -> String {
    let mut text = String::new();
    for file in &profile.files {
        text.push_str(&of_file(file, width));
        text.push('\n');
    }
    if !profile.relations.is_empty() {
        text.push_str("What refers to what\n");
        let mut keys: Vec<&Place> = Vec::new();
        for relation in &profile.relations {
            if !keys.contains(&&relation.to) {
                keys.push(&relation.to);
            }
        }
        keys.sort_by_key(|key| key.at);
        // Writing to a String cannot fail.
        for key in keys {
            let _ = writeln!(text, "  {} {} is named by", called(profile, key), key.column);
            for relation in profile.relations.iter().filter(|relation| relation.to == *key) {
                let kind = if relation.one_to_one { "one to one" } else { "many to one" };
                let found = if relation.found >= 1.0 {
                    String::new()
                } else {
                    format!(", {} of its values found", percent(relation.found))
                };
                let from = &relation.from;
                let _ = writeln!(text, "    {} {}: {kind}{found}", called(profile, from), from.column);
            }
        }
        text.push('\n');
    }
    for problem in &profile.unreadable {
        let _ = writeln!(text, "not read: {problem}");
    }
    text
}

fn called<'p>(profile: &'p Profile, place: &'p Place) -> &'p str {
    profile.files.get(place.at.0).map_or(&place.file, |file| &file.called)
}

fn of_file(file: &FileProfile, width: usize) -> String {
    let mut text = format!("{}\n  {}\n", file.path, about(file));
    if file.columns.is_empty() {
        return text;
    }
    let heads = ["column", "type", "unknown", "distinct", "what is in it"];
    let rows: Vec<[String; 5]> = file.columns.iter().filter(|column| column.kind != Kind::Empty).map(row).collect();
    let empty: Vec<&str> =
        file.columns.iter().filter(|column| column.kind == Kind::Empty).map(|column| column.name.as_str()).collect();
    let longest = |at: usize| {
        let cells = rows.iter().map(|row| row.get(at).map_or(0, |cell| cell.chars().count()));
        cells.chain(heads.get(at).map(|head| head.chars().count())).max().unwrap_or_default()
    };
    let name = longest(0).clamp(6, (width / 3).max(12));
    let (kind, unknown, distinct) = (longest(1), longest(2), longest(3));
    let start = 2 + name + 2 + kind + 2 + unknown + 2 + distinct + 2;
    let rest = width.saturating_sub(start).max(24);
    text.push('\n');
    let mut line = |cells: [&str; 5]| {
        let [called, is, lacks, differs, holds] = cells;
        let mut pieces = wrapped(holds, rest).into_iter();
        let called = cut(called, name);
        let first = pieces.next().unwrap_or_default();
        let row = format!("  {called:<name$}  {is:<kind$}  {lacks:>unknown$}  {differs:>distinct$}  {first}");
        text.push_str(row.trim_end());
        text.push('\n');
        for piece in pieces {
            let _ = writeln!(text, "{:start$}{piece}", "");
        }
    };
    if !rows.is_empty() {
        line(heads);
    }
    for row in &rows {
        line(row.each_ref().map(String::as_str));
    }
    if !empty.is_empty() {
        let what = if rows.is_empty() { "columns" } else { "empty in every row" };
        for piece in wrapped(&format!("{what}: {}", empty.join(", ")), width.saturating_sub(2).max(24)) {
            let _ = writeln!(text, "  {piece}");
        }
    }
    text
}

/// How the file is written, and how much there is of it.
fn about(file: &FileProfile) -> String {
    let mut said: Vec<String> = file.form.clone();
    if said.is_empty() {
        said.push("UTF-8, cells separated by commas".to_owned());
    }
    said.push(match file.header_line {
        0 if file.rows == 0 => "no row at all".to_owned(),
        0 => "no header was found: the first line looks like data, so names are not shown".to_owned(),
        line => {
            let lines = if file.header_lines > 1 {
                format!("header in lines {line} to {}", line + file.header_lines - 1)
            } else {
                format!("header in line {line}")
            };
            lines + if line > 1 { ", below a preamble" } else { "" }
        }
    });
    said.push(format!(
        "{}, {}",
        count(file.rows, "row", "rows"),
        count(file.columns.len() as u64, "column", "columns")
    ));
    for (rows, one, many) in [
        (file.repeated_headers, "repeated header", "repeated headers"),
        (file.total_rows, "row of totals", "rows of totals"),
        (file.short_rows, "row with too few cells", "rows with too few cells"),
        (file.long_rows, "row with too many cells", "rows with too many cells"),
        (file.columns_left_out as u64, "column not looked at", "columns not looked at"),
    ] {
        if rows > 0 {
            said.push(count(rows, one, many));
        }
    }
    said.join("; ")
}

fn row(column: &ColumnProfile) -> [String; 5] {
    let unknown = column.empty + column.missing.values().sum::<u64>();
    let share = if unknown == 0 { "–".to_owned() } else { percent(unknown as f64 / column.rows.max(1) as f64) };
    let about = if column.distinct_is_exact { "" } else { "about " };
    let mut kind = column.kind.name().to_owned();
    if column.fits < 0.9995 {
        // Writing to a String cannot fail.
        let _ = write!(kind, " ({})", percent(column.fits));
    }
    [column.name.clone(), kind, share, format!("{about}{}", grouped(column.distinct)), content(column).join("; ")]
}

/// What is in a column, without anything of a person.
fn content(column: &ColumnProfile) -> Vec<String> {
    let mut said = Vec::new();
    if column.kind == Kind::Id && column.rows > 1 && column.refers_to.is_none() {
        let sure = if column.distinct_is_exact { "" } else { ", as far as seen" };
        if column.key {
            said.push(format!("key: every row has its own{sure}"));
        } else if column.distinct_is_exact && column.repeated * 50 <= column.rows && column.repeated > 0 {
            said.push(format!("nearly a key: {} with one used before", count(column.repeated, "row", "rows")));
        }
    }
    if let Some(key) = &column.refers_to {
        said.push(format!("names {key}"));
    }
    if let Some(what) = column.sensitivity {
        said.push(format!("sensitive: {what}, not shown"));
    }
    if let Some(form) = column.date_forms.first() {
        let mut forms = form.clone();
        for other in column.date_forms.iter().skip(1) {
            forms = format!("{forms} or {other}");
        }
        said.push(forms);
    }
    if let Some(other) = &column.ambiguous_with {
        said.push(format!("day and month may be the other way round ({other}): ask"));
    }
    if let Some(decimal) = column.decimal {
        let thousands = match column.thousands {
            Some(' ') => "space between thousands, ".to_owned(),
            Some(c) => format!("{c} between thousands, "),
            None => String::new(),
        };
        said.push(format!("{thousands}{decimal} before decimals"));
    }
    if column.ambiguous_number {
        said.push("what looks like thousands may be decimals: ask".to_owned());
    }
    if let Some(currency) = column.currency {
        said.push(format!("in {currency}"));
    }
    if let Some([from, to]) = &column.range {
        said.push(if from == to { from.clone() } else { format!("{from} to {to}") });
    }
    if let Some(separator) = column.separator {
        said.push(format!("several in a cell, separated by \"{separator}\""));
    }
    if !column.top.is_empty() {
        let top: Vec<String> = column.top.iter().map(|c| format!("{} {}", short(&c.value), grouped(c.rows))).collect();
        let more = column.told().len().saturating_sub(column.top.len());
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        said.push(format!("{}{more}", top.join(", ")));
    } else if matches!(column.kind, Kind::Id | Kind::Text | Kind::Code | Kind::Whole | Kind::Number)
        && column.range.is_none()
        && let Some([least, most]) = column.lengths
    {
        let length = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        let pattern = column.pattern.as_deref().filter(|p| column.pattern_share > 0.5 && p.chars().count() <= 24);
        said.push(pattern.map_or(format!("{length} characters"), |pattern| format!("{pattern}, {length} characters")));
    }
    match column.untold {
        0 => {}
        1 => said.push("1 value, not shown: it may be about a person".to_owned()),
        n => said.push(format!("{n} values, not shown: they may be about persons")),
    }
    if !column.missing.is_empty() {
        let marks: Vec<&str> = column.missing.keys().map(String::as_str).collect();
        said.push(format!("unknown as {}", marks.join(" and ")));
    }
    for doubt in &column.doubtful {
        said.push(format!("does {} ({}) mean unknown?", doubt.value, count(doubt.rows, "row", "rows")));
    }
    said
}

fn short(value: &str) -> String {
    cut(value, 32)
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    }
    let start: String =
        text.chars().take(width.saturating_sub(1)).map(|c| if c.is_control() { '?' } else { c }).collect();
    format!("{start}…")
}

/// Pieces no wider than that, cut between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match pieces.last_mut() {
            Some(piece) if piece.chars().count() + 1 + word.chars().count() <= width => {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => pieces.push(word.to_owned()),
        }
    }
    pieces
}

fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p <= 0.0 => "0 %".to_owned(),
        p if p < 1.0 => "< 1 %".to_owned(),
        p if p > 99.0 && p < 100.0 => "> 99 %".to_owned(),
        p => format!("{p:.0} %"),
    }
}

fn count(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(n), if n == 1 { one } else { many })
}

fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
