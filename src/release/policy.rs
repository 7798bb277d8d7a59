//! The rule of a release: for whom, and what counts as small.

use super::Audience;
use super::sheet::Place;

/// What an audience may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub audience: Audience,
    /// Counts from 1 to one less than this are small.
    pub small_cell: u32,
    /// Whether it may be read that nobody did, or that everybody did.
    pub zeros_shown: bool,
    /// What readers do not know, from which is drawn what is withheld where it could be one number or another.
    pub secret: [u8; 32],
}

impl Policy {
    pub fn new(audience: Audience, small_cell: u32) -> Self {
        Self { audience, small_cell, zeros_shown: true, secret: [0; 32] }
    }

    /// A number from 0 to 1 of a place, always the same with the same secret.
    pub(super) fn draw(&self, place: &Place) -> f64 {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret);
        let group = place.group.0.iter().flat_map(|(name, value)| [Some(name), value.as_ref()]);
        for text in [Some(&place.start), Some(&place.end)].into_iter().chain(group) {
            hasher.update(&text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            hasher.update(text.map_or(&[], String::as_bytes));
        }
        let mut first = [0; 4];
        hasher.finalize_xof().fill(&mut first);
        f64::from(u32::from_le_bytes(first)) / f64::from(u32::MAX)
    }

    /// Whether anything is withheld at all.
    pub fn is_outside(self) -> bool {
        self.audience.is_outside()
    }
}
