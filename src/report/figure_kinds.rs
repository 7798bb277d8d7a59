//! The kinds of figures that a section can name: what each shows, which metrics can have it, what it needs computed.

use super::definition::{Span, Wanted};
use crate::measure::{Dimension, Kind, Metric, STAGE, compared_statistic};
use crate::project::Period;
use serde::Deserialize;

/// A chart that fits a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureKind {
    Trend,
    ShareByDay,
    ReturnCurve,
    GoalsByDomain,
    Programs,
    ProgramTargets,
    ProgramFunnel,
    ProgramHistory,
    CaseManagerFunnel,
    Caseloads,
    ClientPath,
    Targets,
}

impl FigureKind {
    /// Every kind with its name in a definition and what it shows, for `attain explain`.
    pub const ALL: [(Self, &'static str, &'static str); 12] = [
        (Self::Trend, "trend", "the history by month, with the expected range and the months that stand out"),
        (Self::ShareByDay, "share_by_day", "of a duration: the share reached by each day, with the target"),
        (
            Self::ReturnCurve,
            "return_curve",
            "of a duration: the share by each day of everybody since the first records",
        ),
        (Self::GoalsByDomain, "goals_by_domain", "of a metric with domains: each beside the target"),
        (Self::Programs, "programs", "programs side by side, each with its interval and its target"),
        (
            Self::ProgramTargets,
            "program_targets",
            "programs before and now against their targets; nothing where no target is set",
        ),
        (
            Self::ProgramFunnel,
            "program_funnel",
            "of a share or rate: programs by their size against how far chance would put them",
        ),
        (Self::ProgramHistory, "program_history", "the history of each program, small, on one scale"),
        (Self::CaseManagerFunnel, "case_manager_funnel", "the same of case managers, for the agency itself only"),
        (Self::Caseloads, "caseloads", "of a mean of case managers: a dot for each, for the agency itself only"),
        (
            Self::ClientPath,
            "client_path",
            "of a metric with stages: who went on, who waits and who left in each, for the agency itself only",
        ),
        (
            Self::Targets,
            "targets",
            "the first page's shares a year before and now against their targets; in a section without a metric",
        ),
    ];

    /// As a definition writes it.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("", |(_, name, _)| name)
    }

    /// Whether a section on that metric, or on none, can have the figure; else why not, and what it can have.
    pub fn check(self, metric: Option<&Metric>) -> Result<(), String> {
        let name = self.name();
        match (metric, self) {
            (None, Self::Targets) => Ok(()),
            (None, _) => Err(format!("has figures, and no metric that they are of: {name}")),
            (Some(metric), _) => self.fits(metric).map_err(|why| {
                let can: Vec<&str> =
                    Self::ALL.iter().filter(|(kind, ..)| kind.fits(metric).is_ok()).map(|(_, name, _)| *name).collect();
                format!("{} cannot have the figure {name}, as {why}; it can have {}", metric.name, can.join(", "))
            }),
        }
    }

    /// Whether it sets programs side by side.
    pub fn is_of_programs(self) -> bool {
        matches!(self, Self::Programs | Self::ProgramTargets | Self::ProgramHistory | Self::ProgramFunnel)
    }

    fn fits(self, metric: &Metric) -> Result<(), &'static str> {
        let header = &metric.header;
        let need = |holds: bool, why| if holds { Ok(()) } else { Err(why) };
        let has = |dimension: &str| Dimension::named(dimension, metric).is_some();
        let statistic = compared_statistic(metric).statistic;
        let counts_out_of = statistic.is_share() || statistic == crate::measure::Statistic::Rate;
        if !header.stages.is_empty() {
            return need(self == Self::ClientPath, "it has stages, and all of them together are no figure");
        }
        match self {
            Self::Trend => Ok(()),
            Self::ShareByDay | Self::ReturnCurve => {
                need(header.kind == Kind::Duration && !header.horizons.is_empty(), "it is no duration with horizons")
            }
            Self::GoalsByDomain => need(has("domain"), "it has no domains"),
            Self::Programs | Self::ProgramTargets | Self::ProgramHistory => need(
                header.kind != Kind::Count && has("program"),
                "it is a count, which says nothing of a small program",
            ),
            Self::ProgramFunnel | Self::CaseManagerFunnel => {
                need(counts_out_of, "it is no share and no rate, which chance has limits for")
            }
            Self::Caseloads => need(
                header.kind == Kind::Mean && header.dimensions.iter().any(|name| name == CASE_MANAGER),
                "it is no mean of case managers",
            ),
            Self::ClientPath => Err("it has no stages"),
            Self::Targets => Err("that is of the lines of the first page, in a section without a metric"),
        }
    }

    /// What the figure needs computed besides everybody's history, and the recent months by program.
    pub fn wanted(self, metric: &Metric, span: &Span) -> Vec<Wanted> {
        let by = |periods: Vec<Period>, breakdowns: &[&[&str]]| Wanted {
            metric: metric.name.clone(),
            periods,
            breakdowns: breakdowns.iter().map(|names| names.iter().map(|name| (*name).to_string()).collect()).collect(),
            curve_to: None,
        };
        let curve = |period: &Period| Wanted {
            curve_to: metric.header.horizons.iter().max().copied(),
            ..by(vec![period.clone()], &[&[]])
        };
        let recent = || recent(metric, span);
        match self {
            Self::Trend | Self::Targets => Vec::new(),
            Self::Programs | Self::ProgramFunnel => vec![by(vec![recent()], &[&["program"]])],
            Self::ProgramTargets => vec![by(vec![recent(), recent().months_before(12)], &[&["program"]])],
            Self::ProgramHistory => vec![by(span.history.clone(), &[&["program"]])],
            Self::CaseManagerFunnel => vec![by(vec![recent()], &[&[CASE_MANAGER]])],
            Self::Caseloads => vec![by(vec![span.now.clone()], &[&[CASE_MANAGER]])],
            Self::ShareByDay => vec![curve(&span.recent)],
            Self::ReturnCurve => vec![curve(&span.everybody)],
            Self::GoalsByDomain => vec![by(vec![span.recent.clone()], &[&["domain"]])],
            Self::ClientPath => vec![by(vec![span.recent.clone()], &[&[STAGE], &[STAGE, LEFT_AS]])],
        }
    }
}

