//! Proving advice: changes are made on a copy (or, when asked, on the database itself), measured
//! before against after, and kept only where they helped.

mod acquit;
mod adviser;
mod apply;
mod attempt;
mod blame;
mod change;
mod copy;
mod decide;
mod fit;
mod give_back;
mod glance;
mod in_place;
mod make;
mod options;
mod owned;
mod parts;
mod preflight;
mod prove;
mod scout;
mod script;
mod slower;

pub use adviser::{Adviser, Tried};
pub use copy::{Copy, CopyLimit, copy_of};
pub use in_place::prove_in_place;
pub use options::TuneOptions;
pub use preflight::{cannot_apply, cannot_copy};
pub use prove::{Bench, Proven, prove, prove_with};
