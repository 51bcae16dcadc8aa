//! The engines this build knows.

use super::Engine;
use super::mysql::{MARIADB, MYSQL};
use super::postgres::Postgres;

/// Every engine, in the order they are named to the user.
pub fn all() -> &'static [&'static dyn Engine] {
    &[&Postgres, &MARIADB, &MYSQL]
}

/// The engine called `name`, in any case.
pub fn by_name(name: &str) -> Option<&'static dyn Engine> {
    all().iter().copied().find(|engine| engine.name().eq_ignore_ascii_case(name))
}

/// The engine that `url` means, by its scheme. A text without a scheme (a `key=value` connection
/// string, or nothing at all) means the first engine.
pub fn for_url(url: &str) -> Option<&'static dyn Engine> {
    match url.split_once("://") {
        Some((scheme, _)) => all().iter().copied().find(|engine| answers_to(*engine, scheme)),
        None => all().first().copied(),
    }
}

/// The names of all engines, for messages: `a, b`.
pub fn names() -> String {
    all().iter().map(|engine| engine.name()).collect::<Vec<_>>().join(", ")
}

/// The schemes of all engines, for messages: `a://, b://`.
pub fn schemes() -> String {
    let schemes = all().iter().flat_map(|engine| engine.schemes());
    schemes.map(|scheme| format!("{scheme}://")).collect::<Vec<_>>().join(", ")
}

fn answers_to(engine: &dyn Engine, scheme: &str) -> bool {
    engine.schemes().iter().any(|own| own.eq_ignore_ascii_case(scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_are_found_by_name_and_by_scheme() {
        let first = all().first().copied().map(Engine::name);
        assert_eq!(by_name("Postgres").map(Engine::name), Some("postgres"));
        assert_eq!(for_url("PostgreSQL://h/d").map(Engine::name), Some("postgres"));
        assert_eq!(for_url("host=h dbname=d").map(Engine::name), first);
        assert_eq!(for_url("").map(Engine::name), first);
        assert!(for_url("oracle://h/d").is_none() && by_name("oracle").is_none());
        assert!(names().contains("postgres") && schemes().contains("postgresql://"));
    }
}
