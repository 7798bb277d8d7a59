//! The table of days: months, quarters, fiscal years and business days, so that SQL needs no generated series.

use arrow::array::{ArrayRef, BooleanArray, Date32Array, Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use jiff::civil::{Date, date};
use std::sync::Arc;

/// The columns of `calendar.parquet`.
pub fn schema() -> SchemaRef {
    let day = |name| Field::new(name, DataType::Date32, true);
    let number = |name| Field::new(name, DataType::Int32, true);
    Arc::new(Schema::new(vec![
        day("day"),
        day("month_starts_on"),
        day("quarter_starts_on"),
        number("fiscal_year"),
        day("fiscal_year_starts_on"),
        number("weekday"),
        Field::new("business_day", DataType::Boolean, true),
        number("business_day_number"),
    ]))
}

/// 1 January of `first`'s year through 31 December of the year after `as_of`'s.
///
/// A fiscal year is named for the year it ends in. Business days are Monday to Friday, counted from the first day.
pub fn calendar(first: Date, as_of: Date, fiscal_year_starts: u8) -> Result<RecordBatch, ArrowError> {
    let fiscal_month = i8::try_from(fiscal_year_starts.clamp(1, 12)).unwrap_or(1);
    let last_year = as_of.year() + 1;
    let first = date(first.year().min(as_of.year()), 1, 1);
    let (mut days, mut months, mut quarters, mut years) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut year_starts, mut weekdays, mut business, mut numbers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut number = 0;
    for day in first.series(jiff::Span::new().days(1)).take_while(|day| day.year() <= last_year) {
        let begun = if day.month() >= fiscal_month { day.year() } else { day.year() - 1 };
        let weekday = day.weekday().to_monday_one_offset();
        number += i32::from(weekday <= 5);
        days.push(days_since_1970(day));
        months.push(days_since_1970(day.first_of_month()));
        quarters.push(days_since_1970(date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1)));
        years.push(i32::from(if fiscal_month == 1 { begun } else { begun + 1 }));
        year_starts.push(days_since_1970(date(begun, fiscal_month, 1)));
        weekdays.push(i32::from(weekday));
        business.push(weekday <= 5);
        numbers.push(number);
    }
    let dates = |days: Vec<i32>| Arc::new(Date32Array::from(days)) as ArrayRef;
    let whole = |numbers: Vec<i32>| Arc::new(Int32Array::from(numbers)) as ArrayRef;
    RecordBatch::try_new(
        schema(),
        vec![
            dates(days),
            dates(months),
            dates(quarters),
            whole(years),
            dates(year_starts),
            whole(weekdays),
            Arc::new(BooleanArray::from(business)),
            whole(numbers),
        ],
    )
}

/// As Arrow counts days.
pub fn days_since_1970(day: Date) -> i32 {
    date(1970, 1, 1).until(day).map_or(0, |span| span.get_days())
}

/// The day Arrow counts so; `None` beyond the calendar's end.
pub fn day_since_1970(days: i32) -> Option<Date> {
    date(1970, 1, 1).checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::AsArray;
    use arrow::datatypes::{Date32Type, Int32Type};

    #[test]
    fn fiscal_years_are_named_for_the_year_they_end_in() {
        let batch = calendar(date(2024, 3, 5), date(2026, 6, 30), 7).expect("a calendar");
        assert_eq!(batch.num_rows(), 366 + 365 + 365 + 365);
        let row_of = |day: Date| (days_since_1970(day) - days_since_1970(date(2024, 1, 1))) as usize;
        let year = batch.column(3).as_primitive::<Int32Type>();
        assert_eq!((year.value(row_of(date(2026, 6, 30))), year.value(row_of(date(2026, 7, 1)))), (2026, 2027));
        let starts = batch.column(4).as_primitive::<Date32Type>();
        assert_eq!(starts.value(row_of(date(2026, 6, 30))), days_since_1970(date(2025, 7, 1)));
        let quarter = batch.column(2).as_primitive::<Date32Type>();
        assert_eq!(quarter.value(row_of(date(2026, 6, 30))), days_since_1970(date(2026, 4, 1)));
        // Monday 1 January 2024 is the first business day; Saturday and Sunday keep Friday's number.
        let number = batch.column(7).as_primitive::<Int32Type>();
        assert_eq!((0..8).map(|row| number.value(row)).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 5, 5, 6]);
        assert_eq!(batch.column(5).as_primitive::<Int32Type>().value(6), 7);
    }

    #[test]
    fn calendar_years_are_their_own_fiscal_years() {
        let batch = calendar(date(2026, 1, 1), date(2026, 6, 30), 1).expect("a calendar");
        let year = batch.column(3).as_primitive::<Int32Type>();
        assert_eq!((year.value(0), year.value(364), year.value(365)), (2026, 2026, 2027));
    }
}
