//! A checked SQL expression → a polars expression that gives every row the same, wherever blocks are cut.
//!
//! polars guesses a date's form from the first text it meets, fails where one text of a block is no number, and lets
//! small numbers run over. Here forms are fixed, what cannot be read is null, and numbers are wide.

use super::{Problem, from_text, to_text};
use polars::chunked_array::cast::CastOptions;
use polars::lazy::dsl::{DataTypeExpr, Expr, FunctionExpr, Operator, StringFunction, StrptimeOptions};
use polars::prelude::{
    DataType, Field, IntoLazy, LiteralValue, PlSmallStr, PolarsError, PolarsResult, Schema, TimeUnit, polars_bail,
};
use polars::sql::sql_expr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// What stands in the columns when an expression is tried.
const TRIED: [Option<&str>; 4] = [None, Some("2024-01-31"), Some("1"), Some("2024-01-31T10:30:00")];

/// Plans an expression over columns of texts, and tries it. Gives also what kind of value it makes.
pub fn planned(sql: &str, columns: &[String], setting: &str) -> Result<(Expr, DataType), Problem> {
    let names = columns.iter().map(|name| (PlSmallStr::from_str(name), DataType::String));
    let schema: Schema = names.collect();
    guarded(|| {
        let expr = sql_expr(sql)?.try_map_expr(|expr| safe(expr, &schema))?;
        let tried = columns.iter().map(|name| super::text::polars_column(name, TRIED.len(), TRIED.into_iter()));
        let frame = polars::prelude::DataFrame::new(TRIED.len(), tried.collect())?;
        let made = frame.lazy().select([expr.clone().alias("made")]).collect()?;
        let kind = made.column("made")?.dtype().clone();
        Ok((expr, kind))
    })
    .map_err(|error| {
        Problem::new(setting, format!("the SQL cannot be computed: {}", told(&error)))
            .hint("all columns are texts: cast(x as double) makes a number of one, cast(x as date) a day")
    })
    .and_then(|(expr, kind)| match kind_of(&kind) {
        Kind::Other => {
            Err(Problem::new(setting, "the SQL gives something other than a text, a number, a day or yes and no"))
        }
        _ => Ok((expr, kind)),
    })
}

/// Calls polars. Its own faults end a block's reading with an error, as all others do, and not the program: it is a
/// large library, and what people write in SQL goes everywhere in it.
pub fn guarded<T>(call: impl FnOnce() -> PolarsResult<T>) -> PolarsResult<T> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(PolarsError::ComputeError("polars cannot do this".into())))
}

/// The first line, without the plan that polars prints.
fn told(error: &PolarsError) -> String {
    let text = error.to_string();
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("polars refuses it");
    line.trim().to_owned()
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Text,
    Number,
    YesNo,
    Day,
    Time,
    Null,
    Length,
    Other,
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::YesNo => "yes or no",
            Self::Day => "a day",
            Self::Time => "a time",
            Self::Null => "nothing",
            Self::Length => "a length of time",
            Self::Other => "a list",
        }
    }
}

fn kind_of(dtype: &DataType) -> Kind {
    match dtype {
        DataType::String => Kind::Text,
        DataType::Boolean => Kind::YesNo,
        DataType::Date | DataType::Datetime(..) => Kind::Day,
        DataType::Time => Kind::Time,
        DataType::Null => Kind::Null,
        DataType::Duration(_) => Kind::Length,
        _ if dtype.is_numeric() => Kind::Number,
        _ => Kind::Other,
    }
}

fn dtype_of(expr: &Expr, schema: &Schema) -> PolarsResult<DataType> {
    Ok(expr.to_field(schema)?.dtype().clone())
}

/// One expression, whose parts were made safe before.
fn safe(expr: Expr, schema: &Schema) -> PolarsResult<Expr> {
    match expr {
        Expr::Cast { expr, dtype: DataTypeExpr::Literal(to), .. } => cast(expr.as_ref().clone(), to, schema),
        Expr::BinaryExpr { left, op, right } => {
            let kinds = (kind_of(&dtype_of(&left, schema)?), kind_of(&dtype_of(&right, schema)?));
            fits(op, kinds, is_text_cast(&left) && is_text_cast(&right))?;
            finite(Expr::BinaryExpr { left, op, right }, schema)
        }
        Expr::Function { input, function: FunctionExpr::StringExpr(StringFunction::Strptime(dtype, options)) } => {
            let Some(text) = input.first().cloned() else { polars_bail!(ComputeError: "nothing to read") };
            let made = if let (None, DataTypeExpr::Literal(to)) = (&options.format, &dtype) {
                cast(text.clone(), to.clone(), schema)?
            } else {
                let options = StrptimeOptions { strict: false, ..options };
                Expr::Function { input, function: FunctionExpr::StringExpr(StringFunction::Strptime(dtype, options)) }
            };
            must_be_readable(&text, &made)?;
            Ok(made)
        }
        Expr::Function { input, function } => {
            let input = match &function {
                FunctionExpr::StringExpr(StringFunction::ConcatHorizontal { .. }) => {
                    input.into_iter().map(|part| as_text(part, schema)).collect::<PolarsResult<_>>()?
                }
                FunctionExpr::Coalesce | FunctionExpr::MaxHorizontal | FunctionExpr::MinHorizontal => {
                    alike(input, schema)?
                }
                _ => input,
            };
            let made = Expr::Function { input, function };
            Ok(match dtype_of(&made, schema)? {
                DataType::Int64 | DataType::Int128 => made,
                to if to.is_integer() => lenient(made, DataType::Int64),
                DataType::Float32 => finite(lenient(made, DataType::Float64), schema)?,
                _ => finite(made, schema)?,
            })
        }
        Expr::Ternary { predicate, truthy, falsy } => {
            let choices = vec![truthy.as_ref().clone(), falsy.as_ref().clone()];
            let mut choices = alike(choices, schema)?.into_iter();
            let truthy = choices.next().map_or(truthy, Arc::new);
            let falsy = choices.next().map_or(falsy, Arc::new);
            Ok(Expr::Ternary { predicate, truthy, falsy })
        }
        other => Ok(other),
    }
}

