//! SQL of a mapping, checked: found to be about one row only, and its names put in the place of the file's.
//!
//! Rows are computed block by block, so that what looks at other rows, at the clock or at chance would give another
//! result with every cut. What is not known to be safe is refused.

use super::Problem;
use super::sql_read::read;
use crate::ingest::header::nearest;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator as Binary, CeilFloorKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectNamePart, UnaryOperator as Unary, Value, ValueWithSpan,
};

/// How deep parts may stand in one another; what nests deeper overruns the stack of a worker.
const DEEPEST: usize = 40;
/// polars takes some parts several times over; of those that stand in one another that soon is more than a machine
/// can hold.
const HEAVIEST: u64 = 20_000;
/// Nobody pads an id to more.
const WIDEST: u64 = 1000;

/// So often at most, by these functions.
const OFTEN: usize = 4;
const TAKEN_OFTEN: &str = "\
    left right split_part nullif lpad rpad substr strpos";

/// Functions that look at one row and need nothing else, and those that do not.
const FUNCTIONS: &str = "\
    lower upper left right length char_length character_length substr replace concat concat_ws ltrim rtrim \
    lpad rpad reverse starts_with ends_with strpos split_part regexp_like coalesce ifnull nullif if greatest \
    least abs round trunc truncate sign sqrt pow power mod div exp ln log log2 log10 log1p ceiling cbrt date \
    time timestamp datetime strptime strftime date_part substring trim ceil floor";
const OVER_ROWS: &str = "\
    sum total count avg mean min max median first last stdev stddev stdev_samp stddev_samp var var_samp \
    variance corr covar covar_pop covar_samp quantile_cont quantile_disc string_agg listagg group_concat \
    array_agg row_number rank dense_rank lag lead first_value last_value ntile percent_rank cume_dist \
    nth_value unnest explode columns cumsum mode any_value exists";
const CLOCK: &str = "\
    now today current_date current_time current_timestamp localtime localtimestamp getdate sysdate";

/// Whether it is one of the words.
fn one_of(words: &str, word: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

/// Reads an expression and gives it back with other names for its columns; `column` says which.
pub fn checked(
    sql: &str,
    setting: &str,
    column: &mut dyn FnMut(&str) -> Result<String, Problem>,
) -> Result<String, Problem> {
    let mut expr = read(sql, setting)?;
    Checker { setting, column, depth: 0, times: 1, weight: 0 }.expr(&mut expr)?;
    Ok(expr.to_string())
}

struct Checker<'c> {
    setting: &'c str,
    column: &'c mut dyn FnMut(&str) -> Result<String, Problem>,
    depth: usize,
    /// How many times polars takes the part that is looked at, and how many parts there are so far.
    times: u64,
    weight: u64,
}

