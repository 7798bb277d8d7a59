//! The attacker's own linear and whole-number programs: dense, slow, and nothing of the code it attacks.

/// How a row binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Equal,
    AtLeast,
    AtMost,
}

/// A row: terms (unknown, factor), side, right-hand side.
pub type Row = (Vec<(usize, f64)>, Side, f64);

const EPSILON: f64 = 1e-7;

/// The least and the greatest value of a sum of unknowns (each 0 or more) under the rows; `None` where they contradict
/// each other. Without a bound the greatest is infinite.
pub fn interval(unknowns: usize, rows: &[Row], sum: &[usize]) -> Option<(f64, f64)> {
    let mut objective = vec![0.0; unknowns];
    for unknown in sum {
        objective[*unknown] += 1.0;
    }
    let (least, _) = minimum(unknowns, rows, &objective)?;
    let negative: Vec<f64> = objective.iter().map(|c| -c).collect();
    let (greatest, _) = minimum(unknowns, rows, &negative)?;
    Some((least, -greatest))
}

/// The same where every unknown is a whole number, by branch and bound; where that takes too long the attacker knows what
/// the linear program says, rounded, and no more.
pub fn interval_of_whole_numbers(unknowns: usize, rows: &[Row], sum: &[usize]) -> Option<(f64, f64)> {
    let mut objective = vec![0.0; unknowns];
    for unknown in sum {
        objective[*unknown] += 1.0;
    }
    let negative: Vec<f64> = objective.iter().map(|c| -c).collect();
    let least = whole_minimum(unknowns, rows, &objective)?;
    let greatest = whole_minimum(unknowns, rows, &negative)?;
    Some((least, -greatest))
}

fn whole_minimum(unknowns: usize, rows: &[Row], objective: &[f64]) -> Option<f64> {
    let mut best: Option<f64> = None;
    let mut open: Vec<Vec<Row>> = vec![Vec::new()];
    let mut tried = 0;
    while let Some(branch) = open.pop() {
        tried += 1;
        if tried > 300 {
            return minimum(unknowns, rows, objective).map(|(value, _)| value.ceil());
        }
        let all: Vec<Row> = rows.iter().cloned().chain(branch.iter().cloned()).collect();
        let Some((value, at)) = minimum(unknowns, &all, objective) else { continue };
        if value == f64::NEG_INFINITY {
            return Some(value);
        }
        if best.is_some_and(|best| value > best - 1.0 + EPSILON) {
            continue;
        }
        match at.iter().position(|x| (x - x.round()).abs() > 1e-5) {
            None => best = Some(value.round()),
            Some(i) => {
                for (side, bound) in [(Side::AtLeast, at[i].ceil()), (Side::AtMost, at[i].floor())] {
                    let mut next = branch.clone();
                    next.push((vec![(i, 1.0)], side, bound));
                    open.push(next);
                }
            }
        }
    }
    best
}

/// Two-phase simplex with Bland's rule. The minimum and where it is; negative infinity where there is none.
fn minimum(unknowns: usize, rows: &[Row], objective: &[f64]) -> Option<(f64, Vec<f64>)> {
    let slacks = rows.iter().filter(|(_, side, _)| *side != Side::Equal).count();
    let columns = unknowns + slacks + rows.len();
    let mut table: Vec<Vec<f64>> = Vec::new();
    let mut slack = unknowns;
    for (i, (terms, side, right)) in rows.iter().enumerate() {
        let mut line = vec![0.0; columns + 1];
        for (unknown, factor) in terms {
            line[*unknown] += factor;
        }
        if *side != Side::Equal {
            line[slack] = if *side == Side::AtMost { 1.0 } else { -1.0 };
            slack += 1;
        }
        line[columns] = *right;
        if *right < 0.0 {
            line.iter_mut().for_each(|x| *x = -*x);
        }
        line[unknowns + slacks + i] = 1.0;
        table.push(line);
    }
    let mut basis: Vec<usize> = (0..rows.len()).map(|i| unknowns + slacks + i).collect();
    let artificial = |column: usize| column >= unknowns + slacks;
    let mut phase_one = vec![0.0; columns];
    phase_one[unknowns + slacks..].fill(1.0);
    run(&mut table, &mut basis, &phase_one, columns, |_| true)?;
    let infeasible: f64 =
        basis.iter().zip(&table).filter(|(b, _)| artificial(**b)).map(|(_, line)| line[columns]).sum();
    if infeasible > 1e-6 {
        return None;
    }
    // What is left of the artificial columns stands at 0; it leaves where it can.
    for i in 0..basis.len() {
        if artificial(basis[i])
            && let Some(column) = (0..unknowns + slacks).find(|c| table[i][*c].abs() > EPSILON)
        {
            pivot(&mut table, &mut basis, i, column);
        }
    }
    let mut phase_two = objective.to_vec();
    phase_two.resize(columns, 0.0);
    let bounded = run(&mut table, &mut basis, &phase_two, columns, |column| !artificial(column));
    let mut at = vec![0.0; unknowns];
    for (b, line) in basis.iter().zip(&table) {
        if *b < unknowns {
            at[*b] = line[columns];
        }
    }
    match bounded {
        None => Some((f64::NEG_INFINITY, at)),
        Some(()) => Some((at.iter().zip(objective).map(|(x, c)| x * c).sum(), at)),
    }
}