/// What is calculated, without what is no number: it would be greater than all numbers.
fn finite(made: Expr, schema: &Schema) -> PolarsResult<Expr> {
    Ok(match (&made, dtype_of(&made, schema)?) {
        // Sums of finite numbers are finite.
        (Expr::BinaryExpr { op: Operator::Plus | Operator::Minus, .. }, _) => made,
        (_, DataType::Float64) => made.map(|numbers| from_text::finite(&numbers), |_, field| Ok(field.clone())),
        _ => made,
    })
}

/// Where one of several is a text, the others become texts too, written as this project writes them.
fn alike(choices: Vec<Expr>, schema: &Schema) -> PolarsResult<Vec<Expr>> {
    let kinds =
        choices.iter().map(|choice| Ok(kind_of(&dtype_of(choice, schema)?))).collect::<PolarsResult<Vec<_>>>()?;
    if !kinds.contains(&Kind::Text) {
        return Ok(choices);
    }
    let alike = |(choice, kind)| match kind {
        Kind::Text | Kind::Null => Ok(choice),
        _ => as_text(choice, schema),
    };
    choices.into_iter().zip(kinds).map(alike).collect()
}

/// Numbers are not compared with texts, nor texts added up.
fn fits(op: Operator, (left, right): (Kind, Kind), joined: bool) -> PolarsResult<()> {
    use Operator as Op;
    let unknown = left == Kind::Null || right == Kind::Null;
    match op {
        Op::Eq | Op::EqValidity | Op::NotEq | Op::NotEqValidity | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
            if left != right && !unknown {
                polars_bail!(ComputeError: "{} is compared with {}", left.words(), right.words());
            }
        }
        Op::And | Op::Or | Op::Xor | Op::LogicalAnd | Op::LogicalOr => {
            for kind in [left, right] {
                if !matches!(kind, Kind::YesNo | Kind::Null) {
                    polars_bail!(ComputeError: "{} stands beside and, or where a comparison should", kind.words());
                }
            }
        }
        _ => {
            if (left == Kind::Text || right == Kind::Text) && !joined {
                polars_bail!(ComputeError: "a text is calculated with (|| joins texts)");
            }
        }
    }
    Ok(())
}

fn is_text_cast(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(expr, _) => is_text_cast(expr),
        Expr::Cast { dtype: DataTypeExpr::Literal(DataType::String), .. } => true,
        // `a || b || c`
        Expr::BinaryExpr { left, op: Operator::Plus, right } => is_text_cast(left) && is_text_cast(right),
        _ => false,
    }
}

fn lenient(expr: Expr, to: DataType) -> Expr {
    Expr::Cast { expr: expr.into(), dtype: DataTypeExpr::Literal(to), options: CastOptions::NonStrict }
}

/// What is no number, no day or out of range is null; forms are those of this project.
fn cast(expr: Expr, to: DataType, schema: &Schema) -> PolarsResult<Expr> {
    let from = dtype_of(&expr, schema)?;
    let to = match to {
        to if to.is_integer() && to != DataType::Int128 => DataType::Int64,
        DataType::Float32 => DataType::Float64,
        DataType::Datetime(..) => DataType::Datetime(TimeUnit::Microseconds, None),
        to => to,
    };
    match (&from, &to) {
        (_, DataType::String) => as_text(expr, schema),
        (DataType::String, _) => {
            let made = match from_text::reader(&to) {
                Some(read) => {
                    let kind = to.clone();
                    expr.clone().map(read, move |_, field| Ok(Field::new(field.name().clone(), kind.clone())))
                }
                None => lenient(expr.clone(), to),
            };
            must_be_readable(&expr, &made)?;
            Ok(made)
        }
        _ => Ok(lenient(expr, to)),
    }
}

/// As results are written: `yes`, `no`, `12`, `2026-01-31T14:30:00`. Texts are marked as such, for they may be joined.
fn as_text(expr: Expr, schema: &Schema) -> PolarsResult<Expr> {
    if dtype_of(&expr, schema)? == DataType::String {
        return Ok(lenient(expr, DataType::String));
    }
    let text = |_: &Schema, field: &Field| Ok(Field::new(field.name().clone(), DataType::String));
    Ok(lenient(expr.map(|column| Ok(to_text::column(&column)), text), DataType::String))
}

/// A text that stands in the SQL itself must be what it is read as.
fn must_be_readable(text: &Expr, made: &Expr) -> PolarsResult<()> {
    let Expr::Literal(literal) = text else { return Ok(()) };
    let Some(text) = literal.extract_str().filter(|_| !matches!(literal, LiteralValue::Series(_))) else {
        return Ok(());
    };
    let frame = polars::prelude::DataFrame::empty().lazy().select([made.clone().alias("made")]).collect()?;
    if frame.column("made")?.null_count() > 0 {
        polars_bail!(ComputeError: "'{text}' cannot be read as what it is meant for (days are 2026-01-31)");
    }
    Ok(())
}
