//! What came of asserting plans, in the forms that test runners and code hosts read.

mod github;
mod junit;
mod sarif;
mod sentence;
mod tap;
mod text;

pub use github::github;
pub use junit::junit;
pub use sarif::sarif;
pub use tap::tap;
pub use text::text;
