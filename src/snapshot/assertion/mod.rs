//! Expectations of plans, held against a replica: each answer with how far it is from being another one.

mod assess;
mod expectation;
mod held;
mod outcome;
mod recorded;

pub use assess::{Asserted, assess};
pub use expectation::{Bound, Complaint, Expectation, FORMS, Join, What, read};
pub use held::{Held, Names, held};
pub use outcome::{ASSERTIONS_FORMAT, Assertion, AssertionSource, Assertions, Margin, Standing};
pub use recorded::{Recorded, RecordedQuery};
