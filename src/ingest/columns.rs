//! The stored type of each column of the contract, and builders that make its Arrow arrays.

use crate::contract::{Column, ColumnType, Sensitivity, Table};
use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int32Builder, StringArray,
    TimestampSecondBuilder, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use std::sync::Arc;

/// Digits and decimals of stored money.
const MONEY: (u8, i8) = (14, 2);

/// What a column is stored as.
pub fn data_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Id | ColumnType::Text | ColumnType::Code => DataType::Utf8,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Second, None),
        ColumnType::Whole => DataType::Int32,
        ColumnType::Number => DataType::Float64,
        ColumnType::Money => DataType::Decimal128(MONEY.0, MONEY.1),
        ColumnType::YesNo => DataType::Boolean,
    }
}

/// The schema of a stored table: every column of the contract that may be stored, each of them nullable.
pub fn schema(table: &Table) -> SchemaRef {
    let stored = table.columns.iter().filter(|column| is_stored(column));
    Arc::new(Schema::new(
        stored.map(|column| Field::new(&column.name, data_type(column.kind), true)).collect::<Vec<_>>(),
    ))
}

pub fn is_stored(column: &Column) -> bool {
    column.sensitivity != Sensitivity::Drop
}

/// Collects one column's values.
pub enum Builder {
    Text(Texts),
    Date(Date32Builder),
    Timestamp(TimestampSecondBuilder),
    Whole(Int32Builder),
    Number(Float64Builder),
    Money(Decimal128Builder),
    YesNo(BooleanBuilder),
}

impl Builder {
    pub fn new(kind: ColumnType, rows: usize) -> Self {
        match kind {
            ColumnType::Id | ColumnType::Text | ColumnType::Code => Self::Text(Texts::with_capacity(rows)),
            ColumnType::Date => Self::Date(Date32Builder::with_capacity(rows)),
            ColumnType::Timestamp => Self::Timestamp(TimestampSecondBuilder::with_capacity(rows)),
            ColumnType::Whole => Self::Whole(Int32Builder::with_capacity(rows)),
            ColumnType::Number => Self::Number(Float64Builder::with_capacity(rows)),
            ColumnType::Money => Self::Money(Decimal128Builder::with_capacity(rows).with_data_type(data_type(kind))),
            ColumnType::YesNo => Self::YesNo(BooleanBuilder::with_capacity(rows)),
        }
    }

    pub fn unknown(&mut self) {
        match self {
            Self::Text(texts) => texts.unknown(),
            Self::Date(builder) => builder.append_null(),
            Self::Timestamp(builder) => builder.append_null(),
            Self::Whole(builder) => builder.append_null(),
            Self::Number(builder) => builder.append_null(),
            Self::Money(builder) => builder.append_null(),
            Self::YesNo(builder) => builder.append_null(),
        }
    }

    /// A text, of a column that holds such.
    #[inline]
    pub fn text(&mut self, text: &str) {
        match self {
            Self::Text(texts) => texts.push(text.as_bytes()),
            other => other.unknown(),
        }
    }

    /// The same, of bytes that are UTF-8, as was seen before.
    #[inline]
    pub fn bytes(&mut self, text: &[u8]) {
        match self {
            Self::Text(texts) => texts.push(text),
            other => other.unknown(),
        }
    }

    /// A date or time, in days and in seconds since 1970, of a column that holds such.
    #[inline]
    pub fn moment(&mut self, day: i32, seconds: i64) {
        match self {
            Self::Date(builder) => builder.append_value(day),
            Self::Timestamp(builder) => builder.append_value(seconds),
            other => other.unknown(),
        }
    }

    /// A value of the builder's own type; of another type it is unknown, which the typing in `rows` rules out.
    #[inline]
    pub fn value(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Text(texts), Value::Text(text)) => texts.push(text.as_bytes()),
            (Self::Date(builder), Value::Date(days)) => builder.append_value(*days),
            (Self::Timestamp(builder), Value::Timestamp(seconds)) => builder.append_value(*seconds),
            (Self::Whole(builder), Value::Whole(number)) => builder.append_value(*number),
            (Self::Number(builder), Value::Number(number)) => builder.append_value(*number),
            (Self::Money(builder), Value::Money(cents)) => builder.append_value(i128::from(*cents)),
            (Self::YesNo(builder), Value::YesNo(yes)) => builder.append_value(*yes),
            (builder, _) => builder.unknown(),
        }
    }

    pub fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::Text(texts) => Arc::new(texts.finish()?),
            Self::Date(builder) => Arc::new(builder.finish()),
            Self::Timestamp(builder) => Arc::new(builder.finish()),
            Self::Whole(builder) => Arc::new(builder.finish()),
            Self::Number(builder) => Arc::new(builder.finish()),
            Self::Money(builder) => Arc::new(builder.finish()),
            Self::YesNo(builder) => Arc::new(builder.finish()),
        })
    }
}

/// Texts, end to end: whether they are UTF-8 is seen once for all of them, not for each.
pub struct Texts {
    bytes: Vec<u8>,
    ends: Vec<i32>,
    known: Vec<bool>,
    unknown: usize,
}

impl Texts {
    fn with_capacity(rows: usize) -> Self {
        const TYPICAL_LENGTH: usize = 12;
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { bytes: Vec::with_capacity(rows * TYPICAL_LENGTH), ends, known: Vec::with_capacity(rows), unknown: 0 }
    }

    #[inline]
    fn push(&mut self, text: &[u8]) {
        match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
            // Two writes of a fixed length, overlapping, are quicker than one of any length.
            (Some(first), Some(last)) if text.len() <= 16 => {
                let second = self.bytes.len() + text.len() - 8;
                self.bytes.extend_from_slice(first);
                self.bytes.truncate(second);
                self.bytes.extend_from_slice(last);
            }
            _ => self.bytes.extend_from_slice(text),
        }
        // A block's texts are no longer than its longest line, far below two gigabytes.
        self.ends.push(self.bytes.len() as i32);
        self.known.push(true);
    }

    fn unknown(&mut self) {
        self.ends.push(self.bytes.len() as i32);
        self.known.push(false);
        self.unknown += 1;
    }

    fn finish(&mut self) -> Result<StringArray, ArrowError> {
        let done = std::mem::replace(self, Self::with_capacity(0));
        let known = (done.unknown > 0).then(|| NullBuffer::from(done.known));
        StringArray::try_new(OffsetBuffer::new(done.ends.into()), done.bytes.into(), known)
    }
}

/// A typed cell.
pub enum Value<'a> {
    Text(&'a str),
    Date(i32),
    Timestamp(i64),
    Whole(i32),
    Number(f64),
    /// In hundredths.
    Money(i64),
    YesNo(bool),
}

/// A column that is not in the file.
pub fn not_collected(kind: ColumnType, rows: usize) -> ArrayRef {
    new_null_array(&data_type(kind), rows)
}

/// An array like `array` with the marked rows unknown.
pub fn without(array: &ArrayRef, unknown: &[bool]) -> Result<ArrayRef, ArrowError> {
    arrow::compute::nullif(array, &arrow::array::BooleanArray::from(unknown.to_vec()))
}
