//! The SQL of one rule, over the rows of a block.

use super::Problem;
use super::sql_plan::{guarded, planned};
use super::sql_text::checked;
use super::text::TextColumn;
use super::to_text;
use crate::ingest::mapping::MappingError;
use polars::lazy::dsl::Expr;
use polars::prelude::{Column, DataFrame, DataType, IntoLazy, PolarsResult};

/// An expression.
#[derive(Debug)]
pub struct Expression {
    expr: Expr,
    kind: DataType,
    /// The columns it reads, by number.
    pub reads: Vec<usize>,
    /// Whether it gives a value where everything it reads is unknown.
    pub says_without: bool,
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
        let mut made = Self { expr, kind, reads, says_without: false, error };
        let nothing = names.iter().map(|name| Column::full_null(name.as_str().into(), 1, &DataType::String)).collect();
        let of_nothing = SqlRows::new(1, nothing, None).and_then(|rows| rows.texts(&[&made]));
        // What cannot be computed is told when there are rows.
        let says = of_nothing.is_ok_and(|texts| texts.first().is_some_and(|text| text.get(0).is_some()));
        made.says_without = says;
        Ok(made)
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

    /// For each row, whether a condition is true; `None` where that is not known.
    pub fn answers(&self, condition: &Expression) -> Result<Vec<Option<bool>>, MappingError> {
        let made = self.made(&[condition])?;
        let rows = self.0.height();
        let read = |column: &Column| -> PolarsResult<Vec<Option<bool>>> {
            if *column.dtype() == DataType::Null {
                return Ok(vec![None; rows]);
            }
            let column = column.as_materialized_series();
            let found = column.bool()?;
            Ok(if found.len() == rows { found.iter().collect() } else { vec![found.iter().next().flatten(); rows] })
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
            to_text::texts(column, rows).ok_or_else(|| expression.error.clone())
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
