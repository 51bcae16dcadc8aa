//! Service files: named groups of connection parameters.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::keywords::Keywords;
use crate::bounded;
use crate::engine::{DbError, DbErrorKind};

/// Directories of the system-wide file: Debian's and the usual ones of other builds.
const SYSTEM_DIRS: &[&str] =
    &["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/etc", "/usr/local/pgsql/etc"];

/// The parameters of `service`, from the first file that defines it: the user's, then the system's.
pub fn read(service: &str, environment: &Environment) -> Result<Keywords, DbError> {
    for file in files(environment) {
        let Ok(text) = bounded::read_text(&file, bounded::SMALL) else { continue };
        if let Some(keywords) = section(&text, service, &file)? {
            return Ok(keywords);
        }
    }
    let searched: Vec<String> =
        files(environment).iter().map(|f| f.display().to_string()).collect();
    Err(DbError::new(DbErrorKind::BadTarget, format!("service \"{service}\" is not defined"))
        .with_remedy(format!("add [{service}] to one of {}", searched.join(", "))))
}

fn files(environment: &Environment) -> Vec<PathBuf> {
    let own = match environment.variable("PGSERVICEFILE") {
        Some(file) => Some(PathBuf::from(file)),
        None => environment.in_home(".pg_service.conf"),
    };
    let system: Vec<PathBuf> = match environment.variable("PGSYSCONFDIR") {
        Some(dir) => vec![PathBuf::from(dir)],
        None => SYSTEM_DIRS.iter().map(PathBuf::from).collect(),
    };
    own.into_iter().chain(system.into_iter().map(|dir| dir.join("pg_service.conf"))).collect()
}

/// The pairs below `[service]`, or `None` when the file has no such section.
fn section(text: &str, service: &str, file: &Path) -> Result<Option<Keywords>, DbError> {
    let mut found: Option<Keywords> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if name.strip_suffix(']') == Some(service) {
                found = Some(Keywords::default());
            }
            continue;
        }
        if let Some(keywords) = &mut found {
            read_pair(keywords, line, &format!("{}:{}", file.display(), number + 1))?;
        }
    }
    Ok(found)
}

fn read_pair(keywords: &mut Keywords, line: &str, place: &str) -> Result<(), DbError> {
    let Some((keyword, value)) = line.split_once('=') else {
        let message = format!("{place}: a line of a service must read keyword=value");
        return Err(DbError::new(DbErrorKind::BadTarget, message));
    };
    if keyword.trim() == "service" {
        let message = format!("{place}: a service cannot name another service");
        return Err(DbError::new(DbErrorKind::BadTarget, message));
    }
    // The first of two equal keywords holds, as in libpq.
    if keywords.get(keyword.trim()).is_none() {
        keywords.set(keyword.trim(), value.trim().to_owned(), place)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> (tempfile::TempDir, Environment) {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("services");
        std::fs::write(&file, text).unwrap();
        let mut environment = Environment::default();
        environment.variables.insert("PGSERVICEFILE".into(), file.display().to_string());
        environment.variables.insert("PGSYSCONFDIR".into(), dir.path().display().to_string());
        (dir, environment)
    }

    #[test]
    fn the_named_section_only() {
        let (_dir, environment) =
            with_file("# c\n[a]\nhost=ha\n\n[b]\nhost=hb\nport=5555\nhost=later\n[c]\nport=1\n");
        let keywords = read("b", &environment).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((keywords.get("host"), keywords.get("port")), (Some("hb"), Some("5555")));
        let error = read("missing", &environment).err().unwrap();
        assert!(error.to_string().contains("\"missing\" is not defined"), "{error}");
    }

    #[test]
    fn the_system_file_serves_when_the_own_one_does_not_define_it() {
        let (dir, environment) = with_file("[other]\nhost=x\n");
        std::fs::write(dir.path().join("pg_service.conf"), "[site]\nhost=central\n").unwrap();
        let keywords = read("site", &environment).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(keywords.get("host"), Some("central"));
    }

    #[test]
    fn faults_name_file_and_line_but_no_value() {
        for (text, expected) in [
            ("[a]\npassword s3cret\n", "services:2"),
            ("[a]\nhost=h\npasswort=s3cret\n", "services:3"),
            ("[a]\nservice=s3cret\n", "services:2"),
        ] {
            let (_dir, environment) = with_file(text);
            let error = read("a", &environment).err().unwrap().to_string();
            assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
        }
    }
}
