//! A metric's worked examples, read from the Markdown file beside its query: given rows → expected figures.
//!
//! `queries/README.md` describes the format for those who write them. [`parse`] reads a whole file and returns every
//! mistake with its line; [`batch`] turns one `given` table into typed columns, what is not given being unknown.
//! Pure: text in, values out; [`run`] computes.
//!
//! Long because one small grammar and its located mistakes.

pub mod run;
mod typed;

use jiff::civil::Date;
use std::collections::BTreeMap;
use std::fmt;

pub use typed::{batch, instruments};

/// From this many decimals on, an expected number is one that was rounded when it was written.
const ROUNDED_FROM: usize = 6;
/// How near a computed figure must come to one that is written exactly.
const EXACT: f64 = 1e-9;

/// One example.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    pub title: String,
    /// Line of the file (from 1) its heading is on.
    pub line: usize,
    pub as_of: Date,
    /// As `--period` takes it: `2026-06`, `2026-Q2`, `FY2026`.
    pub period: String,
    /// Dimensions to break down by; empty is everybody.
    pub by: Vec<String>,
    /// Parameters and header keys that differ from their defaults, as in a project's `[metrics.NAME]`.
    pub set: toml::Table,
    /// Table name → its rows.
    pub given: BTreeMap<String, Given>,
    pub expect: Given,
}

/// A table as drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Line of its header row.
    pub line: usize,
    pub columns: Vec<String>,
    pub rows: Vec<Row>,
}

/// One row as drawn; an empty cell is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub line: usize,
    pub cells: Vec<Option<String>>,
}

/// A mistake in an examples file, at its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub line: usize,
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.line, self.message)
    }
}

impl std::error::Error for Mistake {}

impl Mistake {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

impl Given {
    /// The cell of a row in the column of that name; `None` when the column is not drawn or the cell is empty.
    #[must_use]
    pub fn cell<'a>(&self, row: &'a Row, column: &str) -> Option<&'a str> {
        let position = self.columns.iter().position(|c| c == column)?;
        row.cells.get(position)?.as_deref()
    }

    /// Whether the column is drawn at all.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|c| c == column)
    }
}

/// Whose examples they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// Figures of a period are expected.
    Metric,
    /// Failing rows are expected, and how many were looked at.
    Rule,
}

/// Where the reader is: which table, if any, the next `|` line belongs to.
#[derive(Clone)]
enum Under {
    Nothing,
    Given(String),
    Expect,
}

/// An example being read.
struct Draft {
    of: Of,
    title: String,
    line: usize,
    as_of: Option<Date>,
    period: Option<String>,
    by: Vec<String>,
    set: String,
    given: BTreeMap<String, Given>,
    expect: Option<Given>,
    under: Under,
}

/// Reads a metric's examples file.
///
/// # Errors
/// Every mistake found, in the order of their lines.
pub fn parse(text: &str) -> Result<Vec<Example>, Vec<Mistake>> {
    read_all(Of::Metric, text)
}

/// Reads the examples file of a rule over several rows: without period and statistic.
///
/// # Errors
/// Every mistake found, in the order of their lines.
pub fn parse_of_rule(text: &str) -> Result<Vec<Example>, Vec<Mistake>> {
    read_all(Of::Rule, text)
}

fn read_all(of: Of, text: &str) -> Result<Vec<Example>, Vec<Mistake>> {
    let mut examples = Vec::new();
    let mut mistakes = Vec::new();
    let mut draft: Option<Draft> = None;
    let mut fenced = false;
    for (line, content) in text.lines().enumerate().map(|(i, content)| (i + 1, content.trim())) {
        if content.starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        if let Some(title) = content.strip_prefix("## ") {
            finish(draft.take(), &mut examples, &mut mistakes);
            draft = Some(Draft::new(of, title.trim(), line));
        } else if let Some(draft) = &mut draft
            && let Err(mistake) = draft.take_line(line, content)
        {
            mistakes.push(mistake);
        }
    }
    finish(draft, &mut examples, &mut mistakes);
    mistakes.sort_by_key(|mistake| mistake.line);
    if mistakes.is_empty() { Ok(examples) } else { Err(mistakes) }
}

fn finish(draft: Option<Draft>, examples: &mut Vec<Example>, mistakes: &mut Vec<Mistake>) {
    match draft.map(Draft::finish) {
        Some(Ok(example)) => examples.push(example),
        Some(Err(mistake)) => mistakes.push(mistake),
        None => {}
    }
}

impl Draft {
    fn new(of: Of, title: &str, line: usize) -> Self {
        Self {
            of,
            title: title.into(),
            line,
            as_of: None,
            period: None,
            by: Vec::new(),
            set: String::new(),
            given: BTreeMap::new(),
            expect: None,
            under: Under::Nothing,
        }
    }

