//! Connection strings taken apart: `postgres://…` URLs and `key=value` lists.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use crate::engine::{DbError, DbErrorKind};

/// Keyword and value, as libpq names them. Values may be secrets: no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Keywords(BTreeMap<String, String>);

/// Keywords that are understood.
const KNOWN: &[&str] = &[
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "load_balance_hosts",
    "options",
    "passfile",
    "password",
    "port",
    "service",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslrootcert",
    "sslsni",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// Keywords of libpq that change nothing here: Kerberos is not used, compression is long gone.
const IGNORED: &[&str] = &[
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "krbsrvname",
    "sslcertmode",
    "sslcompression",
];

impl Keywords {
    /// Reads a URL, a `key=value` list, or nothing at all.
    pub fn parse(text: &str) -> Result<Self, DbError> {
        let text = text.trim();
        let mut keywords = Keywords::default();
        if let Some((_, rest)) = text.split_once("://") {
            keywords.read_url(rest)?;
        } else {
            keywords.read_pairs(text)?;
        }
        Ok(keywords)
    }

    pub fn get(&self, keyword: &str) -> Option<&str> {
        self.0.get(keyword).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether it was given, be it empty.
    pub fn has(&self, keyword: &str) -> bool {
        self.0.contains_key(keyword)
    }

    /// Sets a keyword after checking that it is one. `place` names where it was found.
    pub fn set(&mut self, keyword: &str, value: String, place: &str) -> Result<(), DbError> {
        // JDBC's spelling, common in the wild; libpq accepts it in URLs too.
        if keyword == "ssl" && value == "true" {
            return self.set("sslmode", "require".to_owned(), place);
        }
        if IGNORED.contains(&keyword) {
            return Ok(());
        }
        if !KNOWN.contains(&keyword) {
            return Err(unknown(keyword, place));
        }
        self.0.insert(keyword.to_owned(), value);
        Ok(())
    }

    /// Takes over what `other` has and this does not.
    pub fn fill_from(&mut self, other: Keywords) {
        for (keyword, value) in other.0 {
            self.0.entry(keyword).or_insert(value);
        }
    }

    fn read_url(&mut self, rest: &str) -> Result<(), DbError> {
        let (rest, query) = split_optional(rest, '?');
        // `user:pass?word@host`: whatever followed would show pieces of a password in messages.
        if !rest.contains('@') && query.is_some_and(|query| query.contains('@')) {
            return Err(no_pairs());
        }
        let (authority, database) = split_optional(rest, '/');
        let hosts = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => {
                let (user, password) = split_optional(credentials, ':');
                self.decoded("user", Some(user))?;
                self.decoded("password", password)?;
                hosts
            }
            None => authority,
        };
        self.read_hosts(hosts)?;
        self.decoded("dbname", database)?;
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (keyword, value) =
                pair.split_once('=').ok_or_else(|| bad("a parameter in the URL has no value"))?;
            self.set(&decode(keyword, keyword)?, decode(value, keyword)?, "the URL")?;
        }
        Ok(())
    }

    /// `host1:1,host2,[::1]:2` → the comma-separated lists that the keywords `host` and `port` hold.
    fn read_hosts(&mut self, text: &str) -> Result<(), DbError> {
        if text.is_empty() {
            return Ok(());
        }
        let split: Vec<(&str, &str)> = text.split(',').map(split_port).collect::<Result<_, _>>()?;
        let hosts: Vec<&str> = split.iter().map(|(host, _)| *host).collect();
        let ports: Vec<&str> = split.iter().map(|(_, port)| *port).collect();
        if hosts.iter().any(|host| !host.is_empty()) {
            self.decoded("host", Some(&hosts.join(",")))?;
        }
        if ports.iter().any(|port| !port.is_empty()) {
            self.decoded("port", Some(&ports.join(",")))?;
        }
        Ok(())
    }

    fn decoded(&mut self, keyword: &str, value: Option<&str>) -> Result<(), DbError> {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.0.insert(keyword.to_owned(), decode(value, keyword)?);
        }
        Ok(())
    }

    /// `key = 'value with \' quote' other=plain`.
    fn read_pairs(&mut self, text: &str) -> Result<(), DbError> {
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (keyword, after) = rest.split_once('=').ok_or_else(no_pairs)?;
            let keyword = keyword.trim();
            if keyword.is_empty() || keyword.contains(char::is_whitespace) {
                return Err(no_pairs());
            }
            let (value, after) = read_value(after.trim_start(), keyword)?;
            self.set(keyword, value, "the connection string")?;
            rest = after.trim_start();
        }
        Ok(())
    }
}

