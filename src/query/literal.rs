//! A query with its parameters filled in, and a small table as text: what another engine needs to run the same.

use super::engine::Rows;
use super::file::{Bindings, QueryFile};
use super::problem::QueryError;
use datafusion::common::ScalarValue;
use jiff::ToSpan;
use jiff::civil::Date;
use std::fmt::Write as _;

impl QueryFile {
    /// The query's text with each `$name` replaced by its value; texts in quotes and comments stay as they are.
    ///
    /// # Errors
    /// When a value has no form in SQL.
    pub fn filled(&self, bindings: &Bindings) -> Result<String, QueryError> {
        self.replaced(|word| match word.strip_prefix('$').and_then(|name| bindings.get(name)) {
            Some(value) => literal(value).map(Some),
            None => Ok(None),
        })
    }
}

/// A table as a step of a `with`: `name(column, …) as (values …)`.
///
/// # Errors
/// When a value has no form in SQL.
pub fn values(name: &str, rows: &Rows) -> Result<String, QueryError> {
    let columns: Vec<&str> = rows.schema.fields().iter().map(|field| field.name().as_str()).collect();
    let mut text = format!("{name}({}) as (", columns.join(", "));
    let wrong = |error| QueryError::from_engine(name, "", &error);
    if rows.count() == 0 {
        let nothing: Result<Vec<String>, QueryError> = rows
            .schema
            .fields()
            .iter()
            .map(|field| literal(&ScalarValue::try_from(field.data_type()).map_err(wrong)?))
            .collect();
        let _ = write!(text, "select {} where false)", nothing?.join(", "));
        return Ok(text);
    }
    let mut lines = Vec::new();
    for batch in &rows.batches {
        for row in 0..batch.num_rows() {
            let cells: Result<Vec<String>, QueryError> = batch
                .columns()
                .iter()
                .map(|column| literal(&ScalarValue::try_from_array(column, row).map_err(wrong)?))
                .collect();
            lines.push(format!("    ({})", cells?.join(", ")));
        }
    }
    let _ = write!(text, "values\n{}\n)", lines.join(",\n"));
    Ok(text)
}

/// A value as SQL writes it, its type not left to be guessed.
fn literal(value: &ScalarValue) -> Result<String, QueryError> {
    let text = |text: &Option<String>| {
        text.as_ref().map_or("cast(null as varchar)".into(), |text| format!("'{}'", text.replace('\'', "''")))
    };
    Ok(match value {
        ScalarValue::Utf8(value) | ScalarValue::Utf8View(value) | ScalarValue::LargeUtf8(value) => text(value),
        ScalarValue::Int64(value) => value.map_or("cast(null as bigint)".into(), |n| n.to_string()),
        ScalarValue::Float64(value) => {
            value.map_or("cast(null as double)".into(), |number| format!("cast({number:?} as double)"))
        }
        ScalarValue::Boolean(value) => value.map_or("cast(null as boolean)".into(), |is| is.to_string()),
        ScalarValue::Date32(value) => value.map_or("cast(null as date)".into(), |days| {
            format!("date '{}'", Date::constant(1970, 1, 1).saturating_add(days.days()))
        }),
        other => return Err(QueryError::new("a value", format!("{other} cannot be written as SQL"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_placeholders_stood_and_nowhere_else() {
        let query = QueryFile::parse(
            "q.sql",
            "select '$days', 'isn''t $days', \"$days\" -- $days\n/* $days */ from t where a > $days and b > $days_2 and c = $word",
        )
        .expect("a query");
        let bindings = Bindings::from([
            ("days".to_string(), ScalarValue::Int64(Some(30))),
            ("days_2".to_string(), ScalarValue::Date32(Some(31))),
            ("word".to_string(), ScalarValue::Utf8(Some("it's".into()))),
        ]);
        assert_eq!(
            query.filled(&bindings).expect("filled"),
            "select '$days', 'isn''t $days', \"$days\" -- $days\n/* $days */ from t where a > 30 and b > date '1970-02-01' and c = 'it''s'"
        );
    }
}
