//! Direct labels right of a plot, each at the height of what it names.

use super::axis::Plot;
use super::canvas::{Anchor, Canvas, Tone, Type, spread};

/// Lines of text beside the plot, at the height of what they name.
pub(super) struct DirectLabel {
    pub at: f64,
    pub lines: Vec<(String, Type)>,
    /// Tied to the last point rather than to a line across the plot.
    pub last: bool,
}

impl DirectLabel {
    pub(super) fn width(&self) -> f64 {
        self.lines.iter().map(|(text, kind)| kind.width(text)).fold(0.0, f64::max)
    }

    fn height(&self) -> f64 {
        self.lines.iter().map(|(_, kind)| kind.line_height()).sum::<f64>() + 3.0
    }
}

/// Writes the labels right of the plot, moved apart where they would touch, on a canvas of that height.
///
/// `last_x` is where the leader of a label of the last point begins.
pub(super) fn beside_the_plot(
    canvas: &mut Canvas,
    plot: &Plot,
    labels: &[DirectLabel],
    last_x: Option<f64>,
    height: f64,
) {
    let wanted: Vec<f64> = labels.iter().map(|l| plot.y(l.at).clamp(plot.room.top, plot.room.bottom)).collect();
    let heights: Vec<f64> = labels.iter().map(DirectLabel::height).collect();
    let weights: Vec<f64> = labels.iter().map(|l| if l.last { 20.0 } else { 1.0 }).collect();
    let middles = spread(&wanted, &heights, &weights, 0.0, height);
    for ((label, middle), wanted) in labels.iter().zip(middles).zip(wanted) {
        let x = plot.room.right + 14.0;
        let from = if label.last { last_x.unwrap_or(plot.room.right) } else { plot.room.right + 1.0 };
        // A label that had to move is tied to its mark.
        if (middle - wanted).abs() > 7.0 && x - 3.0 > from {
            canvas.line(&[(from, wanted), (x - 3.0, middle)], Tone::Rule, 1.0);
        }
        let mut top = middle - label.height() / 2.0 + 1.5;
        for (text, kind) in &label.lines {
            canvas.text(text, (x, top + kind.line_height() / 2.0 + kind.drop(), Anchor::Start), *kind);
            top += kind.line_height();
        }
    }
}
