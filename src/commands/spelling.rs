//! Reading the command line, and what to say to words that planwise does not know.

use std::ffi::OsString;
use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error, FromArgMatches};
use strsim::osa_distance;

use super::known_words::{CONNECTION, OPTIONS, VERBS};
use super::{Cli, connection_words};
use crate::engine;

impl Cli {
    /// The command line of this process; ends the process with the help, or with what was wrong and what
    /// was meant.
    pub fn of_process() -> Cli {
        let words: Vec<OsString> = std::env::args_os().collect();
        Cli::read(&words).unwrap_or_else(|error| error.exit())
    }

    /// # Errors
    /// Help and version are among them, as clap has it.
    pub fn read(words: &[OsString]) -> Result<Cli, Error> {
        let mut command = Cli::command();
        if let Some(error) = host_for_help(words, &mut command) {
            return Err(error);
        }
        let matches = command.try_get_matches_from_mut(words);
        let parsed = matches.and_then(|matches| Cli::from_arg_matches(&matches));
        parsed.map_err(|error| explained(error, words, &command))
    }
}

/// Database clients take a host behind `-h`, which is help here: whoever means a host would get the help, and a
/// status that says all is well.
fn host_for_help(words: &[OsString], command: &mut Command) -> Option<Error> {
    let at = words.iter().position(|word| word == "-h")?;
    let host = words.get(at + 1)?.to_str()?;
    let verb_before = words.iter().take(at).skip(1).any(|word| is_verb(command, word));
    let is_host = !host.starts_with('-') && !Path::new(host).exists() && !is_verb(command, host);
    let end = words.iter().take(at).any(|word| word == "--");
    (verb_before && is_host && !end).then(|| {
        let mut error = Error::new(ErrorKind::UnknownArgument).with_cmd(command);
        let argument = ContextValue::String("-h".to_owned());
        error.insert(ContextKind::InvalidArg, argument);
        suggest(&mut error, vec![connection(words)]);
        error
    })
}

fn is_verb(command: &Command, word: impl AsRef<std::ffi::OsStr>) -> bool {
    word.as_ref().to_str().is_some_and(|word| command.find_subcommand(word).is_some())
}

/// `error` with what the user may have meant, in place of clap's guess.
fn explained(mut error: Error, words: &[OsString], command: &Command) -> Error {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        _ => None,
    };
    let told = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            named(ContextKind::InvalidSubcommand).map(|word| (verb(&word, command), true))
        }
        ErrorKind::UnknownArgument => {
            let verb = verb_of(words, command);
            named(ContextKind::InvalidArg).map(|word| option(&word, words, verb))
        }
        ErrorKind::MissingRequiredArgument => {
            let verb = verb_of(words, command).get_name();
            example(verb).map(|example| (vec![example], false))
        }
        _ => None,
    };
    if let Some((tips, final_word)) =
        told.filter(|(tips, final_word)| *final_word || !tips.is_empty())
    {
        if final_word {
            for guess in [
                ContextKind::SuggestedArg,
                ContextKind::SuggestedSubcommand,
                ContextKind::SuggestedValue,
                ContextKind::TrailingArg,
            ] {
                error.remove(guess);
            }
        }
        suggest(&mut error, tips);
    }
    error
}

