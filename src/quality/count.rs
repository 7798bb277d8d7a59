//! Queries around a rule's own: how many rows it looked at, how many fail, and the failing ones with their program.

use super::rule::{Fitted, Grain, Rule};
use crate::query::{Engine, QueryError, QueryFile, Rows};
use std::collections::BTreeMap;

/// Rows looked at and failing, by program (`None`: of no single one) and in all.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    pub looked_at: u64,
    pub fails: u64,
    /// Program → looked at, failing.
    pub by_program: BTreeMap<String, (u64, u64)>,
}

/// The rule's query as the step `looked_at`, then `rest`.
fn around(rule: &Rule, rest: &str) -> QueryFile {
    let text = rule.query.text.trim_end().trim_end_matches(';');
    rule.query.rewritten(format!("with looked_at as (\n{text}\n)\n{rest}"))
}

/// Counts the rows of a rule. A client's row belongs to every program the client was enrolled in, and once to all.
pub fn counts(engine: &Engine, rule: &Rule, fitted: &Fitted) -> Result<Counts, QueryError> {
    const SUMS: &str = "count(*) as looked_at, count(*) filter (where l.fails) as fails";
    let by_program = match fitted.grain {
        Grain::Program => format!("select l.program_id, {SUMS} from looked_at as l group by l.program_id"),
        Grain::Enrollment => format!(
            "select e.program_id, {SUMS} from looked_at as l \
             left join enrollments as e on e.enrollment_id = l.enrollment_id group by e.program_id"
        ),
        Grain::Client => format!(
            "select p.program_id, {SUMS} from looked_at as l \
             inner join (select distinct e.client_id, e.program_id from enrollments as e) as p \
             on p.client_id = l.client_id group by p.program_id"
        ),
    };
    let rows = engine.run(&around(rule, &by_program), &fitted.bindings)?;
    let mut counts = Counts::default();
    for row in 0..rows.count() {
        let (looked_at, fails) = (number(&rows, row, 1), number(&rows, row, 2));
        counts.looked_at += looked_at;
        counts.fails += fails;
        if let Some(program) = rows.text(row, 0) {
            counts.by_program.insert(program, (looked_at, fails));
        }
    }
    if fitted.grain == Grain::Client {
        let rows = engine.run(&around(rule, &format!("select {SUMS} from looked_at as l")), &fitted.bindings)?;
        (counts.looked_at, counts.fails) = (number(&rows, 0, 0), number(&rows, 0, 1));
    }
    Ok(counts)
}

/// The failing rows in the order of their places: program, enrollment (where the rule is about one), `_file`, `_line`,
/// then the columns of the message.
pub fn failing(rule: &Rule, fitted: &Fitted) -> QueryFile {
    // Numbered, so that a column of any name can be taken.
    let numbered: Vec<String> =
        fitted.columns.iter().enumerate().map(|(at, (name, _))| format!(", l.\"{name}\" as m{at}")).collect();
    let order: Vec<String> = (0..fitted.columns.len()).map(|at| format!(", m{at}")).collect();
    let (columns, order) = (numbered.concat(), order.concat());
    let (program, unit, join) = match fitted.grain {
        Grain::Enrollment => {
            ("e.program_id", "l.enrollment_id", "left join enrollments as e on e.enrollment_id = l.enrollment_id")
        }
        Grain::Client | Grain::Program => ("null", "null", ""),
    };
    around(
        rule,
        &format!(
            "select {program} as program, {unit} as unit, l._file as file, l._line as line{columns} \
             from looked_at as l {join} where l.fails order by file, line{order}, unit"
        ),
    )
}

/// The enrollments of failing clients, or all of a failing program, with their programs.
pub fn enrollments_behind(rule: &Rule, grain: Grain) -> Option<QueryFile> {
    let column = match grain {
        Grain::Enrollment => return None,
        Grain::Client | Grain::Program => grain.column(),
    };
    Some(around(
        rule,
        &format!(
            "select distinct e.program_id, e.enrollment_id from looked_at as l \
             inner join enrollments as e on e.{column} = l.{column} where l.fails"
        ),
    ))
}

/// A count in a result; what is none is 0.
pub fn number(rows: &Rows, row: usize, column: usize) -> u64 {
    rows.text(row, column).and_then(|text| text.parse().ok()).unwrap_or(0)
}
