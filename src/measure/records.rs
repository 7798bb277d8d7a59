//! What has become of the records behind a metric's months since an earlier snapshot: come late, changed, or gone.
//!
//! A record is of a month when the date that puts its unit there lies in it; a record that puts none there, as a service
//! that ends a wait, when one of its dates that the metric reads does. Changed is what differs in a column that the metric
//! reads.

use super::compute::{PROGRAM, Ready, Study};
use super::small_tables;
use crate::contract::{CONTRACT, ColumnType, Sensitivity, Table};
use crate::project::Period;
use crate::query::{Bindings, QueryError, QueryFile, Usage};
use crate::store::Snapshot;
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// The earlier snapshot's tables stand beside the present ones under this prefix.
const EARLIER: &str = "earlier_";

/// Records of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moved {
    /// Of the month, and not in the earlier snapshot.
    pub late: u64,
    /// In both, with other values, or of the month in one of them only.
    pub changed: u64,
    /// Of the month in the earlier snapshot, and no longer there.
    pub gone: u64,
}

impl AddAssign for Moved {
    fn add_assign(&mut self, other: Self) {
        self.late += other.late;
        self.changed += other.changed;
        self.gone += other.gone;
    }
}

/// Program (none where they are not told apart) and month's label → table → its records.
pub type MovedRecords = BTreeMap<(Option<String>, String), BTreeMap<String, Moved>>;

impl Study<'_> {
    /// Opens an earlier snapshot beside the present one.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn beside(&self, earlier: &Snapshot) -> Result<(), QueryError> {
        self.engine.add_snapshot(EARLIER, earlier)
    }

    /// Late, changed and gone records behind a metric's months; [`Study::beside`] has opened the earlier snapshot. By
    /// program, records of staff and partners belong to none and are left out.
    ///
    /// # Errors
    /// As [`Study::compute`], and when the earlier snapshot has other tables.
    pub fn moved_records(&self, name: &str, months: &[Period], by_program: bool) -> Result<MovedRecords, QueryError> {
        let Ready { metric, bindings, .. } = self.ready(name, months)?;
        let (_, usage) = self.engine.describe(&metric.query, &bindings)?;
        let origins = self.engine.origins(&metric.query, &bindings)?;
        let placed_by = origins.into_iter().find(|(column, origin)| column == "on_date" && !origin.unknown);
        let placed_by = placed_by.map(|(_, origin)| origin.columns).unwrap_or_default();
        self.engine.add_table("restated_months", &small_tables::periods(months, self.as_of)?)?;
        let mut all = MovedRecords::new();
        for table in &CONTRACT.tables {
            let Some(text) = query(table, &usage, &placed_by, by_program) else { continue };
            let rows =
                self.engine.run(&QueryFile::parse(&format!("{} of {name}", table.name), &text)?, &Bindings::new())?;
            for row in 0..rows.count() {
                let (Some(month), Some(what)) = (rows.text(row, 0), rows.text(row, 2)) else { continue };
                let n = rows.text(row, 3).and_then(|n| n.parse().ok()).unwrap_or(0);
                let program = rows.text(row, 1).filter(|_| by_program);
                let of_month = all.entry((program, month)).or_default();
                *of_month.entry(table.name.clone()).or_default() += match what.as_str() {
                    "late" => Moved { late: n, ..Moved::default() },
                    "gone" => Moved { gone: n, ..Moved::default() },
                    _ => Moved { changed: n, ..Moved::default() },
                };
            }
        }
        Ok(all)
    }
}

/// The query for one table; `None` where the metric reads no date of it, or its rows belong to no program.
fn query(table: &Table, usage: &Usage, placed_by: &Usage, by_program: bool) -> Option<String> {
    let name = &table.name;
    let key = &table.key()?.name;
    let is_in = |columns: &Usage, column: &str| columns.contains(&(name.clone(), column.to_owned()));
    let read = |column: &str| is_in(usage, column);
    let places = placed_by.iter().any(|(of, _)| of == name);
    let dates: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| matches!(column.kind, ColumnType::Date | ColumnType::Timestamp))
        // A date of birth puts nothing in a month.
        .filter(|column| column.sensitivity == Sensitivity::Plain && read(&column.name))
        .map(|column| column.name.as_str())
        .filter(|column| !places || is_in(placed_by, column))
        .collect();
    if dates.is_empty() {
        return None;
    }
    let others: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).filter(|c| c != key && read(c)).collect();
    let has = |column: &str| table.column(column).is_some();
    let rows = |prefix: &str| {
        let (program, join) = match by_program {
            false => ("''".to_owned(), String::new()),
            true if has("program_id") => ("coalesce(t.program_id, '')".to_owned(), String::new()),
            true if has("enrollment_id") => (
                "coalesce(e.program_id, '')".to_owned(),
                format!(" left join {prefix}enrollments as e on t.enrollment_id = e.enrollment_id"),
            ),
            // A person's record belongs to each of the person's programs.
            true => (
                "e.program_id".to_owned(),
                format!(
                    " inner join (select distinct client_id, program_id from {prefix}enrollments where program_id is not null) as e \
                     on t.client_id = e.client_id"
                ),
            ),
        };
        let dates = dates.iter().enumerate().map(|(i, column)| format!(", cast(t.{column} as date) as d{i}"));
        let others = others.iter().enumerate().map(|(i, column)| format!(", t.{column} as c{i}"));
        let columns = dates.chain(others).collect::<Vec<_>>().concat();
        format!("select t.{key} as k, {program} as {PROGRAM}{columns} from {prefix}{name} as t{join}")
    };
    if by_program && !has("program_id") && !has("enrollment_id") && !has("client_id") {
        return None;
    }
    let within = |row: &str, month: &str| {
        let of =
            |i: usize| format!("coalesce({row}.d{i} >= {month}.starts_on and {row}.d{i} < {month}.ends_on, false)");
        (0..dates.len()).map(of).collect::<Vec<_>>().join(" or ")
    };
    let differs = (0..others.len()).map(|i| format!("(now.c{i} is distinct from earlier.c{i})")).collect::<Vec<_>>();
    let differs = if differs.is_empty() { "false".to_owned() } else { differs.join(" or ") };
    let (present, earlier) = (rows(""), rows(EARLIER));
    let (now_within, earlier_within) = (within("r", "m"), within("now", "earlier"));
    Some(format!(
        "with months as (select period_id, starts_on, ends_on from restated_months),
now_rows as ({present}),
earlier_rows as ({earlier}),
now_in as (select m.period_id, r.* from now_rows as r inner join months as m on {now_within}),
earlier_in as (
    select m.period_id, m.starts_on, m.ends_on, r.* from earlier_rows as r inner join months as m on {now_within}
),
come as (
    select now.period_id, now.program, case when earlier.k is null then 'late' else 'changed' end as what, count(*) as n
    from now_in as now left join earlier_rows as earlier on now.k = earlier.k and now.program = earlier.program
    where earlier.k is null or {differs}
    group by 1, 2, 3
),
gone as (
    select earlier.period_id, earlier.program, case when now.k is null then 'gone' else 'changed' end as what, count(*) as n
    from earlier_in as earlier left join now_rows as now on earlier.k = now.k and earlier.program = now.program
    where now.k is null or not ({earlier_within})
    group by 1, 2, 3
),
both_ways as (select * from come union all select * from gone)
select period_id, program, what, n from both_ways order by period_id, program, what"
    ))
}
