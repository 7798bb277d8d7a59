//! The SQL of one rule, over the rows of a block.

use super::Problem;
use super::sql_plan::{guarded, planned};
use super::sql_text::checked;
use super::text::TextColumn;
use crate::ingest::mapping::MappingError;
use polars::lazy::dsl::Expr;
use polars::prelude::{AnyValue, Column, DataFrame, DataType, IntoLazy, PolarsResult, TimeUnit};

/// An expression.
#[derive(Debug)]
pub struct Expression {
    expr: Expr,
    kind: DataType,
    /// The columns it reads, by number.
    pub reads: Vec<usize>,
    /// What is told if polars cannot compute it, at its place.
    error: MappingError,
}

impl Expression {
    /// Reads SQL. `column` gives a name's column: how it is called here, and its number.
    pub fn new(
        sql: &str,
        setting: &str,
        mut column: impl FnMut(&str) -> Result<(String, usize), Problem>,
        located: impl FnOnce(Problem) -> MappingError,
    ) -> Result<Self, Problem> {
        let mut columns: Vec<(String, usize)> = Vec::new();
        let text = checked(sql, setting, &mut |name| {
            let (called, number) = column(name)?;
            if !columns.iter().any(|(_, known)| *known == number) {
                columns.push((called.clone(), number));
            }
            Ok(called)
        })?;
        let (names, reads): (Vec<String>, Vec<usize>) = columns.into_iter().unzip();
        let (expr, kind) = planned(&text, &names, setting)?;
        // Without a word of polars' own: it quotes the cells it stumbled over.
        let error = located(
            Problem::new(setting, "the SQL cannot be computed for some of the rows")
                .hint("look at how those of its columns are written that it calculates with"),
        );
        Ok(Self { expr, kind, reads, error })
    }

    /// Whether it says yes or no.
    pub fn is_condition(&self) -> bool {
        matches!(self.kind, DataType::Boolean | DataType::Null)
    }

    /// The column it is nothing but.
    pub fn sole_column(&self) -> Option<usize> {
        matches!(self.expr, Expr::Column(_)).then(|| self.reads.first().copied()).flatten()
    }
}

/// Columns of texts that expressions are computed over.
pub struct SqlRows(DataFrame);

impl SqlRows {
    pub fn new(rows: usize, columns: Vec<Column>, first: Option<&Expression>) -> Result<Self, MappingError> {
        DataFrame::new(rows, columns).map(Self).map_err(|_| failed(first))
    }

    /// For each row, whether a condition is true.
    pub fn true_for(&self, condition: &Expression) -> Result<Vec<bool>, MappingError> {
        let made = self.made(&[condition])?;
        let rows = self.0.height();
        let read = |column: &Column| -> PolarsResult<Vec<bool>> {
            if *column.dtype() == DataType::Null {
                return Ok(vec![false; rows]);
            }
            let column = column.as_materialized_series();
            let found = column.bool()?;
            Ok(if found.len() == rows {
                found.iter().map(|value| value == Some(true)).collect()
            } else {
                vec![found.iter().next().flatten() == Some(true); rows]
            })
        };
        match made.first().map(read) {
            Some(Ok(found)) => Ok(found),
            _ => Err(condition.error.clone()),
        }
    }

    /// The texts that expressions give.
    pub fn texts(&self, expressions: &[&Expression]) -> Result<Vec<TextColumn>, MappingError> {
        let made = self.made(expressions)?;
        let rows = self.0.height();
        let read = |(column, expression): (&Column, &&Expression)| {
            texts_of(column, rows).ok_or_else(|| expression.error.clone())
        };
        made.iter().zip(expressions).map(read).collect()
    }

    fn made(&self, expressions: &[&Expression]) -> Result<Vec<Column>, MappingError> {
        let compute = |expressions: &[&Expression]| {
            let named = expressions.iter().enumerate().map(|(at, e)| e.expr.clone().alias(at.to_string()));
            guarded(|| self.0.clone().lazy().select(named.collect::<Vec<_>>()).collect())
        };
        if let Ok(made) = compute(expressions) {
            return Ok(made.columns().to_vec());
        }
        // Which of them it is.
        let guilty = expressions.iter().find(|expression| compute(&[expression]).is_err());
        Err(failed(guilty.or(expressions.first()).copied()))
    }
}

fn failed(expression: Option<&Expression>) -> MappingError {
    let error = expression.map(|expression| expression.error.clone());
    error.unwrap_or_else(|| MappingError::new("", "the SQL cannot be computed"))
}

/// Texts as this project writes them: yes and no, ISO days, plain numbers.
fn texts_of(column: &Column, rows: usize) -> Option<TextColumn> {
    let series = column.as_materialized_series();
    let mut texts = TextColumn::with_capacity(rows);
    // An expression without columns gives one value for all rows.
    let same = series.len() != rows;
    if let Ok(found) = series.str() {
        for row in 0..rows {
            match found.get(if same { 0 } else { row }) {
                Some(text) => texts.push(text),
                None => texts.push_unknown(),
            }
        }
        return Some(texts);
    }
    let mut scratch = String::new();
    for row in 0..rows {
        scratch.clear();
        written(&series.get(if same { 0 } else { row }).ok()?, &mut scratch)?;
        texts.push(&scratch);
    }
    Some(texts)
}

/// Adds the value; nothing if it is unknown.
fn written(value: &AnyValue<'_>, out: &mut String) -> Option<()> {
    use std::fmt::Write;
    let done = match value {
        AnyValue::Null => Ok(()),
        AnyValue::Boolean(yes) => out.write_str(if *yes { "yes" } else { "no" }),
        AnyValue::Float64(number) if number.is_finite() => {
            // No -0.
            write!(out, "{}", if *number == 0.0 { 0.0 } else { *number })
        }
        AnyValue::Float32(number) if number.is_finite() => write!(out, "{number}"),
        AnyValue::Float64(_) | AnyValue::Float32(_) => Ok(()),
        AnyValue::Date(days) => match day(i64::from(*days)) {
            Some(day) => write!(out, "{day}"),
            None => Ok(()),
        },
        AnyValue::Datetime(count, unit, _) => {
            let seconds = count.div_euclid(match unit {
                TimeUnit::Nanoseconds => 1_000_000_000,
                TimeUnit::Microseconds => 1_000_000,
                TimeUnit::Milliseconds => 1_000,
            });
            match day(seconds.div_euclid(86_400)) {
                Some(day) => write!(out, "{day}T").and_then(|()| clock(seconds.rem_euclid(86_400), out)),
                None => Ok(()),
            }
        }
        AnyValue::Time(nanoseconds) => clock(nanoseconds.div_euclid(1_000_000_000), out),
        AnyValue::Decimal(..) => {
            let text = value.to_string();
            let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
            out.write_str(text)
        }
        number if number.is_integer() => write!(out, "{}", number.extract::<i128>()?),
        _ => return None,
    };
    done.ok()
}

fn day(days: i64) -> Option<jiff::civil::Date> {
    const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);
    EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn clock(seconds: i64, out: &mut String) -> std::fmt::Result {
    use std::fmt::Write;
    write!(out, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
