//! What was released of one program, read as everybody's of that program's own report.

use super::Released;
use crate::measure::{Estimate, Group, PROGRAM};

impl Released<Estimate> {
    /// The program a released estimate is of, where its first dimension is that.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        self.0.group.0.first().filter(|(dimension, _)| dimension == PROGRAM).and_then(|(_, value)| value.as_deref())
    }

    /// The same figure in the program's own report: its group without the program. Nothing is shown that was not released.
    #[must_use]
    pub fn in_own_report(&self) -> Self {
        let group = Group(self.0.group.0.iter().skip(1).cloned().collect());
        Self(Estimate { group, ..self.0.clone() })
    }
}
