//! Could this index serve this condition? Asked by rules, drops and the search for indexes alike, and answered
//! here alone: by what the server says of its operators, never by the look of a statement.

mod between;
mod condition;
mod context;
mod foreign_key;
mod implied;
mod key;
mod stand_in;

pub use between::Between;
pub use condition::is_ordered;
pub use context::{Serving, is_within_row};
pub use foreign_key::leads_an_index;
pub use key::definition_of;
pub use stand_in::{covering, makes_needless, stand_in};
