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
    /// It is withheld; a reader knows that it is no less than this.
    Withheld { at_least: i64 },
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
            let sum: i64 = relation.terms.iter().filter_map(|(u, factor)| Some(factor * world.get(*u)?)).sum();
            match relation.sense {
                Sense::Equal => sum == 0,
                Sense::AtMost => sum <= 0,
            }
        })
        && bindings.iter().enumerate().all(|(i, binding)| {
            let sum = system.sum(i, world);
            match binding {
                Binding::Known(value) | Binding::May { value, .. } => sum == *value,
                Binding::Withheld { at_least } => sum >= *at_least,
            }
        })
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
            *binding = Binding::Withheld { at_least };
        }
    }
    let wished = sum.iter().filter_map(|unknown| world.get(*unknown)).sum();
    wish.holds(wished) && agrees(system, &then, world)
}

/// A world, rounded, and the numbers that deviate in it.
fn solve(
    system: &System,
    bindings: &[Binding],
    sum: &[usize],
    wish: Wish,
    in_whole_numbers: bool,
) -> Result<(World, Vec<usize>), Error> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let unknowns: Vec<Variable> = (0..system.unknowns)
        .map(|_| {
            if in_whole_numbers {
                problem.add_integer_var(0.0, (0, i32::MAX))
            } else {
                problem.add_var(0.0, (0.0, f64::INFINITY))
            }
        })
        .collect();
    let terms = |of: &[usize]| -> Vec<(Variable, f64)> {
        of.iter().filter_map(|unknown| Some((*unknowns.get(*unknown)?, 1.0))).collect()
    };
    for relation in &system.relations {
        let terms: Vec<(Variable, f64)> =
            relation.terms.iter().filter_map(|(u, factor)| Some((*unknowns.get(*u)?, *factor as f64))).collect();
        let sense = match relation.sense {
            Sense::Equal => ComparisonOp::Eq,
            Sense::AtMost => ComparisonOp::Le,
        };
        problem.add_constraint(terms, sense, 0.0);
    }
    let mut deviations = Vec::new();
    for (i, (binding, of)) in bindings.iter().zip(&system.sums).enumerate() {
        let mut terms = terms(of);
        match *binding {
            Binding::Known(value) => problem.add_constraint(terms, ComparisonOp::Eq, value as f64),
            Binding::Withheld { at_least } => {
                if at_least > 0 {
                    problem.add_constraint(terms, ComparisonOp::Ge, at_least as f64);
                }
            }
            Binding::May { value, price, at_least } => {
                let over = problem.add_var(price, (0.0, f64::INFINITY));
                let under = problem.add_var(price, (0.0, (value - at_least).max(0) as f64));
                deviations.push((i, over, under));
                terms.extend([(over, -1.0), (under, 1.0)]);
                problem.add_constraint(terms, ComparisonOp::Eq, value as f64);
            }
        }
    }
    match wish {
        Wish::AtLeast(least) => problem.add_constraint(terms(sum), ComparisonOp::Ge, least as f64),
        Wish::AtMost(most) => problem.add_constraint(terms(sum), ComparisonOp::Le, most as f64),
    }
    let mut options = SolveOptions::default();
    options.node_limit = Some(BRANCHES);
    let interrupted = |_| Error::InternalError("the search was broken off".into());
    let solution = problem.solve_with(options)?.into_solution().map_err(interrupted)?;
    let world = unknowns.iter().map(|unknown| solution.var_value(*unknown).round() as i64).collect();
    let moved = |(_, over, under): &&(usize, Variable, Variable)| {
        solution.var_value(*over) > DEVIATES || solution.var_value(*under) > DEVIATES
    };
    let deviating = deviations.iter().filter(moved).map(|(i, ..)| *i).collect();
    Ok((world, deviating))
}