fn suggest(error: &mut Error, tips: Vec<String>) {
    error.remove(ContextKind::Suggested);
    if !tips.is_empty() {
        let tips = tips.into_iter().map(StyledStr::from).collect();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
}

fn verb(word: &str, command: &Command) -> Vec<String> {
    let known = VERBS.iter().find(|(words, _)| words.iter().any(|w| w.eq_ignore_ascii_case(word)));
    if let Some((_, meaning)) = known {
        return vec![(*meaning).to_owned()];
    }
    let names = command.get_subcommands().flat_map(|verb| {
        std::iter::once(verb.get_name())
            .chain(verb.get_all_aliases())
            .map(|name| (name, verb.get_name()))
    });
    match nearest(word, names) {
        Some(verb) => vec![format!("did you mean `planwise {verb}`?")],
        None if Path::new(word).exists() => {
            vec![format!("a verb comes first: `planwise run {word}`, `planwise explain {word}`")]
        }
        None => vec!["`planwise help` lists the verbs".to_owned()],
    }
}

/// What an unknown option was meant for, and whether clap's own guess is not to be shown beside it.
fn option(word: &str, words: &[OsString], verb: &Command) -> (Vec<String>, bool) {
    let word = word.split('=').next().unwrap_or(word);
    if CONNECTION.contains(&word) && knows(verb, "--db") {
        return (vec![connection(words)], true);
    }
    let known = OPTIONS.iter().find(|(names, _)| names.contains(&word));
    if let Some((_, meaning)) = known.filter(|(_, meaning)| applies(verb, meaning)) {
        return (vec![(*meaning).to_owned()], true);
    }
    let names = verb.get_arguments().flat_map(|argument| {
        let long = argument.get_long().map(str::to_owned);
        let aliases = argument.get_all_aliases().unwrap_or_default();
        let shown = long.clone().unwrap_or_default();
        long.into_iter()
            .chain(aliases.into_iter().map(str::to_owned))
            .map(move |n| (n, shown.clone()))
    });
    let names: Vec<(String, String)> = names.collect();
    let bare = word.trim_start_matches('-');
    let names = names.iter().map(|(name, shown)| (name.as_str(), shown.as_str()));
    match nearest(bare, names) {
        Some(name) if word.starts_with("--") => (vec![format!("did you mean `--{name}`?")], true),
        _ if word.starts_with('-') => {
            let help = match verb.get_name() {
                "planwise" => "planwise --help".to_owned(),
                name => format!("planwise {name} --help"),
            };
            (vec![format!("`{help}` lists the options")], true)
        }
        _ => (Vec::new(), false),
    }
}

/// The meaning names no option that `verb` lacks.
fn applies(verb: &Command, meaning: &str) -> bool {
    let options = meaning.split(['`', ' ', ',']).filter(|word| word.starts_with("--"));
    options.into_iter().all(|option| knows(verb, option))
}

fn knows(verb: &Command, option: &str) -> bool {
    let name = option.trim_start_matches('-');
    verb.get_arguments().any(|argument| argument.get_long() == Some(name))
}

/// One slip of the fingers in a short word, two in a longer one, or the beginning of exactly one name.
fn nearest<'n>(word: &str, names: impl Iterator<Item = (&'n str, &'n str)>) -> Option<&'n str> {
    let word = word.to_ascii_lowercase();
    let allowed = if word.len() < 6 { 1 } else { 2 };
    let mut close: Vec<(usize, &str)> = Vec::new();
    let mut longer: Vec<&str> = Vec::new();
    for (name, shown) in names {
        let distance = osa_distance(&word, name);
        // Two letters share one with half of all short words.
        if distance <= allowed && (word.len() > 1) && distance < name.len() {
            close.push((distance, shown));
        }
        if word.len() >= 3 && name.starts_with(&word) {
            longer.push(shown);
        }
    }
    longer.sort_unstable();
    longer.dedup();
    let closest = close.into_iter().min_by_key(|(distance, _)| *distance);
    match (closest, longer.as_slice()) {
        (Some((_, name)), _) => Some(name),
        (None, [only]) => Some(only),
        _ => None,
    }
}

/// The verb that the command line is about, as far as it is known.
fn verb_of<'c>(words: &[OsString], command: &'c Command) -> &'c Command {
    let mut verb = command;
    for word in words.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(below) = verb.find_subcommand(word) {
            verb = below;
        }
    }
    verb
}

/// The one URL that stands for the client's options on this command line. A password is never repeated.
fn connection(words: &[OsString]) -> String {
    let typed = connection_words::Typed::of(words);
    let scheme = engine::all().first().and_then(|engine| engine.schemes().first().copied());
    let url = typed.url(scheme.unwrap_or_default());
    format!(
        "the database is given as one URL: --db {url} (a password belongs into it, percent-encoded, or into \
         the environment)"
    )
}

fn example(verb: &str) -> Option<String> {
    let scheme = engine::all().first().and_then(|engine| engine.schemes().first().copied())?;
    let example = match verb {
        "run" | "advise" | "tune" => format!(
            "for example: planwise {verb} queries.sql --db {scheme}://user@host:5432/database"
        ),
        "compare" => "for example: planwise compare before/run.json after/run.json".to_owned(),
        "explain" => {
            "for example: planwise explain plan.txt, or - to read standard input".to_owned()
        }
        _ => return None,
    };
    Some(example)
}

#[cfg(test)]
#[path = "spelling_tests.rs"]
mod tests;
