//! One row being made: its cells, in the contract's order, in one reused buffer.

use super::almanac::{Almanac, Day, Moment};

/// The cells of a row.
#[derive(Default, Clone)]
pub struct Row {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Row {
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of a cell; empty past the last one.
    pub fn cell(&self, position: usize) -> &[u8] {
        let start = position.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(position).and_then(|end| self.bytes.get(start..*end)).unwrap_or_default()
    }

    /// Replaces a cell.
    pub fn set(&mut self, position: usize, value: &[u8]) {
        let old = std::mem::take(self);
        for cell in 0..old.len() {
            self.push(if cell == position { value } else { old.cell(cell) });
        }
    }

    fn push(&mut self, cell: &[u8]) {
        self.bytes.extend_from_slice(cell);
        self.ends.push(self.bytes.len());
    }

    pub fn empty(&mut self) {
        self.push(b"");
    }

    pub fn text(&mut self, text: &str) {
        self.push(text.as_bytes());
    }

    /// A letter and a number of at least six digits: the identifier of a row.
    pub fn id(&mut self, letter: u8, number: u64) {
        self.bytes.push(letter);
        self.digits(number, 6);
        self.ends.push(self.bytes.len());
    }

    pub fn whole(&mut self, number: i32) {
        if number < 0 {
            self.bytes.push(b'-');
        }
        self.digits(u64::from(number.unsigned_abs()), 1);
        self.ends.push(self.bytes.len());
    }

    /// Cents as a decimal with two places.
    pub fn money(&mut self, cents: i32) {
        let cents = cents.unsigned_abs();
        self.digits(u64::from(cents / 100), 1);
        self.bytes.push(b'.');
        self.digits(u64::from(cents % 100), 2);
        self.ends.push(self.bytes.len());
    }

    /// A day; empty when there is none.
    pub fn day(&mut self, almanac: &Almanac, day: Option<Day>) {
        self.push(day.map_or(b"", |day| almanac.text(day)));
    }

    /// A moment to the minute; empty when there is none.
    pub fn moment(&mut self, almanac: &Almanac, moment: Option<Moment>) {
        if let Some(moment) = moment {
            self.bytes.extend_from_slice(almanac.text(moment.day));
            self.bytes.push(b'T');
            self.digits(u64::from((moment.minute / 60).unsigned_abs()), 2);
            self.bytes.push(b':');
            self.digits(u64::from((moment.minute % 60).unsigned_abs()), 2);
        }
        self.ends.push(self.bytes.len());
    }

    fn digits(&mut self, mut number: u64, least: usize) {
        let mut digits = [b'0'; 20];
        let mut first = digits.len();
        while let Some(digit) = first.checked_sub(1).and_then(|place| digits.get_mut(place)) {
            if number == 0 && 20 - first >= least {
                break;
            }
            *digit = b'0' + (number % 10).to_le_bytes()[0];
            number /= 10;
            first -= 1;
        }
        self.bytes.extend_from_slice(digits.get(first..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_written_and_replaced() {
        let mut row = Row::default();
        row.id(b'E', 42);
        row.whole(0);
        row.whole(-120);
        row.money(4505);
        row.empty();
        row.id(b'S', 12_345_678);
        row.set(2, b"x");
        let cells: Vec<&[u8]> = (0..row.len()).map(|cell| row.cell(cell)).collect();
        assert_eq!(cells, [b"E000042" as &[u8], b"0", b"x", b"45.05", b"", b"S12345678"]);
    }
}
