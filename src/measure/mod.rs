//! Metrics: definition × period × group → counts → estimates.
//!
//! [`Catalogue`] holds the definitions, [`Study`] computes them over a snapshot. The engine sums up; the methods of
//! `statistics` see only the sums. Reads no files.

mod compare;
mod compute;
mod curves;
mod dimension;
mod estimate;
mod estimators;
pub mod examples;
mod funnel;
mod groups;
mod metric;
mod parameters;
mod persons;
mod plan;
mod records;
mod signals;
mod small_tables;
mod stages;
mod statement;
mod sufficient;
mod tabulate;
mod target;
mod units;

pub use compare::{Against, Benchmark, Compared, Comparison, Verdict, compare, compare_with};
pub use compute::{Collected, NotCollected, PARAMETERS, PROGRAM, Request, Selection, Study};
pub use curves::WholeCourse;
pub use dimension::{Collapsed, Dimension};
pub use estimate::{Estimate, Group, Note, People, PeriodLabel, Statistic, Status};
pub use estimators::DAYS_PER_MONTH;
pub use funnel::{LimitsAt, Position, SideBySide, Standing, side_by_side};
pub use groups::{Comparing, GroupRow, Groups, KNOWN_AT_INTAKE, compared_statistic};
pub use metric::{Baseline, Catalogue, Change, Direction, Header, Headline, Kind, Metric};
pub use parameters::{merge, settle};
pub use persons::is_by_client;
pub use records::{Moved, MovedRecords};
pub use signals::{Month, Point as SeriesPoint, Reading, Series, read as read_series};
pub use stages::{STAGE, Stage};
pub use statement::Statement;
pub use tabulate::table_of;
pub use target::{Benchmarks, Targets};
pub use units::{Behind, UnitCount};

/// The outcome of a unit that is still waiting when its follow-up ends.
pub const CENSORED: &str = "censored";
