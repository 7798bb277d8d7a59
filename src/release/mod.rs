//! Disclosure control: the one step between figures and anything that is written.
//!
//! Charts and reports accept only [`Released`] values, and only this room can make one. Inside the agency
//! everything is released; any other audience never sees a count from 1 to `small_cell - 1`, nor a share or
//! complement that gives it away.

mod suppress;

use serde::{Deserialize, Serialize};

pub use suppress::{RecordCount, RecordShare, release, release_records, release_shares};

/// Who will read what is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    Internal,
    Board,
    Funder,
    Public,
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
