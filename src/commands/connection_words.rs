//! The options of database clients on a command line, put together as the URL that planwise takes.

use std::ffi::OsString;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// What was typed; never a password.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    host: Option<String>,
    port: Option<String>,
    user: Option<String>,
    database: Option<String>,
}

impl Typed {
    pub fn of(words: &[OsString]) -> Typed {
        let mut typed = Typed::default();
        let mut words = words.iter().skip(1).filter_map(|word| word.to_str());
        while let Some(word) = words.next() {
            let (name, inline) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            let Some(place) = typed.place(name) else { continue };
            let value = inline.or_else(|| words.next());
            // A whole URL may hold a password.
            let plain = |value: &&str| !value.contains("://") && !value.contains('=');
            *place = value.filter(plain).map(str::to_owned);
        }
        typed
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "-h" | "--host" | "--hostname" | "--socket" => Some(&mut self.host),
            "-p" | "-P" | "--port" => Some(&mut self.port),
            "-U" | "-u" | "--user" | "--username" => Some(&mut self.user),
            "-d" | "--dbname" | "--database" => Some(&mut self.database),
            _ => None,
        }
    }

    /// With a word in capitals for what was not typed and is needed.
    pub fn url(&self, scheme: &str) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let or = |typed: &Option<String>, otherwise: &str| {
            typed.as_deref().map_or(otherwise.to_owned(), encoded)
        };
        // What is no number was no port: several clients take a password behind `-p`.
        let is_number =
            |port: &&String| port.chars().all(|c| c.is_ascii_digit()) && !port.is_empty();
        let port = self.port.as_ref().filter(is_number);
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        let host = match &self.host {
            Some(host) if host.starts_with('/') => encoded(host),
            Some(host) => {
                host.chars().filter(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(*c)).collect()
            }
            None => "localhost".to_owned(),
        };
        let (user, database) = (or(&self.user, "USER"), or(&self.database, "DATABASE"));
        format!("{scheme}://{user}@{host}{port}/{database}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(words: &str) -> String {
        let words: Vec<OsString> = words.split(' ').map(OsString::from).collect();
        Typed::of(&words).url("db")
    }

    #[test]
    fn what_was_typed_is_kept() {
        assert_eq!(url("p run w.sql -h db1 -p 5433 -U me -d shop"), "db://me@db1:5433/shop");
        assert_eq!(url("p run --host=db1 --user me"), "db://me@db1/DATABASE");
        assert_eq!(url("p run -h /run/db"), "db://USER@%2Frun%2Fdb/DATABASE");
        assert_eq!(url("p run -U a@b -d x/y"), "db://a%40b@localhost/x%2Fy");
    }

    #[test]
    fn a_password_is_never_repeated() {
        for words in [
            "p run --password s3cret",
            "p run -ps3cret",
            "p run -p s3cret",
            "p run -W s3cret",
            "p run -d db://u:s3cret@h/d",
            "p run -U password=s3cret",
        ] {
            assert!(!url(words).contains("s3cret"), "{words}");
        }
    }
}
