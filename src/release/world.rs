//! Worlds: whole numbers that agree with everything that is published.
//!
//! A number is safe when there is a world in which it is large, and one in which it is another small number: then nobody
//! can work it out, whatever they compute. A linear program finds worlds; that one is right is not believed, but added up
//! in whole numbers.

use super::system::{Sense, System};
use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolveOptions, Variable};

/// How a number of a sheet binds the reader.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Binding {
    /// It is published, or was.
    Known(i64),
    /// It is published, and may be withheld instead at this price for every unit that it then can differ.
    May { value: i64, price: f64, at_least: i64 },
    /// It is withheld; a reader knows that it is no less than this, and may know that it is no more than that.
    Withheld { at_least: i64, at_most: Option<i64> },
}

impl Binding {
    /// Whether it holds of a number that is this.
    pub fn holds(self, sum: i64) -> bool {
        match self {
            Self::Known(value) | Self::May { value, .. } => sum == value,
            Self::Withheld { at_least, at_most } => sum >= at_least && at_most.is_none_or(|most| sum <= most),
        }
    }

    /// The same for what is left of a number, less a part that is known.
    pub fn less(self, known: i64) -> Self {
        match self {
            Self::Known(value) => Self::Known(value - known),
            Self::May { value, price, at_least } => {
                Self::May { value: value - known, price, at_least: at_least - known }
            }
            Self::Withheld { at_least, at_most } => {
                Self::Withheld { at_least: at_least - known, at_most: at_most.map(|most| most - known) }
            }
        }
    }
}

/// What a world has to show of a sum of unknowns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    AtLeast(i64),
    AtMost(i64),
}

impl Wish {
    pub fn holds(self, n: i64) -> bool {
        match self {
            Self::AtLeast(least) => n >= least,
            Self::AtMost(most) => n <= most,
        }
    }

    /// The same for what is left of a sum, less a part that is known.
    pub fn less(self, known: i64) -> Self {
        match self {
            Self::AtLeast(least) => Self::AtLeast(least - known),
            Self::AtMost(most) => Self::AtMost(most - known),
        }
    }
}

/// A value for every unknown.
pub type World = Vec<i64>;

/// Beyond so many branches whole numbers are not searched for any longer.
const BRANCHES: u64 = 2_000;
/// From here on a deviation is one.
const DEVIATES: f64 = 1e-6;

/// Whether the world agrees with all that is known: checked in whole numbers.
pub fn agrees(system: &System, bindings: &[Binding], world: &[i64]) -> bool {
    world.len() == system.unknowns
        && world.iter().all(|n| *n >= 0)
        && system.relations.iter().all(|relation| {
            relation.holds(relation.terms.iter().filter_map(|(u, factor)| Some(factor * world.get(*u)?)).sum())
        })
        && bindings.iter().enumerate().all(|(i, binding)| binding.holds(system.sum(i, world)))
}

/// What a search found.
pub enum Search {
    /// The world, and which numbers that may be withheld must be for it.
    Found { world: World, deviating: Vec<usize> },
    /// There is no such world.
    Impossible,
    /// None was found, and none was ruled out.
    Unclear,
}

/// The cheapest world in which the sum is as wished.
pub fn search(system: &System, bindings: &[Binding], sum: &[usize], wish: Wish) -> Search {
    for in_whole_numbers in [false, true] {
        match solve(system, bindings, sum, wish, in_whole_numbers) {
            Ok((world, deviating)) if whole(system, bindings, sum, wish, &world, &deviating) => {
                return Search::Found { world, deviating };
            }
            Err(Error::Infeasible) => return Search::Impossible,
            _ => {}
        }
    }
    Search::Unclear
}

/// Whether what was found is a world of whole numbers once what deviates is withheld.
fn whole(system: &System, bindings: &[Binding], sum: &[usize], wish: Wish, world: &[i64], deviating: &[usize]) -> bool {
    let mut then = bindings.to_vec();
    for at in deviating {
        if let Some(binding) = then.get_mut(*at)
            && let Binding::May { at_least, .. } = *binding
        {
            *binding = Binding::Withheld { at_least, at_most: None };
        }
    }
    let wished = sum.iter().filter_map(|unknown| world.get(*unknown)).sum();
    wish.holds(wished) && agrees(system, &then, world)
}

/// What follows at once: unknowns that single equations fix, one after the other. The program is only about the rest.
fn fixed(system: &System, bindings: &[Binding]) -> Vec<Option<i64>> {
    let mut fixed: Vec<Option<i64>> = vec![None; system.unknowns];
    let known = bindings.iter().zip(&system.sums).filter_map(|(binding, sum)| match binding {
        Binding::Known(value) => Some((sum.iter().map(|unknown| (*unknown, 1)).collect::<Vec<_>>(), *value)),
        _ => None,
    });
    let equal = system.relations.iter().filter(|relation| relation.sense == Sense::Equal);
    let mut open: Vec<(Vec<(usize, i64)>, i64)> = known.chain(equal.map(|r| (r.terms.clone(), r.right))).collect();
    loop {
        let before = open.len();
        open.retain(|(terms, right)| {
            let mut rest = *right;
            let mut last = None;
            for (unknown, factor) in terms {
                match fixed.get(*unknown).copied().flatten() {
                    Some(n) => rest -= factor * n,
                    None if last.is_none() => last = Some((*unknown, *factor)),
                    None => return true,
                }
            }
            if let Some((unknown, factor)) = last
                && rest % factor == 0
                && let Some(place) = fixed.get_mut(unknown)
            {
                *place = Some(rest / factor);
            }
            false
        });
        if open.len() == before {
            return fixed;
        }
    }
}