impl Checker<'_> {
    fn no(&self, what: impl Into<String>) -> Problem {
        Problem::new(self.setting, what)
    }

    fn name(&mut self, name: &str) -> Result<Expr, Problem> {
        let name = (self.column)(name)?;
        Ok(Expr::Identifier(Ident::with_quote('"', name)))
    }

    fn all(&mut self, exprs: &mut [&mut Expr]) -> Result<(), Problem> {
        exprs.iter_mut().try_for_each(|expr| self.expr(expr))
    }

    fn expr(&mut self, expr: &mut Expr) -> Result<(), Problem> {
        if self.depth == DEEPEST {
            return Err(self
                .no(format!("parts of the SQL stand in one another more than {DEEPEST} deep"))
                .hint("name steps of their own, or use a recode or a look-up"));
        }
        self.weight = self.weight.saturating_add(self.times);
        if self.weight > HEAVIEST {
            return Err(self
                .no("the SQL is too much to compute: parts that are taken several times stand in one another")
                .hint("use a recode or a look-up"));
        }
        self.depth += 1;
        let done = self.part(expr);
        self.depth -= 1;
        done
    }

    /// The parts within are taken several times.
    fn repeated(&mut self, times: usize, within: impl FnOnce(&mut Self) -> Result<(), Problem>) -> Result<(), Problem> {
        let before = self.times;
        self.times = before.saturating_mul(times as u64);
        let done = within(self);
        self.times = before;
        done
    }

    fn part(&mut self, expr: &mut Expr) -> Result<(), Problem> {
        match expr {
            Expr::BinaryOp { op: op @ (Binary::And | Binary::Or | Binary::StringConcat), .. } => {
                let op = op.clone();
                *expr = self.chain(expr, &op)?;
            }
            Expr::Identifier(name) => *expr = self.name(&name.value.clone())?,
            Expr::CompoundIdentifier(parts) => {
                let name: Vec<&str> = parts.iter().map(|part| part.value.as_str()).collect();
                *expr = self.name(&name.join("."))?;
            }
            Expr::Value(ValueWithSpan { value, .. }) => self.value(value)?,
            Expr::Nested(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::Extract { expr: inner, .. }
            | Expr::UnaryOp { op: Unary::Plus | Unary::Minus | Unary::Not, expr: inner }
            | Expr::Cast { expr: inner, array: false, format: None, .. }
            | Expr::Ceil { expr: inner, field: CeilFloorKind::DateTimeField(_) }
            | Expr::Floor { expr: inner, field: CeilFloorKind::DateTimeField(_) } => self.expr(inner)?,
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => self.all(&mut [left, right])?,
            Expr::Position { expr, r#in } => self.all(&mut [expr, r#in])?,
            Expr::BinaryOp { left, op, right } => self.binary(left, op, right)?,
            Expr::InList { expr, list, .. } => {
                self.expr(expr)?;
                if !list.iter().all(is_literal) {
                    return Err(self
                        .no("the list after in holds something other than texts or numbers")
                        .hint("write a = b or a = c to compare columns"));
                }
                list.iter_mut().try_for_each(|item| self.expr(item))?;
            }
            Expr::Between { expr, low, high, .. } => {
                self.repeated(2, |checker| checker.expr(expr))?;
                self.all(&mut [low, high])?;
            }
            Expr::Like { any: false, expr, pattern, escape_char: None, .. }
            | Expr::ILike { any: false, expr, pattern, escape_char: None, .. } => {
                self.pattern(expr, pattern, "like")?;
            }
            Expr::RLike { expr, pattern, .. } => self.pattern(expr, pattern, "a regular expression")?,
            Expr::Substring { expr, substring_from, substring_for, .. } => self.repeated(OFTEN, |checker| {
                checker.expr(expr)?;
                [substring_from, substring_for].into_iter().flatten().try_for_each(|part| checker.expr(part))
            })?,
            Expr::Trim { expr, trim_what, trim_characters: None, .. } => {
                self.expr(expr)?;
                if let Some(what) = trim_what {
                    self.expr(what)?;
                }
            }
            Expr::TypedString(typed) => self.value(&typed.value.value)?,
            Expr::Function(function) => self.function(function)?,
            Expr::Case { operand, conditions, else_result, .. } => {
                if let Some(operand) = operand {
                    self.repeated(conditions.len(), |checker| checker.expr(operand))?;
                }
                if let Some(other) = else_result {
                    self.expr(other)?;
                }
                for when in conditions {
                    self.all(&mut [&mut when.condition, &mut when.result])?;
                }
            }
            Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => {
                return Err(self
                    .no("the SQL asks for other rows (select), and it is about one row at a time")
                    .hint("join a look-up: [lookups.NAME] reads another file by its key"));
            }
            other => {
                return Err(self
                    .no(format!("{other} cannot be used here"))
                    .hint("see \"SQL for what is left\" in the guide for what can"));
            }
        }
        Ok(())
    }

    /// `a or b or c …` nests as deep as it is long, and is made a tree that does not.
    fn chain(&mut self, expr: &mut Expr, op: &Binary) -> Result<Expr, Problem> {
        let mut links = Vec::new();
        let mut rest = taken(expr);
        loop {
            match rest {
                Expr::BinaryOp { left, op: next, right } if next == *op => {
                    links.push(*right);
                    rest = *left;
                }
                first => {
                    links.push(first);
                    break;
                }
            }
        }
        links.reverse();
        links.iter_mut().try_for_each(|link| self.expr(link))?;
        while links.len() > 1 {
            let mut pairs = links.into_iter();
            let mut joined = Vec::new();
            while let Some(left) = pairs.next() {
                joined.push(match pairs.next() {
                    Some(right) => {
                        let pair = Expr::BinaryOp { left: Box::new(left), op: op.clone(), right: Box::new(right) };
                        Expr::Nested(Box::new(pair))
                    }
                    None => left,
                });
            }
            links = joined;
        }
        Ok(links.pop().unwrap_or_else(null))
    }

    fn value(&self, value: &Value) -> Result<(), Problem> {
        match value {
            Value::Number(..) | Value::SingleQuotedString(_) | Value::Boolean(_) | Value::Null => Ok(()),
            other => {
                Err(self.no(format!("{other} is neither a text nor a number")).hint("write texts in 'single quotes'"))
            }
        }
    }

    fn binary(&mut self, left: &mut Expr, op: &Binary, right: &mut Expr) -> Result<(), Problem> {
        let compares = matches!(op, Binary::Eq | Binary::NotEq | Binary::Lt | Binary::Gt | Binary::LtEq | Binary::GtEq);
        if compares && [&*left, &*right].into_iter().any(is_null) {
            return Err(self
                .no(format!("nothing is equal to null, so {left} {op} {right} is never true"))
                .hint("write is null, or is not null"));
        }
        match op {
            Binary::PGRegexMatch | Binary::PGRegexIMatch | Binary::PGRegexNotMatch | Binary::PGRegexNotIMatch => {
                self.pattern(left, right, "a regular expression")
            }
            // A length of time, which only a day or time can be moved by.
            Binary::Plus | Binary::Minus if matches!(right, Expr::Interval(_)) => {
                let Expr::Interval(length) = &*right else { return Ok(()) };
                if !is_literal(&length.value) {
                    return Err(self.no("the length after interval is not a text").hint("write interval '3 days'"));
                }
                self.expr(left)
            }
            Binary::Plus
            | Binary::Minus
            | Binary::Multiply
            | Binary::Divide
            | Binary::Modulo
            | Binary::DuckIntegerDivide
            | Binary::Gt
            | Binary::Lt
            | Binary::GtEq
            | Binary::LtEq
            | Binary::Eq
            | Binary::NotEq
            | Binary::Spaceship => self.all(&mut [left, right]),
            other => Err(self.no(format!("there is no operator {other}"))),
        }
    }

    fn pattern(&mut self, expr: &mut Expr, pattern: &Expr, what: &str) -> Result<(), Problem> {
        if !is_text(pattern) {
            return Err(self.no(format!("the pattern of {what} is not a text")).hint("write it in 'single quotes'"));
        }
        self.expr(expr)
    }

    fn function(&mut self, function: &mut Function) -> Result<(), Problem> {
        let name = function.name.to_string().to_lowercase();
        if function.over.is_some() || one_of(OVER_ROWS, &name) {
            return Err(self
                .no(format!("{name} looks at several rows, and the SQL is about one row at a time"))
                .hint("a look-up gives count, least, greatest, first, last and all of the rows with a key"));
        }
        if one_of(CLOCK, &name) {
            return Err(self
                .no(format!("{name} looks at the clock: the same export would give another result tomorrow"))
                .hint("write the day itself, or a column of the export"));
        }
        if name.contains("rand") || name.contains("uuid") {
            return Err(self
                .no(format!("{name} gives another result each time"))
                .hint("use _line for a number of its own"));
        }
        let known = matches!(function.name.0.as_slice(), [ObjectNamePart::Identifier(_)]);
        if !known || !one_of(FUNCTIONS, &name) {
            let problem = self.no(format!("there is no function {name}"));
            return Err(match nearest(&name, FUNCTIONS.split(' ')) {
                Some(near) => problem.hint(format!("did you mean {near}?")),
                None => problem.hint(format!("there are {}", FUNCTIONS.replace(' ', ", "))),
            });
        }
        let plain = !function.uses_odbc_syntax
            && matches!(function.parameters, FunctionArguments::None)
            && function.filter.is_none()
            && function.null_treatment.is_none()
            && function.within_group.is_empty();
        let FunctionArguments::List(list) = &mut function.args else {
            return Err(self.no(format!("{name} needs its arguments in brackets")));
        };
        if !plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
            return Err(self.no(format!("{name} takes only its arguments")).hint("write name(a, b)"));
        }
        if list.args.is_empty() {
            return Err(self.no(format!("{name} needs its arguments in brackets")));
        }
        if name == "regexp_like" {
            let texts = list.args.iter().skip(1);
            if !texts.clone().all(|arg| matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(e)) if is_text(e))) {
                return Err(self.no("the pattern of regexp_like is not a text").hint("write it in 'single quotes'"));
            }
        }
        if matches!(name.as_str(), "lpad" | "rpad") && argument(list, 1).is_none_or(|to| number(to) > WIDEST) {
            return Err(self.no(format!("the width of {name} is not a number up to {WIDEST}")));
        }
        if name == "replace" {
            let (Some(old), Some(new)) = (argument(list, 1).and_then(text_of), argument(list, 2).and_then(text_of))
            else {
                return Err(self
                    .no("what replace looks for and puts there is not a text")
                    .hint("write it in 'single quotes'"));
            };
            // Texts that grow in one another would fill the memory.
            let growth = new.len() / old.len().max(1);
            return self.repeated(growth.max(1), |checker| checker.arguments(list, "replace"));
        }
        let times = if one_of(TAKEN_OFTEN, &name) { OFTEN } else { 1 };
        self.repeated(times, |checker| checker.arguments(list, &name))
    }

    fn arguments(&mut self, list: &mut FunctionArgumentList, function: &str) -> Result<(), Problem> {
        list.args.iter_mut().try_for_each(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.expr(expr),
            other => Err(self.no(format!("{other} is no argument of {function}"))),
        })
    }
}

fn argument(list: &FunctionArgumentList, at: usize) -> Option<&Expr> {
    match list.args.get(at)? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) => Some(text),
        _ => None,
    }
}

/// A number that stands in the SQL; the greatest for anything else.
fn number(expr: &Expr) -> u64 {
    match expr {
        Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => digits.parse().unwrap_or(u64::MAX),
        _ => u64::MAX,
    }
}

fn null() -> Expr {
    Expr::value(Value::Null)
}

/// The expression, with another left in its place.
fn taken(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, null())
}

fn is_text(expr: &Expr) -> bool {
    text_of(expr).is_some()
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(ValueWithSpan { value: Value::Null, .. }))
}

fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) => true,
        Expr::UnaryOp { op: Unary::Plus | Unary::Minus, expr } => matches!(**expr, Expr::Value(_)),
        _ => false,
    }
}
