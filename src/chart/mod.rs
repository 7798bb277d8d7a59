//! Charts: released series in, figures out; every figure with its alternative text, caption and table.
//!
//! A chart is given what it shows as [`Released`](crate::release::Released) estimates and returns a [`Figure`]; the
//! scorecard's pictures return a [`Picture`]. Pictures are plain SVG without size, styles or scripts. A page gives them
//! a width ([`WIDTH`] is what they are drawn for); HTML passes them through [`for_html`] and puts [`css`] into its
//! stylesheet, so that they follow dark mode. Nothing is computed here: estimates, limits and marks come in.

#![allow(clippy::format_push_string, reason = "alternative texts are sentences added one to another")]

mod axis;
mod beside;
mod canvas;
mod curve_drawing;
mod curves;
mod dots;
mod dumbbell;
mod figure;
pub mod font;
mod funnel;
mod funnel_drawing;
mod input;
mod panels;
mod path;
mod picture;
mod rows;
mod series;
mod svg;
mod trend;

#[cfg(test)]
mod tests;

pub use curves::{Curve, Curves, DayTarget, return_curve, share_by_day};
pub use dots::{Dot, Dots, dots};
pub use dumbbell::{DumbbellRow, Dumbbells, dumbbells};
pub use figure::{Cell, CellFormat, Figure, Table, TableColumn};
pub use funnel::{Compared, Funnel, FunnelGroup, FunnelLimits, ObservedOverExpected, funnel};
pub use input::{Axis, Expected, Point, Signal, Subject, Unit, period_words, reason};
pub use panels::{Panel, SmallMultiples, small_multiples};
pub use path::{ClientPath, PathReason, PathStage, client_path, half_within};
pub use picture::{PICTURE_HEIGHT, PICTURE_WIDTH, Picture, has_interval, interval_picture, sparkline};
pub use rows::{Row, Rows, goals_by_domain, programs};
pub use svg::{css, css_of_modes, css_variables, for_html};
pub use trend::{Trend, has_most_values, has_values, trend};

/// How wide figures are drawn, in CSS pixels: the page without its margins.
pub const WIDTH: f64 = 704.0;