    fn take_line(&mut self, line: usize, content: &str) -> Result<(), Mistake> {
        if content.starts_with('|') {
            return self.take_row(line, content);
        }
        if content.is_empty() || content.starts_with('>') {
            return Ok(());
        }
        // Anything else ends the table before it.
        self.under = Under::Nothing;
        if let Some(rest) = content.strip_prefix("as of ") {
            return self.take_dates(line, rest);
        }
        if let Some(rest) = content.strip_prefix("by ") {
            self.by.extend(rest.split(',').map(|name| name.trim().to_string()));
            return Ok(());
        }
        if let Some(rest) = content.strip_prefix("set ") {
            return self.take_setting(line, rest);
        }
        if let Some(table) = content.strip_prefix("given ") {
            let table = table.trim().to_string();
            if self.given.insert(table.clone(), Given { line, ..Given::default() }).is_some() {
                return Err(Mistake::new(line, format!("{table} is given twice in this example")));
            }
            self.under = Under::Given(table);
            return Ok(());
        }
        if content == "expect" {
            if self.expect.replace(Given { line, ..Given::default() }).is_some() {
                return Err(Mistake::new(line, "expect stands twice in this example"));
            }
            self.under = Under::Expect;
            return Ok(());
        }
        let shown: String = content.chars().take(40).collect();
        Err(Mistake::new(
            line,
            format!(
                "\"{shown}\" is not understood; write as of, by, set, given TABLE, expect, a table row, or > for a remark"
            ),
        ))
    }

    fn take_dates(&mut self, line: usize, rest: &str) -> Result<(), Mistake> {
        if self.of == Of::Rule {
            let form = |_| Mistake::new(line, "write: as of 2026-06-30");
            self.as_of = Some(rest.trim().parse().map_err(form)?);
            self.period = Some(String::new());
            return Ok(());
        }
        let form = || Mistake::new(line, "write: as of 2026-06-30, period 2026-06");
        let (date, period) = rest.split_once(',').ok_or_else(form)?;
        let period = period.trim().strip_prefix("period ").ok_or_else(form)?;
        self.as_of = Some(date.trim().parse().map_err(|_| form())?);
        self.period = Some(period.trim().into());
        Ok(())
    }

    fn take_setting(&mut self, line: usize, rest: &str) -> Result<(), Mistake> {
        let longer = format!("{}{rest}\n", self.set);
        longer.parse::<toml::Table>().map_err(|error| Mistake::new(line, format!("set: {}", error.message())))?;
        self.set = longer;
        Ok(())
    }

    fn take_row(&mut self, line: usize, content: &str) -> Result<(), Mistake> {
        let table = match &self.under {
            Under::Nothing => None,
            Under::Given(name) => self.given.get_mut(name),
            Under::Expect => self.expect.as_mut(),
        };
        let Some(table) = table else {
            return Err(Mistake::new(line, "a table row stands under given TABLE or expect"));
        };
        let inner = content.strip_prefix('|').unwrap_or(content);
        let inner = inner.strip_suffix('|').unwrap_or(inner);
        let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
        if table.columns.is_empty() {
            for (i, name) in cells.iter().enumerate() {
                if name.is_empty() {
                    return Err(Mistake::new(line, format!("column {} has no name", i + 1)));
                }
                if cells[..i].contains(name) {
                    return Err(Mistake::new(line, format!("column {name} stands twice")));
                }
            }
            table.line = line;
            table.columns = cells.into_iter().map(String::from).collect();
            return Ok(());
        }
        if table.rows.is_empty() && is_rule(&cells) {
            return Ok(());
        }
        if cells.len() != table.columns.len() {
            return Err(Mistake::new(
                line,
                format!("the row has {} cells, its table {} columns", cells.len(), table.columns.len()),
            ));
        }
        let cells = cells.into_iter().map(|cell| (!cell.is_empty()).then(|| cell.to_string())).collect();
        table.rows.push(Row { line, cells });
        Ok(())
    }

    fn finish(self) -> Result<Example, Mistake> {
        let missing = |what: &str| Mistake::new(self.line, format!("\"{}\" has no {what}", self.title));
        let as_of = self.as_of.ok_or_else(|| missing("line \"as of DATE, period PERIOD\""))?;
        let period = self.period.clone().ok_or_else(|| missing("period"))?;
        let expect = self.expect.clone().ok_or_else(|| missing("\"expect\" with a table"))?;
        if expect.rows.is_empty() {
            return Err(missing("row under \"expect\""));
        }
        if self.of == Of::Metric && !expect.has("statistic") {
            return Err(Mistake::new(expect.line, "an expected row names its statistic in a column of that name"));
        }
        let set = self.set.parse().map_err(|e: toml::de::Error| Mistake::new(self.line, e.message()))?;
        Ok(Example { title: self.title, line: self.line, as_of, period, by: self.by, set, given: self.given, expect })
    }
}

/// The line of dashes under a table's header.
fn is_rule(cells: &[&str]) -> bool {
    cells.iter().all(|cell| cell.contains('-') && cell.chars().all(|c| matches!(c, '-' | ':')))
}