/// One value, quoted or not, and what follows it.
fn read_value<'a>(text: &'a str, keyword: &str) -> Result<(String, &'a str), DbError> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut chars = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, text.get(at + 1..).unwrap_or_default())),
            c if !quoted && c.is_whitespace() => {
                return Ok((value, text.get(at..).unwrap_or_default()));
            }
            c => value.push(c),
        }
    }
    if quoted {
        return Err(bad(format!("the quoted value of {keyword} has no closing quote")));
    }
    Ok((value, ""))
}

fn split_optional(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn split_port(text: &str) -> Result<(&str, &str), DbError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest
            .split_once(']')
            .ok_or_else(|| bad("an IPv6 address in the URL has no closing bracket"))?;
        return Ok((address, after.strip_prefix(':').unwrap_or_default()));
    }
    let (host, port) = split_optional(text, ':');
    Ok((host, port.unwrap_or_default()))
}

fn decode(text: &str, keyword: &str) -> Result<String, DbError> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(|text| text.into_owned())
        .map_err(|_| bad(format!("the value of {keyword} in the URL is not UTF-8")))
}

fn unknown(keyword: &str, place: &str) -> DbError {
    bad(format!("{place} has the keyword \"{keyword}\", which planwise does not know")).with_remedy(
        "leave it out; libpq's keywords are listed in its documentation, section 34.1.2",
    )
}

fn no_pairs() -> DbError {
    bad("the connection string is neither a URL nor a list of key=value pairs").with_remedy(
        "postgres://user@host:5432/database, or host=… dbname=… user=… (a password with special \
         characters must be percent-encoded in a URL)",
    )
}

fn bad(message: impl Into<String>) -> DbError {
    DbError::new(DbErrorKind::BadTarget, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Keywords {
        Keywords::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_url_with_everything() {
        let keywords = parsed(
            "postgresql://al%40ice:p%3Aw%2F@h1:1,h2:2/my%20db?sslmode=verify-full&options=-c%20x%3D1",
        );
        assert_eq!(keywords.get("user"), Some("al@ice"));
        assert_eq!(keywords.get("password"), Some("p:w/"));
        assert_eq!(keywords.get("host"), Some("h1,h2"));
        assert_eq!(keywords.get("port"), Some("1,2"));
        assert_eq!(keywords.get("dbname"), Some("my db"));
        assert_eq!(keywords.get("sslmode"), Some("verify-full"));
        assert_eq!(keywords.get("options"), Some("-c x=1"));
    }

    #[test]
    fn sockets_and_ipv6_in_urls() {
        assert_eq!(parsed("postgres://%2Frun%2Fpg/db").get("host"), Some("/run/pg"));
        assert_eq!(parsed("postgres:///db?host=/run/pg").get("host"), Some("/run/pg"));
        let v6 = parsed("postgres://[::1]:5433,b/db");
        assert_eq!((v6.get("host"), v6.get("port")), (Some("::1,b"), Some("5433,")));
        assert_eq!(parsed("postgres://u:p@w@h/d").get("password"), Some("p@w"));
    }

    #[test]
    fn pairs_with_quotes_and_escapes() {
        let keywords = parsed(r"host = a  password='it\'s \\ here' dbname=x\ y user=''");
        assert_eq!(keywords.get("password"), Some(r"it's \ here"));
        assert_eq!(keywords.get("dbname"), Some("x y"));
        assert_eq!(keywords.get("user"), None);
    }

    #[test]
    fn nothing_is_valid_and_means_the_environment() {
        assert!(parsed("").0.is_empty());
    }

    #[test]
    fn mistakes_are_named_without_their_values() {
        for (text, expected) in [
            ("postgres://h/d?sslmod=s3cret", "\"sslmod\""),
            ("host=h pasword=s3cret", "\"pasword\""),
            ("password='s3cret", "closing quote"),
            ("s3cret", "neither a URL"),
            ("postgres://u:s3cret@[::1/d", "closing bracket"),
            ("postgres://u:pass?s3cret=1@h/d", "percent-encoded"),
        ] {
            let error = Keywords::parse(text).err().expect(text);
            assert_eq!(error.kind, DbErrorKind::BadTarget);
            assert!(error.to_string().contains(expected), "{error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,60}") {
            let _ = Keywords::parse(&text);
            let _ = Keywords::parse(&format!("postgres://{text}"));
        }
    }
}
