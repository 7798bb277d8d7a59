//! Texts → numbers and days in SQL: as the contract writes them, one by one. What is none is null.

use crate::ingest::moments::{self, Moment};
use crate::ingest::numbers::{self, Number};
use polars::prelude::{
    BooleanChunked, Column, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn, IntoSeries, PolarsResult,
    StringChunked, TimeUnit,
};

/// What makes such values of a column of texts.
pub fn reader(to: &DataType) -> Option<fn(Column) -> PolarsResult<Column>> {
    Some(match to {
        DataType::Float64 => |texts| with(&texts, |texts| read::<Float64Chunked, _>(texts, number).into_series()),
        DataType::Int64 => |texts| with(&texts, |texts| read::<Int64Chunked, _>(texts, whole).into_series()),
        DataType::Date => |texts| with(&texts, |texts| read::<Int32Chunked, _>(texts, day).into_date().into_series()),
        DataType::Datetime(..) => |texts| {
            with(&texts, |texts| {
                let moments = read::<Int64Chunked, _>(texts, |text| moment(text).map(|(_, at)| at * 1_000_000));
                moments.into_datetime(TimeUnit::Microseconds, None).into_series()
            })
        },
        DataType::Time => |texts| {
            with(&texts, |texts| {
                let times = read::<Int64Chunked, _>(texts, |text| time(text).map(|at| at * 1_000_000_000));
                times.into_time().into_series()
            })
        },
        DataType::Boolean => |texts| with(&texts, |texts| read::<BooleanChunked, _>(texts, yes_no).into_series()),
        _ => return None,
    })
}

/// Numbers without those that none is: what a division by nought or the root of a negative number gives.
pub fn finite(numbers: &Column) -> PolarsResult<Column> {
    let series = numbers.as_materialized_series();
    let known = series.f64()?.iter().map(|number| number.filter(|number| number.is_finite()));
    Ok(known.collect::<Float64Chunked>().with_name(series.name().clone()).into_column())
}

fn with(texts: &Column, read: impl Fn(&StringChunked) -> polars::prelude::Series) -> PolarsResult<Column> {
    let series = texts.as_materialized_series();
    Ok(read(series.str()?).with_name(series.name().clone()).into_column())
}

fn read<C: FromIterator<Option<T>>, T>(texts: &StringChunked, read: impl Fn(&str) -> Option<T>) -> C {
    texts.iter().map(|text| text.and_then(|text| read(text.trim()))).collect()
}

fn number(text: &str) -> Option<f64> {
    match numbers::number(text.as_bytes()) {
        Number::Is(number) => Some(number),
        _ => None,
    }
}

fn whole(text: &str) -> Option<i64> {
    // Numbers are below 10^15, where every whole one is exact.
    number(text).filter(|number| number.fract() == 0.0).map(|number| number as i64)
}

/// The day, with or without a time behind it.
fn day(text: &str) -> Option<i32> {
    moment(text).map(|(day, _)| day)
}

fn moment(text: &str) -> Option<(i32, i64)> {
    let text = text.as_bytes();
    match moments::date(text) {
        Moment::At(day, seconds) => Some((day, seconds)),
        _ => match moments::timestamp(text) {
            Moment::At(day, seconds) => Some((day, seconds)),
            _ => None,
        },
    }
}

fn time(text: &str) -> Option<i64> {
    match moments::timestamp(format!("1970-01-01T{text}").as_bytes()) {
        Moment::At(_, seconds) => Some(seconds),
        _ => None,
    }
}

fn yes_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "y" | "t" | "1" => Some(true),
        "no" | "false" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}
