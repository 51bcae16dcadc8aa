//! Pictures where looking beats reading, as SVG that follows the page's colours.

mod canvas;
mod distribution;
mod dumbbell;
mod scale;
mod trend;

pub use distribution::{histogram, percentiles};
pub use dumbbell::{DumbbellRow, dumbbell};
pub use trend::{Night, trend};
