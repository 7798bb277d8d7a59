//! What polars computed → texts as this project writes them: yes and no, ISO days, plain numbers.

use super::text::TextColumn;
use polars::prelude::{AnyValue, Column, IntoColumn, StringChunked, TimeUnit};
use std::fmt::Write;

/// For so many rows; `None` for values that are no texts, as lists.
pub fn texts(column: &Column, rows: usize) -> Option<TextColumn> {
    let series = column.as_materialized_series();
    let mut texts = TextColumn::with_capacity(rows);
    // An expression without columns gives one value for all rows.
    let same = series.len() != rows;
    if let Ok(found) = series.str() {
        if same {
            let text = found.iter().next().flatten();
            (0..rows).for_each(|_| push(&mut texts, text));
        } else {
            found.iter().for_each(|text| push(&mut texts, text));
        }
        return Some(texts);
    }
    let mut scratch = String::new();
    for row in 0..rows {
        scratch.clear();
        write(&series.get(if same { 0 } else { row }).ok()?, &mut scratch)?;
        texts.push(&scratch);
    }
    Some(texts)
}

fn push(texts: &mut TextColumn, text: Option<&str>) {
    match text {
        Some(text) => texts.push(text),
        None => texts.push_unknown(),
    }
}

/// The same for polars.
pub fn column(column: &Column) -> Column {
    let series = column.as_materialized_series();
    let texts = series.iter().map(|value| {
        let mut text = String::new();
        write(&value, &mut text).filter(|()| !text.is_empty()).map(|()| text)
    });
    texts.collect::<StringChunked>().with_name(series.name().clone()).into_column()
}

/// Adds the value; nothing if it is unknown.
fn write(value: &AnyValue<'_>, out: &mut String) -> Option<()> {
    let done = match value {
        AnyValue::Boolean(yes) => out.write_str(if *yes { "yes" } else { "no" }),
        // No -0.
        AnyValue::Float64(number) if *number == 0.0 => out.write_char('0'),
        AnyValue::Float64(number) if number.is_finite() => write!(out, "{}", plain(*number)),
        AnyValue::Float32(number) if number.is_finite() => write!(out, "{number}"),
        AnyValue::Null | AnyValue::Float64(_) | AnyValue::Float32(_) => Ok(()),
        AnyValue::Date(days) => day(i64::from(*days)).map_or(Ok(()), |day| write!(out, "{day}")),
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
        AnyValue::String(text) => out.write_str(text),
        AnyValue::StringOwned(text) => out.write_str(text),
        number if number.is_integer() => write!(out, "{}", number.extract::<i128>()?),
        _ => return None,
    };
    done.ok()
}

/// The number to 15 digits, which are those that a double holds for sure: 0.3 and not 0.30000000000000004.
fn plain(number: f64) -> f64 {
    format!("{number:.14e}").parse().unwrap_or(number)
}

fn day(days: i64) -> Option<jiff::civil::Date> {
    const EPOCH: jiff::civil::Date = jiff::civil::date(1970, 1, 1);
    EPOCH.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn clock(seconds: i64, out: &mut String) -> std::fmt::Result {
    write!(out, "{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
