//! The password file: `host:port:database:user:password` lines.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::bounded;

/// What a line is matched against.
#[derive(Debug, Clone, Copy)]
pub struct Login<'a> {
    pub host: &'a str,
    pub port: u16,
    pub database: &'a str,
    pub user: &'a str,
}

/// What the file gave.
#[derive(PartialEq, Eq)]
pub enum Lookup {
    Password(String),
    /// No file, or no line for this login.
    Nothing,
    /// The file is there and must not be used. Why, as a sentence.
    Unusable(String),
}

/// Looks `login` up in `file`. A file that others can read is not used, as in libpq.
pub fn look_up(file: &Path, login: Login<'_>) -> Lookup {
    let Ok(metadata) = std::fs::metadata(file) else { return Lookup::Nothing };
    if !metadata.is_file() {
        return Lookup::Unusable(format!("{} is not a plain file", file.display()));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Lookup::Unusable(format!(
            "the password file {0} was not used, because others can read it: chmod 0600 {0}",
            file.display()
        ));
    }
    match bounded::read_text(file, bounded::SMALL) {
        Ok(text) => find(&text, login).map_or(Lookup::Nothing, Lookup::Password),
        Err(error) => Lookup::Unusable(format!("{} cannot be read: {error}", file.display())),
    }
}

fn find(text: &str, login: Login<'_>) -> Option<String> {
    let port = login.port.to_string();
    let wanted = [login.host, &port, login.database, login.user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let (fields, password) = split(line.trim_end_matches('\r'))?;
        let matches = |(field, wanted): (&String, &&str)| field == "*" || field == wanted;
        fields.iter().zip(&wanted).all(matches).then_some(password)
    })
}

/// Four fields and the password, with `\:` and `\\` resolved.
fn split(line: &str) -> Option<(Vec<String>, String)> {
    let mut fields = vec![String::new()];
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        // A colon in the password needs no escape.
        if c == ':' && fields.len() < 5 {
            fields.push(String::new());
            continue;
        }
        let c = if c == '\\' { chars.next() } else { Some(c) };
        fields.last_mut()?.extend(c);
    }
    let password = (fields.len() == 5).then(|| fields.pop())??;
    (!password.is_empty()).then_some((fields, password))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGIN: Login<'_> = Login { host: "db.example", port: 5432, database: "shop", user: "al" };

    fn found(text: &str) -> Option<String> {
        find(text, LOGIN)
    }

    #[test]
    fn the_first_matching_line_holds() {
        let text = "# db.example:5432:shop:al:commented\nother:*:*:*:no\ndb.example:*:shop:*:yes\n*:*:*:*:later\n";
        assert_eq!(found(text).as_deref(), Some("yes"));
        assert_eq!(found("db.example:5433:shop:al:no"), None);
    }

    #[test]
    fn escapes_and_colons() {
        assert_eq!(found(r"*:*:*:al:a\:b\\c").as_deref(), Some(r"a:b\c"));
        assert_eq!(found("*:*:*:al:a:b").as_deref(), Some("a:b"));
        let login = Login { host: "fe80::1", ..LOGIN };
        assert_eq!(find(r"fe80\:\:1:5432:shop:al:six", login).as_deref(), Some("six"));
        assert_eq!(found("too:few:fields"), None);
    }

    #[test]
    fn a_file_that_others_can_read_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pgpass");
        std::fs::write(&file, "*:*:*:*:secret\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        mode(0o640);
        let Lookup::Unusable(reason) = look_up(&file, LOGIN) else { panic!("it was used") };
        assert!(reason.contains("chmod 0600") && !reason.contains("secret"), "{reason}");
        mode(0o600);
        assert!(look_up(&file, LOGIN) == Lookup::Password("secret".into()));
        assert!(look_up(&dir.path().join("none"), LOGIN) == Lookup::Nothing);
    }
}
