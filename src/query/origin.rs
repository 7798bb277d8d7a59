//! Where the values of a query's result come from: the stored columns that a reader of the result would see values of.
//!
//! What only decides (a condition, a join's key, a sort) gives no value to the result, and does not count.

use super::engine::Usage;
use datafusion::common::DFSchema;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::{Alias, Case};
use datafusion::logical_expr::{Distinct, Expr, LogicalPlan, Operator};
use std::collections::BTreeSet;

/// Where one column of a result has its values from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Columns of stored tables.
    pub columns: Usage,
    /// Texts that the query itself holds.
    pub words: BTreeSet<String>,
    /// It could not be told.
    pub unknown: bool,
}

impl Origin {
    fn add(&mut self, other: &Self) {
        self.columns.extend(other.columns.iter().cloned());
        self.words.extend(other.words.iter().cloned());
        self.unknown |= other.unknown;
    }

    fn unknown() -> Self {
        Self { unknown: true, ..Self::default() }
    }
}

/// One origin for each column of the plan's result, in its order.
pub fn origins(plan: &LogicalPlan) -> Vec<Origin> {
    let width = plan.schema().fields().len();
    let found = match plan {
        LogicalPlan::Projection(node) => expressions(&node.expr, &node.input),
        LogicalPlan::SubqueryAlias(node) => origins(&node.input),
        LogicalPlan::Filter(node) => origins(&node.input),
        LogicalPlan::Sort(node) => origins(&node.input),
        LogicalPlan::Limit(node) => origins(&node.input),
        LogicalPlan::Repartition(node) => origins(&node.input),
        LogicalPlan::Distinct(Distinct::All(input)) => origins(input),
        LogicalPlan::Distinct(Distinct::On(node)) => expressions(&node.select_expr, &node.input),
        LogicalPlan::Subquery(node) => origins(&node.subquery),
        LogicalPlan::Window(node) => {
            let mut all = origins(&node.input);
            all.extend(expressions(&node.window_expr, &node.input));
            all
        }
        LogicalPlan::Aggregate(node) => {
            let mut all = expressions(&node.group_expr, &node.input);
            all.extend(expressions(&node.aggr_expr, &node.input));
            all
        }
        LogicalPlan::Join(node) => {
            let mut all = origins(&node.left);
            // Of a join that only asks whether there is a partner, the other side's columns are not in the result.
            if all.len() < width {
                all.extend(origins(&node.right));
            }
            all
        }
        LogicalPlan::Union(node) => {
            let mut all = vec![Origin::default(); width];
            for input in &node.inputs {
                let of_input = origins(input);
                if of_input.len() != width {
                    return vec![Origin::unknown(); width];
                }
                for (sum, one) in all.iter_mut().zip(&of_input) {
                    sum.add(one);
                }
            }
            all
        }
        LogicalPlan::TableScan(scan) => {
            let column = |name: &String| Origin {
                columns: BTreeSet::from([(scan.table_name.table().to_string(), name.clone())]),
                ..Origin::default()
            };
            scan.projected_schema.fields().iter().map(|field| column(field.name())).collect()
        }
        LogicalPlan::EmptyRelation(_) => vec![Origin::default(); width],
        _ => Vec::new(),
    };
    if found.len() == width { found } else { vec![Origin::unknown(); width] }
}

fn expressions(expressions: &[Expr], input: &LogicalPlan) -> Vec<Origin> {
    let below = origins(input);
    expressions.iter().map(|expression| of(expression, input.schema(), &below)).collect()
}

fn of(expression: &Expr, schema: &DFSchema, below: &[Origin]) -> Origin {
    let mut origin = Origin::default();
    match expression {
        Expr::Alias(Alias { expr, .. }) => return of(expr, schema, below),
        Expr::Column(column) => {
            let at = schema.maybe_index_of_column(column);
            return at.and_then(|at| below.get(at)).cloned().unwrap_or_else(Origin::unknown);
        }
        Expr::Literal(
            ScalarValue::Utf8(Some(text)) | ScalarValue::LargeUtf8(Some(text)) | ScalarValue::Utf8View(Some(text)),
            _,
        ) => {
            origin.words.insert(text.clone());
        }
        // The conditions decide which value it is; none of theirs is seen.
        Expr::Case(Case { when_then_expr, else_expr, .. }) => {
            for value in when_then_expr.iter().map(|(_, then)| then).chain(else_expr) {
                origin.add(&of(value, schema, below));
            }
        }
        Expr::BinaryExpr(binary) if says_yes_or_no(binary.op) => {}
        Expr::Like(_)
        | Expr::SimilarTo(_)
        | Expr::Not(_)
        | Expr::IsNotNull(_)
        | Expr::IsNull(_)
        | Expr::IsTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsUnknown(_)
        | Expr::IsNotTrue(_)
        | Expr::IsNotFalse(_)
        | Expr::IsNotUnknown(_)
        | Expr::Between(_)
        | Expr::InList(_)
        | Expr::Exists(_)
        | Expr::InSubquery(_)
        | Expr::SetComparison(_)
        | Expr::Literal(..)
        | Expr::Placeholder(_) => {}
        Expr::ScalarSubquery(subquery) => {
            return origins(&subquery.subquery).into_iter().next().unwrap_or_else(Origin::unknown);
        }
        // How many there are says nothing of what they are.
        Expr::AggregateFunction(function) if function.func.name() == "count" => {}
        Expr::AggregateFunction(function) => {
            for value in &function.params.args {
                origin.add(&of(value, schema, below));
            }
        }
        Expr::WindowFunction(function) => {
            for value in function.params.args.iter().filter(|_| function.fun.name() != "count") {
                origin.add(&of(value, schema, below));
            }
        }
        Expr::OuterReferenceColumn(..) => return Origin::unknown(),
        other => {
            let read = other.apply_children(|value| {
                origin.add(&of(value, schema, below));
                Ok(TreeNodeRecursion::Continue)
            });
            origin.unknown |= read.is_err();
        }
    }
    origin
}

/// Whether an operator compares or combines conditions: its result says nothing but yes or no.
fn says_yes_or_no(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
            | Operator::And
            | Operator::Or
    )
}
