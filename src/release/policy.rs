//! The rule of a release: for whom, and what counts as small.

use super::Audience;

/// What an audience may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    pub audience: Audience,
    /// Counts from 1 to one less than this are small.
    pub small_cell: u32,
    /// Whether it may be read that nobody did, or that everybody did.
    pub zeros_shown: bool,
}

impl Policy {
    pub fn new(audience: Audience, small_cell: u32) -> Self {
        Self { audience, small_cell, zeros_shown: true }
    }

    /// Whether anything is withheld at all.
    pub fn is_outside(self) -> bool {
        self.audience.is_outside()
    }
}
