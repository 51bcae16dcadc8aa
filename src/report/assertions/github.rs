//! GitHub's annotations: one line for each, on the line of its expectation.

use super::sentence::sentence;
use crate::report::text::one_line;
use crate::snapshot::assertion::{Assertions, Standing};

pub fn github(assertions: &Assertions) -> String {
    let told = assertions.assertions.iter().filter_map(|one| {
        let level = match one.standing {
            Standing::Holds => return None,
            Standing::HoldsNarrowly | Standing::FailsNarrowly => "warning",
            Standing::Fails | Standing::Unplanned => "error",
        };
        let (file, line) = (property(&one.file), one.line.max(1));
        let title = property(&format!("{}: {}", one.query, one.expectation));
        Some(format!(
            "::{level} file={file},line={line},title={title}::{}\n",
            message(&sentence(one))
        ))
    });
    let notes =
        assertions.notes.iter().map(|note| format!("::notice::{}\n", message(&one_line(note))));
    told.chain(notes).collect()
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(&one_line(text)).replace(':', "%3A").replace(',', "%2C")
}