/// A world, rounded, and the numbers that deviate in it.
fn solve(
    system: &System,
    bindings: &[Binding],
    sum: &[usize],
    wish: Wish,
    in_whole_numbers: bool,
) -> Result<(World, Vec<usize>), Error> {
    let fixed = fixed(system, bindings);
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let unknowns: Vec<Option<Variable>> = fixed
        .iter()
        .map(|fixed| match fixed {
            Some(_) => None,
            None if in_whole_numbers => Some(problem.add_integer_var(0.0, (0, i32::MAX))),
            None => Some(problem.add_var(0.0, (0.0, f64::INFINITY))),
        })
        .collect();
    // The terms that are open, and what the others add up to.
    let split = |terms: &mut dyn Iterator<Item = (usize, i64)>| -> (Vec<(Variable, f64)>, i64) {
        let (mut open, mut rest) = (Vec::new(), 0);
        for (unknown, factor) in terms {
            match (unknowns.get(unknown).copied().flatten(), fixed.get(unknown).copied().flatten()) {
                (Some(variable), _) => open.push((variable, factor as f64)),
                (None, Some(n)) => rest += factor * n,
                (None, None) => {}
            }
        }
        (open, rest)
    };
    let ones = |of: &[usize]| split(&mut of.iter().map(|unknown| (*unknown, 1)));
    for relation in &system.relations {
        let (terms, rest) = split(&mut relation.terms.iter().copied());
        let sense = match relation.sense {
            Sense::Equal => ComparisonOp::Eq,
            Sense::AtMost => ComparisonOp::Le,
        };
        add(&mut problem, terms, sense, relation.right - rest)?;
    }
    let mut deviations = Vec::new();
    for (i, (binding, of)) in bindings.iter().zip(&system.sums).enumerate() {
        let (mut terms, rest) = ones(of);
        match *binding {
            Binding::Known(value) => add(&mut problem, terms, ComparisonOp::Eq, value - rest)?,
            Binding::Withheld { at_least, at_most } => {
                if let Some(most) = at_most {
                    add(&mut problem, terms.clone(), ComparisonOp::Le, most - rest)?;
                }
                if at_least > 0 {
                    add(&mut problem, terms, ComparisonOp::Ge, at_least - rest)?;
                }
            }
            Binding::May { value, price, at_least } => {
                let over = problem.add_var(price, (0.0, f64::INFINITY));
                let under = problem.add_var(price, (0.0, (value - at_least).max(0) as f64));
                deviations.push((i, over, under));
                terms.extend([(over, -1.0), (under, 1.0)]);
                add(&mut problem, terms, ComparisonOp::Eq, value - rest)?;
            }
        }
    }
    let (terms, rest) = ones(sum);
    match wish {
        Wish::AtLeast(least) => add(&mut problem, terms, ComparisonOp::Ge, least - rest)?,
        Wish::AtMost(most) => add(&mut problem, terms, ComparisonOp::Le, most - rest)?,
    }
    let mut options = SolveOptions::default();
    options.node_limit = Some(BRANCHES);
    let interrupted = |_| Error::InternalError("the search was broken off".into());
    let solution = problem.solve_with(options)?.into_solution().map_err(interrupted)?;
    let value = |(variable, fixed): (&Option<Variable>, &Option<i64>)| match variable {
        Some(variable) => solution.var_value(*variable).round() as i64,
        None => fixed.unwrap_or(0),
    };
    let world = unknowns.iter().zip(&fixed).map(value).collect();
    let moved = |(_, over, under): &&(usize, Variable, Variable)| {
        solution.var_value(*over) > DEVIATES || solution.var_value(*under) > DEVIATES
    };
    let deviating = deviations.iter().filter(moved).map(|(i, ..)| *i).collect();
    Ok((world, deviating))
}

/// Adds a row; one without unknowns holds or does not.
fn add(problem: &mut Problem, terms: Vec<(Variable, f64)>, sense: ComparisonOp, right: i64) -> Result<(), Error> {
    if terms.is_empty() {
        let holds = match sense {
            ComparisonOp::Eq => right == 0,
            ComparisonOp::Le => right >= 0,
            ComparisonOp::Ge => right <= 0,
        };
        return if holds { Ok(()) } else { Err(Error::Infeasible) };
    }
    problem.add_constraint(terms, sense, right as f64);
    Ok(())
}
