//! What must stay open of a table, and what a world must show for it.

use super::protect::Why;
use super::world::Wish;

/// A number that must stay open.
#[derive(Debug)]
pub struct Target {
    pub sum: Vec<usize>,
    /// What worlds must show.
    pub shows: Vec<Show>,
    /// Why other numbers are withheld for it.
    pub why: Why,
    /// Nobody knows here what it is, since it was withheld before: it may be none at all, which may be read.
    pub may_be_none: bool,
}

/// What a world must show of a number, each wish with what it must show instead where what was told earlier rules it out.
#[derive(Debug)]
pub struct Show {
    wishes: Vec<Wish>,
    /// In a world where every small number that is withheld is small: as little as can be is withheld, and from that alone
    /// a reader may tell which of them are.
    pub among_small: bool,
    /// How many of the wishes are ruled out.
    pub ruled_out: usize,
    /// The place of the world that showed it last.
    pub by: Option<usize>,
}

impl Show {
    pub fn new(wishes: Vec<Wish>) -> Self {
        Self { wishes, among_small: false, ruled_out: 0, by: None }
    }

    /// What worlds must show of a number of few people: one so much larger that it could be of as many as may be read, a
    /// smaller one, and another one among the small.
    pub fn open(n: i64, people: i64, limit: i64) -> Vec<Self> {
        let of_enough = n + (limit - people).max(1);
        let mut shows = vec![Self::new(vec![Wish::AtLeast(of_enough), Wish::AtLeast(n + 1)])];
        if n > 1 {
            shows.push(Self::new(vec![Wish::AtMost(n - 1)]));
        }
        let above = (n + 1 != limit).then_some(Wish::AtLeast(n + 1));
        let below = (n > 1).then_some(Wish::AtMost(n - 1));
        shows.push(Self::among_small(above.into_iter().chain(below).collect()));
        shows
    }

    fn among_small(wishes: Vec<Wish>) -> Self {
        Self { among_small: true, ..Self::new(wishes) }
    }

    pub fn wish(&self) -> Option<Wish> {
        self.wishes.get(self.ruled_out).copied()
    }

    /// It follows from what was told earlier that the number is small.
    pub fn is_exposed(&self) -> bool {
        !self.among_small && self.ruled_out > 0 && matches!(self.wishes.first(), Some(Wish::AtLeast(_)))
    }
}