/// The dimension of a metric's case managers.
pub const CASE_MANAGER: &str = "case_manager";
/// The dimension of a way with stages that says why people left.
pub const LEFT_AS: &str = "left_as";

/// The months that groups are shown for: the recent ones together, and of who or what is there the period itself, as those
/// of several months would be counted on its last day anyway.
pub fn recent(metric: &Metric, span: &Span) -> Period {
    if metric.header.stock { span.now.clone() } else { span.recent.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Catalogue;

    #[test]
    fn every_kind_is_named_as_definitions_write_it() {
        for (kind, name, words) in FigureKind::ALL {
            let read: FigureKind = serde::Deserialize::deserialize(toml::Value::String(name.into())).expect(name);
            assert_eq!(read, kind);
            assert!(!words.is_empty() && kind.name() == name);
        }
    }

    #[test]
    fn a_figure_that_a_metric_cannot_have_is_refused_with_those_it_can() {
        let catalogue = Catalogue::load(&[]).expect("built-in metrics");
        let check = |kind: FigureKind, metric: &str| kind.check(Some(catalogue.get(metric).expect(metric)));
        for (kind, metric, said) in [
            (FigureKind::ShareByDay, "goal_attainment", "it is no duration"),
            (FigureKind::GoalsByDomain, "successful_exit", "it has no domains"),
            (FigureKind::ProgramFunnel, "caseload", "it is no share and no rate"),
            (FigureKind::Programs, "clients_served", "it is a count"),
            (FigureKind::Caseloads, "service_dose", "no mean of case managers"),
            (FigureKind::ClientPath, "goal_attainment", "it has no stages"),
            (
                FigureKind::Trend,
                "client_path",
                "it has stages, and all of them together are no figure; it can have client_path",
            ),
            (FigureKind::Targets, "goal_attainment", "in a section without a metric"),
        ] {
            let message = check(kind, metric).expect_err(metric);
            assert!(message.contains(said) && message.contains("; it can have "), "{message}");
        }
        for (kind, metric) in [
            (FigureKind::ProgramFunnel, "recidivism"),
            (FigureKind::ProgramFunnel, "time_to_service"),
            (FigureKind::Caseloads, "caseload"),
            (FigureKind::ClientPath, "client_path"),
        ] {
            assert_eq!(check(kind, metric), Ok(()));
        }
        assert!(FigureKind::Trend.check(None).is_err() && FigureKind::Targets.check(None).is_ok());
    }
}
