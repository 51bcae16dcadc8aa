//! Proving advice: changes are made on a copy (or, when asked, on the database itself), measured
//! before against after, and kept only where they helped.

mod adviser;
mod apply;
mod attribution;
mod budget;
mod change;
mod copy;
mod credit;
mod decide;
mod evidence;
mod explore;
mod in_place;
mod journal;
mod leave_out;
mod make;
mod options;
mod owned;
mod parts;
mod plans;
mod preflight;
mod proof;
mod prove;
mod quick_comparison;
mod reason;
mod roll_back;
mod screening;
mod script;
mod setting_attribution;
mod setting_effect;
mod slower;
mod state;
mod time;
mod trial;
mod try_settings;

#[cfg(test)]
mod steps_tests;

pub use adviser::{Adviser, Tried};
pub use copy::{Copy, CopyLimit, copy_of};
pub use credit::clocked_ms;
pub use evidence::Evidence;
pub use in_place::prove_in_place;
pub use journal::{Journal, put_aside};
pub use options::TuneOptions;
pub use preflight::{cannot_apply, cannot_copy};
pub use prove::{Proven, TestBed, prove, prove_with};
pub use state::{STATE_FILE, State, StateError};
pub use try_settings::{SettingTrials, try_settings};
