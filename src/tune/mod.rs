//! Proving advice: changes are made on a copy (or, when asked, on the database itself), measured
//! before against after, and kept only where they helped.

mod adviser;
mod apply;
mod blame;
mod change;
mod copy;
mod decide;
mod give_back;
mod in_place;
mod options;
mod prove;
mod scout;
mod script;

pub use adviser::Adviser;
pub use copy::{Copy, CopyLimit, copy_of};
pub use in_place::prove_in_place;
pub use options::TuneOptions;
pub use prove::{Bench, Proven, prove, prove_with};
