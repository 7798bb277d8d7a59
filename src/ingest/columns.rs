//! The stored type of each column of the contract, and builders that make its Arrow arrays.

use crate::contract::{Column, ColumnType, Sensitivity, Table};
use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, Int32Array, Int64Array, PrimitiveArray, StringArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float64Type, Int32Type, Schema, SchemaRef, TimeUnit,
    TimestampSecondType,
};
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

/// Where a row comes from: the file's number in `source_files`, and the line (a sheet's row) its record starts in.
pub const FILE: &str = "_file";
pub const LINE: &str = "_line";

/// The schema of a stored table: every column of the contract that may be stored, each of them nullable, and where the
/// row comes from.
pub fn schema(table: &Table) -> SchemaRef {
    let stored = table.columns.iter().filter(|column| is_stored(column));
    let fields = stored.map(|column| Field::new(&column.name, data_type(column.kind), true));
    let place = [Field::new(FILE, DataType::Int32, true), Field::new(LINE, DataType::Int64, true)];
    Arc::new(Schema::new(fields.chain(place).collect::<Vec<_>>()))
}

/// The two columns that say where rows come from.
pub fn places(file: i32, lines: impl Iterator<Item = u64>) -> [ArrayRef; 2] {
    let lines: Int64Array = lines.map(|line| i64::try_from(line).ok()).collect();
    [Arc::new(Int32Array::from_value(file, lines.len())), Arc::new(lines)]
}

pub fn is_stored(column: &Column) -> bool {
    column.sensitivity != Sensitivity::Drop
}

/// Collects one column's values.
pub enum Builder {
    Text(Texts),
    Date(FixedSize<Date32Type>),
    Timestamp(FixedSize<TimestampSecondType>),
    Whole(FixedSize<Int32Type>),
    Number(FixedSize<Float64Type>),
    Money(FixedSize<Decimal128Type>),
    YesNo(Vec<Option<bool>>),
}

impl Builder {
    pub fn new(kind: ColumnType, rows: usize) -> Self {
        match kind {
            ColumnType::Id | ColumnType::Text | ColumnType::Code => Self::Text(Texts::with_capacity(rows)),
            ColumnType::Date => Self::Date(FixedSize::with_capacity(rows)),
            ColumnType::Timestamp => Self::Timestamp(FixedSize::with_capacity(rows)),
            ColumnType::Whole => Self::Whole(FixedSize::with_capacity(rows)),
            ColumnType::Number => Self::Number(FixedSize::with_capacity(rows)),
            ColumnType::Money => Self::Money(FixedSize::with_capacity(rows)),
            ColumnType::YesNo => Self::YesNo(Vec::with_capacity(rows)),
        }
    }

    pub fn unknown(&mut self) {
        match self {
            Self::Text(texts) => texts.unknown(),
            Self::Date(builder) => builder.unknown(),
            Self::Timestamp(builder) => builder.unknown(),
            Self::Whole(builder) => builder.unknown(),
            Self::Number(builder) => builder.unknown(),
            Self::Money(builder) => builder.unknown(),
            Self::YesNo(values) => values.push(None),
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
            Self::Date(builder) => builder.push(day),
            Self::Timestamp(builder) => builder.push(seconds),
            other => other.unknown(),
        }
    }

    /// A value of the builder's own type; of another type it is unknown, which the typing in `rows` rules out.
    #[inline]
    pub fn value(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Text(texts), Value::Text(text)) => texts.push(text.as_bytes()),
            (Self::Date(builder), Value::Date(days)) => builder.push(*days),
            (Self::Timestamp(builder), Value::Timestamp(seconds)) => builder.push(*seconds),
            (Self::Whole(builder), Value::Whole(number)) => builder.push(*number),
            (Self::Number(builder), Value::Number(number)) => builder.push(*number),
            (Self::Money(builder), Value::Money(cents)) => builder.push(i128::from(*cents)),
            (Self::YesNo(builder), Value::YesNo(yes)) => builder.push(Some(*yes)),
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
            Self::Money(builder) => Arc::new(builder.finish().with_data_type(data_type(ColumnType::Money))),
            Self::YesNo(values) => Arc::new(BooleanArray::from(std::mem::take(values))),
        })
    }
}

/// Values of a fixed size.
pub struct FixedSize<T: ArrowPrimitiveType> {
    values: Vec<T::Native>,
    known: Vec<bool>,
    unknown: usize,
}

impl<T: ArrowPrimitiveType> FixedSize<T> {
    fn with_capacity(rows: usize) -> Self {
        Self { values: Vec::with_capacity(rows), known: Vec::with_capacity(rows), unknown: 0 }
    }

    #[inline]
    pub fn push(&mut self, value: T::Native) {
        self.values.push(value);
        self.known.push(true);
    }

    fn unknown(&mut self) {
        self.values.push(T::Native::default());
        self.known.push(false);
        self.unknown += 1;
    }

    fn finish(&mut self) -> PrimitiveArray<T> {
        let done = std::mem::replace(self, Self::with_capacity(0));
        let known = (done.unknown > 0).then(|| NullBuffer::from(done.known));
        PrimitiveArray::new(done.values.into(), known)
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
        // Two writes of a fixed length, overlapping, are quicker than one of any length.
        match text.len() {
            8..=16 => self.ends_of::<8>(text),
            17..=32 => self.ends_of::<16>(text),
            _ => self.bytes.extend_from_slice(text),
        }
        // A block's texts are no longer than its longest line, far below two gigabytes.
        self.ends.push(self.bytes.len() as i32);
        self.known.push(true);
    }

    #[inline]
    fn ends_of<const N: usize>(&mut self, text: &[u8]) {
        if let (Some(first), Some(last)) = (text.first_chunk::<N>(), text.last_chunk::<N>()) {
            let second = self.bytes.len() + text.len() - N;
            self.bytes.extend_from_slice(first);
            self.bytes.truncate(second);
            self.bytes.extend_from_slice(last);
        }
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
