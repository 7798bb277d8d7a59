//! Memory for queries: taken freely while there is plenty, in fair shares when it becomes scarce.
//!
//! `DataFusion`'s fair pool gives every operator that can spill an equal share of all memory from the start, those too that
//! have not begun or need little. With two statements of twenty operators each, an aggregate sorts its groups and writes
//! them to disk while nine tenths of the memory are free.

use datafusion::common::Result;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use std::fmt::{Display, Formatter};

/// A fair pool of which half is there for whoever comes first. What was taken freely stays with its operator, so that at the
/// worst half as much again as the limit is in use.
#[derive(Debug)]
pub struct PlentyFirst {
    fair: FairSpillPool,
    plenty: usize,
    limit: usize,
}

impl PlentyFirst {
    /// A pool of so many bytes.
    pub fn new(limit: usize) -> Self {
        Self { fair: FairSpillPool::new(limit), plenty: limit / 2, limit }
    }
}

impl MemoryPool for PlentyFirst {
    fn name(&self) -> &'static str {
        "plenty first"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.fair.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.fair.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.fair.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.fair.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        // Others may take some between these two: a few batches, which is no harm.
        if self.fair.reserved().saturating_add(additional) <= self.plenty {
            self.fair.grow(reservation, additional);
            return Ok(());
        }
        self.fair.try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.fair.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.limit)
    }
}

impl Display for PlentyFirst {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Display::fmt(&self.fair, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn one_operator_has_half_and_all_have_their_share() {
        let pool: Arc<dyn MemoryPool> = Arc::new(PlentyFirst::new(1000));
        let operators: Vec<MemoryReservation> = (0..10)
            .map(|n| MemoryConsumer::new(format!("operator {n}")).with_can_spill(true).register(&pool))
            .collect();
        let held = MemoryConsumer::new("a held side").register(&pool);
        operators[0].try_grow(480).unwrap();
        assert!(operators[0].try_grow(40).is_err(), "past the half");
        for operator in &operators[1..] {
            operator.try_grow(60).unwrap();
            assert!(operator.try_grow(60).is_err(), "past a tenth of it");
        }
        assert!(held.try_grow(1).is_err(), "all is taken");
        drop(operators);
        held.try_grow(1000).unwrap();
        assert_eq!(pool.reserved(), 1000);
    }
}
