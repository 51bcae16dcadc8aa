//! The client commands (`\…`) that scripts for psql contain.

/// What a command asks of the loader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Continue in this database.
    Connect(String),
    /// About psql's own output or behaviour: nothing to do.
    Ignore,
    /// `\q`: the rest of the file is not meant to run.
    Quit,
    /// It would do something that is not done here. Why, as a clause.
    Refuse(&'static str),
}

/// Takes `\name arguments` apart.
pub fn read(text: &str) -> Command {
    let mut words = words(text).into_iter();
    let name = words.next().unwrap_or_default();
    match name.as_str() {
        // psql takes no semicolon for part of a name.
        r"\connect" | r"\c" => {
            connect(words.map(|word| word.trim_end_matches(';').to_owned()).collect())
        }
        r"\restrict" | r"\unrestrict" | r"\echo" | r"\qecho" | r"\warn" | r"\pset" | r"\timing"
        | r"\x" | r"\a" | r"\t" | r"\encoding" | r"\errverbose" | r"\." | r"\conninfo"
        | r"\unset" => Command::Ignore,
        r"\set" => set(words.next()),
        r"\q" | r"\quit" => Command::Quit,
        r"\i" | r"\ir" | r"\include" | r"\include_relative" => {
            Command::Refuse("name the other file itself with --load")
        }
        r"\copy" => Command::Refuse("load the CSV file itself, or use COPY … FROM stdin"),
        r"\!" | r"\o" | r"\w" | r"\cd" => Command::Refuse("it reaches outside the database"),
        r"\if" | r"\elif" | r"\else" | r"\endif" => Command::Refuse("conditions are not evaluated"),
        _ => Command::Refuse("only plain SQL, COPY data and \\connect are carried out"),
    }
}

/// psql's own variables are in capitals. Others are for substitution, which is not done.
fn set(variable: Option<String>) -> Command {
    let own = variable.is_none_or(|name| !name.chars().any(|c| c.is_ascii_lowercase()));
    match own {
        true => Command::Ignore,
        false => Command::Refuse("variables are not substituted: write the value into the script"),
    }
}

/// `\connect name`, `\connect -reuse-previous=on "dbname='name'"`, `\connect - user`.
fn connect(arguments: Vec<String>) -> Command {
    let mut names = arguments.into_iter().filter(|word| !word.starts_with("-reuse-previous"));
    match names.next().as_deref() {
        None | Some("-" | "") => Command::Ignore,
        Some(text) if text.contains("://") => {
            Command::Refuse("a script cannot choose another server")
        }
        Some(text) => match text.split_once("dbname=") {
            Some((before, value)) if before.trim().is_empty() => Command::Connect(unquoted(value)),
            Some(_) => Command::Refuse("a script cannot choose another server"),
            None => Command::Connect(text.to_owned()),
        },
    }
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''));
    inner.unwrap_or(value).replace(r"\'", "'").replace(r"\\", r"\")
}

/// Words as psql reads them: `"…"` and `'…'` may hold spaces, a doubled quote stands for itself.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut current: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some(open) if c == open && chars.peek() == Some(&open) => {
                current.get_or_insert_default().extend(chars.next());
            }
            Some(open) if c == open => quote = None,
            Some(_) => current.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                current.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(current.take()),
            None => current.get_or_insert_default().push(c),
        }
    }
    words.extend(current);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_to_connect_to() {
        let to = |name: &str| Command::Connect(name.to_owned());
        assert_eq!(read(r"\connect shop"), to("shop"));
        assert_eq!(read(r#"\c "my ""shop""""#), to(r#"my "shop""#));
        assert_eq!(read(r#"\connect -reuse-previous=on "dbname='it\'s'""#), to("it's"));
        assert_eq!(read(r"\c shop;"), to("shop"));
        assert_eq!(read(r"\connect shop ;"), to("shop"));
        assert_eq!(read(r"\c ;"), Command::Ignore);
        assert_eq!(read(r"\connect - bob"), Command::Ignore);
        assert!(matches!(read(r"\connect postgres://other/x"), Command::Refuse(_)));
        assert!(matches!(read(r#"\connect "host=evil dbname=x""#), Command::Refuse(_)));
    }

    #[test]
    fn harmless_ones_are_ignored_and_others_refused() {
        for text in
            [r"\restrict abc", r"\unrestrict abc", r"\echo hello", r"\set ON_ERROR_STOP on", r"\."]
        {
            assert_eq!(read(text), Command::Ignore, "{text}");
        }
        for text in [
            r"\i other.sql",
            r"\! rm -rf /",
            r"\copy t from 'x'",
            r"\gset",
            r"\set id 5",
            r"\if true",
        ] {
            assert!(matches!(read(text), Command::Refuse(_)), "{text}");
        }
        assert_eq!(read(r"\q"), Command::Quit);
    }
}
