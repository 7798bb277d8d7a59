//! How reports look: the design's colours and sizes, and what an agency adds of its own, a logo and two colours.
//!
//! The agency's colours stand in headings, links and rules only. The marks of charts keep the design's: there colour has a
//! meaning, and was chosen so that colour-blind readers and grey paper lose nothing.

mod brand;
mod colour;
mod logo;
mod tokens;

pub use brand::{Brand, Kind, OwnColour, OwnColours};
pub use logo::Logo;
pub use tokens::{Colours, Page, Sizes, Tokens, tokens};
