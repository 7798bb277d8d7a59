//! Birth dates as the project's privacy setting keeps them: the day, the month or the year.
//!
//! Rules of a row (born before died) see the date as it was exported; what is stored is set to the first of the month
//! or year, so that nobody is stored as born after something that happened to them.

use super::calendar::{day_since_1970, days_since_1970};
use crate::contract::Table;
use crate::store::BirthDates;
use arrow::array::{AsArray, Date32Array, RecordBatch};
use arrow::datatypes::Date32Type;
use arrow::error::ArrowError;
use jiff::civil::date;
use std::sync::Arc;

/// The column of a birth date.
const BORN: &str = "birth_date";

/// A table's rows as they may be stored.
pub fn kept(batch: RecordBatch, table: &Table, setting: BirthDates) -> Result<RecordBatch, ArrowError> {
    if setting == BirthDates::Date || table.column(BORN).is_none() {
        return Ok(batch);
    }
    let at = batch.schema().index_of(BORN)?;
    let mut arrays = batch.columns().to_vec();
    if let Some(array) = arrays.get_mut(at)
        && let Some(days) = array.as_primitive_opt::<Date32Type>()
    {
        *array = Arc::new(days.iter().map(|day| day.and_then(|day| first(day, setting))).collect::<Date32Array>());
    }
    RecordBatch::try_new(batch.schema(), arrays)
}

/// The first day of what is kept of a date.
fn first(day: i32, setting: BirthDates) -> Option<i32> {
    let exact = day_since_1970(day)?;
    Some(days_since_1970(match setting {
        BirthDates::Date => exact,
        BirthDates::Month => exact.first_of_month(),
        BirthDates::Year => date(exact.year(), 1, 1),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_is_the_first_day_of_its_month_or_year(day in -43_000_i32..80_000) {
            let exact = day_since_1970(day).expect("in the calendar");
            let of = |setting| first(day, setting).and_then(day_since_1970).expect("in the calendar");
            prop_assert_eq!(of(BirthDates::Date), exact);
            let (month, year) = (of(BirthDates::Month), of(BirthDates::Year));
            prop_assert_eq!((month.year(), month.month(), month.day()), (exact.year(), exact.month(), 1));
            prop_assert_eq!((year.year(), year.month(), year.day()), (exact.year(), 1, 1));
            prop_assert!(year <= month && month <= exact);
        }
    }
}
