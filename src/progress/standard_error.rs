//! Sentences on standard error: texts of servers and files are in them, and the terminal may be gone.

use std::io::{Write as _, stderr};

use crate::printable::visible;

/// Writes `text` and a line end. Nothing in it can move the cursor or command a build service; that
/// it cannot be written (a terminal that was closed, a full disk) is no reason to stop, or to panic.
pub fn say(text: &str) {
    let _ = writeln!(stderr().lock(), "{}", harmless(text));
}

/// GitHub's and Azure's runners take lines that begin with `::`, and `##[` anywhere, for commands.
fn harmless(text: &str) -> String {
    let lines = visible(text).replace("##[", "# #[").replace("##vso[", "# #vso[");
    let lines = lines.lines().map(|line| match line.trim_start().starts_with("::") {
        true => line.replacen("::", ": :", 1),
        false => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_terminals_nor_runners_are_commanded() {
        assert_eq!(harmless("error: \u{1b}[2J\u{7}"), "error: \\u{1b}[2J\\u{7}");
        assert_eq!(harmless("failed\n  ::error::x"), "failed\n  : :error::x");
        assert_eq!(harmless("a ##[error]b ##vso[task.x]"), "a # #[error]b # #vso[task.x]");
        assert_eq!(harmless("cast '1'::int"), "cast '1'::int");
    }
}