/// Whether a computed figure is the expected one: an empty cell expects none, `2/3` and `0.25` are exact, and a number
/// with six decimals or more may be off by half a unit of its last one.
///
/// # Errors
/// When the expected cell is not a number.
pub fn agrees(expected: Option<&str>, actual: Option<f64>) -> Result<bool, String> {
    let (Some(text), Some(actual)) = (expected, actual) else {
        return Ok(expected.is_none() && actual.is_none());
    };
    let number = |part: &str| part.trim().parse::<f64>().map_err(|_| format!("\"{text}\" is not a number"));
    let (wanted, tolerance) = if let Some((numerator, denominator)) = text.split_once('/') {
        (number(numerator)? / number(denominator)?, EXACT)
    } else {
        let places = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        let half_unit = 0.5 * 10f64.powi(-i32::try_from(places).unwrap_or(i32::MAX));
        (number(text)?, if places >= ROUNDED_FROM { half_unit } else { EXACT })
    };
    Ok((wanted - actual).abs() <= tolerance * wanted.abs().max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const USUAL: &str = "\
# Time to first service
Prose before the first example is for readers.

## one served on day 5, one still waiting
> E2 is followed for 30 days.
as of 2026-06-30, period 2026-06
by program, gender
set horizons = [7]
set events.probation = [\"arrest\"]
given enrollments
| enrollment_id | referred_on | exited_on |
|---|---|---|
| E1 | 2026-06-01 | |
| E2 | 2026-06-01 | |

expect
| statistic | at | estimate | note |
|---|---|---|---|
| share_by_day | 7 | 1/2 | |
";

    #[test]
    fn an_example_is_read_whole() {
        let examples = parse(USUAL).expect("it parses");
        assert_eq!(examples.len(), 1);
        let example = &examples[0];
        assert_eq!(example.title, "one served on day 5, one still waiting");
        assert_eq!((example.line, example.period.as_str()), (4, "2026-06"));
        assert_eq!(example.as_of, Date::constant(2026, 6, 30));
        assert_eq!(example.by, ["program", "gender"]);
        assert_eq!(example.set["horizons"].as_array().map(Vec::len), Some(1));
        assert_eq!(example.set["events"]["probation"][0].as_str(), Some("arrest"));
        let enrollments = &example.given["enrollments"];
        assert_eq!(enrollments.rows.len(), 2);
        assert_eq!(enrollments.cell(&enrollments.rows[1], "referred_on"), Some("2026-06-01"));
        assert_eq!(enrollments.cell(&enrollments.rows[1], "exited_on"), None);
        assert_eq!(example.expect.cell(&example.expect.rows[0], "estimate"), Some("1/2"));
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let text = "\
## first
as of June, period 2026-06
given clients
| client_id | client_id |
given clients
nonsense
| C1 |

## second
as of 2026-06-30, period 2026-06
set x = [
expect
| statistic | estimate |
| share |
";
        let lines: Vec<usize> = parse(text).expect_err("it has mistakes").iter().map(|m| m.line).collect();
        assert_eq!(lines, [1, 2, 4, 5, 6, 7, 9, 11, 14]);
    }

    #[test]
    fn a_fenced_block_is_not_an_example() {
        assert_eq!(parse("```\n## drawn for readers\nanything\n```\n").expect("nothing is wrong"), []);
    }

    #[test]
    fn expected_numbers_are_exact_unless_written_with_six_decimals() {
        assert_eq!(agrees(Some("2/3"), Some(2.0 / 3.0)), Ok(true));
        assert_eq!(agrees(Some("0.67"), Some(2.0 / 3.0)), Ok(false));
        assert_eq!(agrees(Some("0.666667"), Some(2.0 / 3.0)), Ok(true));
        assert_eq!(agrees(Some("0.666668"), Some(2.0 / 3.0)), Ok(false));
        assert_eq!(agrees(None, None), Ok(true));
        assert_eq!(agrees(None, Some(0.0)), Ok(false));
        assert_eq!(agrees(Some("0"), None), Ok(false));
        assert!(agrees(Some("half"), Some(0.5)).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_at_one_of_its_lines(
            lines in prop::collection::vec(
                prop_oneof![
                    "## .{0,8}", "as of .{0,20}", "by .{0,8}", "set .{0,12}", "given .{0,8}", "expect",
                    "\\|.{0,16}\\|", "\\|--\\|", ".{0,12}", "as of 2026-06-30, period 2026-06", "\\| statistic \\|",
                ],
                0..24,
            )
        ) {
            let text = lines.join("\n");
            match parse(&text) {
                Ok(examples) => for example in examples {
                    for table in example.given.values().chain([&example.expect]) {
                        prop_assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()));
                    }
                },
                Err(mistakes) => {
                    let last = text.lines().count();
                    prop_assert!(!mistakes.is_empty() && mistakes.iter().all(|m| (1..=last).contains(&m.line)));
                }
            }
        }
    }
}
