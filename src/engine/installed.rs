//! Server programs on this machine: where they are and which version they say they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Installation;

/// Folders on the PATH, and those people forget to put there, that hold `program`.
pub(super) fn folders_with(program: &str) -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/usr/bin"];
    let folders = std::env::split_paths(&path).chain(usual.iter().map(PathBuf::from));
    folders.filter(|folder| folder.join(program).is_file()).collect()
}

/// One installation per folder whose `program --version` could be read, newest first. Folders that
/// are the same place by another name count once.
pub(super) fn newest_first(
    folders: impl IntoIterator<Item = PathBuf>,
    program: &str,
    parse: fn(&str) -> Option<String>,
) -> Vec<Installation> {
    let mut seen = BTreeSet::new();
    let mut found: Vec<Installation> = folders
        .into_iter()
        .filter_map(|folder| folder.canonicalize().ok())
        .filter(|folder| seen.insert(folder.clone()))
        .filter_map(|folder| installation(folder, program, parse))
        .collect();
    found.sort_by_key(|installation| std::cmp::Reverse(installation.version_number));
    found
}

fn installation(
    bin_dir: PathBuf,
    program: &str,
    parse: fn(&str) -> Option<String>,
) -> Option<Installation> {
    let version = parse(&output(&bin_dir.join(program), "--version")?)?;
    let version_number = version_number(&version)?;
    Some(Installation { bin_dir, version, version_number })
}

/// Standard output of `program argument`, when it can be run at all.
pub(super) fn output(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `15.18` is `[15, 18]`, `18beta1` is `[18, 0]`, `10.11.14-MariaDB` is `[10, 11]`.
pub(super) fn version_number(version: &str) -> Option<[u32; 2]> {
    let mut parts = version.split('.').map(leading_number);
    let major = parts.next()??;
    Some([major, parts.next().flatten().unwrap_or(0)])
}

fn leading_number(text: &str) -> Option<u32> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..digits)?.parse().ok()
}

/// Percent-encodes everything that a URL's path or query would read as something else.
pub(super) fn url_encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// Quotes a word for a POSIX shell, when it needs quoting.
pub(super) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/=:@%+,".contains(c);
    match !word.is_empty() && word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_whatever_follows_them() {
        assert_eq!(version_number("15.18"), Some([15, 18]));
        assert_eq!(version_number("18beta1"), Some([18, 0]));
        assert_eq!(version_number("10.11.14-MariaDB"), Some([10, 11]));
        assert_eq!(version_number("none"), None);
    }

    #[test]
    fn shell_words_survive_quotes_and_spaces() {
        assert_eq!(shell_word("/tmp/a-b"), "/tmp/a-b");
        assert_eq!(shell_word("it's here"), r"'it'\''s here'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn urls_keep_slashes_and_encode_the_rest() {
        assert_eq!(url_encode("/tmp/a b?c&d%"), "/tmp/a%20b%3Fc%26d%25");
    }
}