/// Pivots until nothing gets cheaper; `None` where it could for ever.
fn run(
    table: &mut [Vec<f64>],
    basis: &mut [usize],
    cost: &[f64],
    columns: usize,
    may_enter: impl Fn(usize) -> bool,
) -> Option<()> {
    loop {
        let reduced = |column: usize| {
            cost[column] - basis.iter().zip(table.iter()).map(|(b, line)| cost[*b] * line[column]).sum::<f64>()
        };
        let Some(enters) = (0..columns).find(|c| may_enter(*c) && !basis.contains(c) && reduced(*c) < -EPSILON) else {
            return Some(());
        };
        let mut leaves: Option<(f64, usize)> = None;
        for (i, line) in table.iter().enumerate() {
            if line[enters] > EPSILON {
                let ratio = line[columns] / line[enters];
                let better = leaves
                    .is_none_or(|(best, row)| ratio < best - 1e-12 || (ratio < best + 1e-12 && basis[i] < basis[row]));
                if better {
                    leaves = Some((ratio, i));
                }
            }
        }
        let (_, row) = leaves?;
        pivot(table, basis, row, enters);
    }
}

fn pivot(table: &mut [Vec<f64>], basis: &mut [usize], row: usize, column: usize) {
    let divisor = table[row][column];
    table[row].iter_mut().for_each(|x| *x /= divisor);
    let line = table[row].clone();
    for (i, other) in table.iter_mut().enumerate() {
        if i != row && other[column] != 0.0 {
            let factor = other[column];
            other.iter_mut().zip(&line).for_each(|(x, y)| *x -= factor * y);
        }
    }
    basis[row] = column;
}

#[test]
fn the_attacker_can_calculate() {
    // x + y = 10, x >= 2, y <= 5: x is 5 to 10.
    let rows: Vec<Row> = vec![
        (vec![(0, 1.0), (1, 1.0)], Side::Equal, 10.0),
        (vec![(0, 1.0)], Side::AtLeast, 2.0),
        (vec![(1, 1.0)], Side::AtMost, 5.0),
    ];
    assert_eq!(interval(2, &rows, &[0]), Some((5.0, 10.0)));
    assert_eq!(interval_of_whole_numbers(2, &rows, &[0]), Some((5.0, 10.0)));
    // 2x + 2y = 9 has no whole solution, but many others.
    let odd: Vec<Row> = vec![(vec![(0, 2.0), (1, 2.0)], Side::Equal, 9.0)];
    assert_eq!(interval(2, &odd, &[0]), Some((0.0, 4.5)));
    assert_eq!(interval_of_whole_numbers(2, &odd, &[0]), None);
    // Nothing bounds it.
    assert_eq!(interval(1, &[(vec![(0, 1.0)], Side::AtLeast, 3.0)], &[0]), Some((3.0, f64::INFINITY)));
    // A contradiction.
    assert_eq!(interval(1, &[(vec![(0, 1.0)], Side::AtLeast, 3.0), (vec![(0, 1.0)], Side::AtMost, 2.0)], &[0]), None);
}
