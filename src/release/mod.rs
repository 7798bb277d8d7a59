//! Disclosure control: the one step between figures and anything that is written.
//!
//! Charts and reports accept only [`Released`] values, and only this room can make one. Inside the agency everything is
//! released. Any other audience never sees a count from 1 to `small_cell - 1`, nor anything from which one follows: a share,
//! a complement, a sum less its other parts, two periods that differ by a month, an earlier edition that differs by a client.

mod curve;
mod figures;
mod ledger;
mod lines;
mod near;
mod nesting;
mod places;
mod policy;
mod program;
mod protect;
mod records;
mod rest;
mod restatement;
mod sheet;
mod strand;
mod system;
mod target;
mod world;

use serde::{Deserialize, Serialize};

pub use curve::release_curve;
pub use figures::{Account, Release, Telling, release, release_beside};
pub use ledger::{Edition, Figure, Ledger};
pub use nesting::Nesting;
pub use policy::Policy;
pub use records::{GoodOf, RecordCount, RecordShare, least_rounded, release_count, release_shares, rounding};
pub use rest::{Rest, rest_of};
pub use restatement::{Comparison, Records, Restatement, is_restated, release_restatements, told_before};

/// Who will read what is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Internal,
    Board,
    Funder,
    Public,
}

impl Audience {
    /// Whether anything is withheld from them at all.
    #[must_use]
    pub fn is_outside(self) -> bool {
        self != Self::Internal
    }
}

/// A value that has passed the release step for one audience.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Released<T>(T);

impl<T> Released<T> {
    /// The released value.
    pub fn get(&self) -> &T {
        &self.0
    }
}

impl<T> std::ops::Deref for Released<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
