//! What the shell's own commands mean for the statements around them.

use crate::sql::ClientCommand;

/// What a command that stands on its own does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Set,
    SetRandom,
    Unset,
    /// Reads another file; relative to this one, or to where the shell was started.
    Include {
        beside: bool,
    },
    /// Nothing is read after it.
    Quit,
    /// Nothing that planwise does depends on it.
    PassedOver,
    /// It says something that planwise does not follow; worth a note.
    NotFollowed,
    /// It would do something that planwise never does.
    Refused(&'static str),
}

pub fn effect(command: &ClientCommand) -> Effect {
    match command.name() {
        "set" => Effect::Set,
        "setrandom" => Effect::SetRandom,
        "unset" => Effect::Unset,
        "i" | "include" => Effect::Include { beside: false },
        "ir" | "include_relative" => Effect::Include { beside: true },
        "q" | "quit" => Effect::Quit,
        "" | "." | "a" | "C" | "conninfo" | "echo" | "encoding" | "endpipeline" | "errverbose"
        | "f" | "flush" | "H" | "html" | "p" | "print" | "prompt" | "pset" | "qecho" | "r"
        | "reset" | "restrict" | "sleep" | "startpipeline" | "syncpipeline" | "t" | "T"
        | "timing" | "unrestrict" | "warn" | "x" => Effect::PassedOver,
        name if name.starts_with('!') => Effect::Refused("it runs a program on this machine"),
        "copy" => Effect::Refused("it copies between the server and a file on this machine"),
        "lo_import" | "lo_export" | "lo_unlink" => {
            Effect::Refused("it changes or copies large objects")
        }
        "password" => Effect::Refused("it changes a password"),
        "o" | "out" | "w" | "write" => Effect::Refused("it writes a file on this machine"),
        name if name.starts_with("d") || name.starts_with("l") => Effect::PassedOver,
        _ => Effect::NotFollowed,
    }
}

/// Why a statement that is sent by `command` must not run.
pub fn refusal_of_sender(command: &str) -> Option<&'static str> {
    let name = command.split_whitespace().next().unwrap_or_default();
    match name {
        "gexec" => Some(
            "\\gexec runs its rows as statements, which planwise does not; give those statements themselves",
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_do_something_are_never_passed_over() {
        let of = |text: &str| effect(&ClientCommand { text: text.to_owned(), line: 1 });
        for text in ["! rm x", "!ls", "copy t to 'x'", "o /tmp/x", "lo_unlink 5", "password"] {
            assert!(matches!(of(text), Effect::Refused(_)), "{text}");
        }
        for text in ["timing", "dt+ public.*", "pset pager off", "x on", "l"] {
            assert_eq!(of(text), Effect::PassedOver, "{text}");
        }
        assert_eq!(of("c other"), Effect::NotFollowed);
        assert_eq!(of("if :x"), Effect::NotFollowed);
        assert_eq!(of("ir parts/a.sql"), Effect::Include { beside: true });
    }
}
