//! Values that a row takes from an older one with the same key, because its own file does not have their columns.

use super::IngestError;
use arrow::array::{RecordBatch, UInt64Array};
use arrow::compute::{concat_batches, interleave, take_record_batch};
use std::collections::{BTreeMap, HashMap};

/// Column of the table → row → the older row its value is taken from. Rows are numbered as they were written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filling {
    columns: BTreeMap<usize, HashMap<usize, usize>>,
}

/// The older rows, held.
pub struct Older {
    at: HashMap<usize, usize>,
    rows: RecordBatch,
}

impl Filling {
    pub fn add(&mut self, column: usize, row: usize, from: usize) {
        self.columns.entry(column).or_default().insert(row, from);
    }

    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Picks the older rows out of all rows, in the order they were written; none if nothing is taken from any.
    pub fn older(
        &self,
        batches: impl Iterator<Item = Result<RecordBatch, IngestError>>,
    ) -> Result<Option<Older>, IngestError> {
        let mut wanted: Vec<usize> = self.columns.values().flat_map(|rows| rows.values().copied()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut rest = wanted.as_slice();
        let (mut begins, mut picked) = (0, Vec::new());
        for batch in batches {
            let batch = batch?;
            let ends = begins + batch.num_rows();
            let (here, after) = rest.split_at(rest.partition_point(|row| *row < ends));
            if !here.is_empty() {
                let rows: UInt64Array = here.iter().map(|row| (row - begins) as u64).collect();
                picked.push(take_record_batch(&batch, &rows)?);
            }
            (rest, begins) = (after, ends);
        }
        let Some(first) = picked.first() else { return Ok(None) };
        let rows = concat_batches(&first.schema(), &picked)?;
        Ok(Some(Older { at: wanted.into_iter().enumerate().map(|(at, row)| (row, at)).collect(), rows }))
    }

    /// A batch whose first row has that number, with what its rows lack. `names` are those of the table's columns.
    pub fn filled(
        &self,
        batch: &RecordBatch,
        begins: usize,
        older: &Older,
        names: &dyn Fn(usize) -> Option<&'static str>,
    ) -> Result<RecordBatch, IngestError> {
        let mut arrays = batch.columns().to_vec();
        for (column, rows) in &self.columns {
            let from = |row: usize| rows.get(&(begins + row)).and_then(|from| older.at.get(from).copied());
            let places: Vec<(usize, usize)> =
                (0..batch.num_rows()).map(|row| from(row).map_or((0, row), |from| (1, from))).collect();
            let Some(name) = names(*column).filter(|_| places.iter().any(|(which, _)| *which == 1)) else { continue };
            let at = batch.schema().index_of(name)?;
            if let Some(array) = arrays.get_mut(at) {
                *array = interleave(&[array.as_ref(), older.rows.column(at).as_ref()], &places)?;
            }
        }
        Ok(RecordBatch::try_new(batch.schema(), arrays)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, Int64Array, StringArray};
    use std::sync::Arc;

    fn batch(numbers: &[Option<i64>], words: &[Option<&str>]) -> RecordBatch {
        let columns: Vec<(&str, Arc<dyn Array>)> = vec![
            ("number", Arc::new(Int64Array::from(numbers.to_vec()))),
            ("word", Arc::new(StringArray::from(words.to_vec()))),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
            .expect("one length")
    }

    #[test]
    fn values_come_from_the_rows_named_across_batches() {
        let batches = [batch(&[Some(1), Some(2)], &[Some("a"), None]), batch(&[None, Some(4)], &[Some("c"), None])];
        let mut filling = Filling::default();
        filling.add(0, 2, 1);
        filling.add(1, 3, 0);
        let older = filling.older(batches.iter().cloned().map(Ok)).expect("picked").expect("some");
        let names = |column: usize| ["number", "word"].get(column).copied();
        let filled = filling.filled(&batches[1], 2, &older, &names).expect("filled");
        assert_eq!(filled, batch(&[Some(2), Some(4)], &[Some("c"), Some("a")]));
        assert_eq!(filling.filled(&batches[0], 0, &older, &names).expect("filled"), batches[0]);
    }
}
