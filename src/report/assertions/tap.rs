//! Test Anything Protocol, version 13, which every runner reads (not all know 14): a near tie is a TODO, which none counts as
//! a failure.

use super::sentence::sentence;
use crate::report::text::one_line;
use crate::snapshot::assertion::{Assertions, Standing};

pub fn tap(assertions: &Assertions) -> String {
    let mut lines =
        vec!["TAP version 13".to_owned(), format!("1..{}", assertions.assertions.len())];
    lines.extend(assertions.notes.iter().map(|note| format!("# {}", one_line(note))));
    for (n, one) in (1..).zip(&assertions.assertions) {
        let ok = matches!(one.standing, Standing::Holds | Standing::HoldsNarrowly);
        let word = if ok { "ok" } else { "not ok" };
        let todo = match one.standing {
            Standing::FailsNarrowly => " # TODO near tie",
            _ => "",
        };
        // A `#` would begin a directive.
        let name = one_line(&format!("{}: {}", one.query, one.expectation)).replace('#', "\\#");
        lines.push(format!("{word} {n} - {name}{todo}"));
        if one.standing != Standing::Holds {
            lines.push("  ---".to_owned());
            lines.push(format!("  message: {}", serde_json::Value::from(sentence(one))));
            lines.push(format!(
                "  at: {}",
                serde_json::Value::from(format!("{}:{}", one.file, one.line))
            ));
            lines.push("  ...".to_owned());
        }
    }
    lines.join("\n") + "\n"
}
