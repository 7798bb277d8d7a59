//! Charts: released series in, figures out; every figure with its alternative text, caption and table.

mod figure;
pub mod font;
mod tokens;

pub use figure::{Cell, CellFormat, Figure, Table, TableColumn};
pub use tokens::{Colours, Page, Sizes, Tokens, tokens};
