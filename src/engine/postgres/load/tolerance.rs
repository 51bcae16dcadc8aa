//! Failures of a dump that do not matter where it is loaded: other owners, other extensions, another version.

use super::statement::Statement;
use crate::engine::DbError;

/// One rule: statements that begin with one of `begins`, and fail with one of `codes`, are passed over.
struct Rule {
    begins: &'static [&'static str],
    /// The statement must also contain these words in a row; empty: need not.
    contains: &'static str,
    codes: &'static [&'static str],
    /// What the report says; the server's message follows.
    reason: &'static str,
}

const MISSING_OBJECT: &str = "42704";
const NO_RIGHT: &str = "42501";

const RULES: &[Rule] = &[
    Rule {
        begins: &["alter"],
        contains: "owner to",
        codes: &[MISSING_OBJECT, NO_RIGHT],
        reason: "owners are left as they are",
    },
    Rule {
        begins: &["grant", "revoke", "alter default privileges"],
        contains: "",
        codes: &[MISSING_OBJECT, NO_RIGHT, "0LP01"],
        reason: "privileges are left as they are",
    },
    Rule {
        begins: &["set session authorization", "set role"],
        contains: "",
        codes: &[MISSING_OBJECT, "22023", NO_RIGHT],
        reason: "everything is loaded as the current user",
    },
    Rule {
        begins: &["create extension"],
        contains: "",
        codes: &["0A000", "58P01", "22023", NO_RIGHT, "42710"],
        reason: "an extension is not available here",
    },
    Rule {
        begins: &["comment on extension", "alter extension"],
        contains: "",
        codes: &[MISSING_OBJECT, NO_RIGHT],
        reason: "an extension is not available here",
    },
    Rule {
        begins: &["set", "reset"],
        contains: "",
        codes: &[MISSING_OBJECT, NO_RIGHT],
        reason: "a parameter is not known to this server",
    },
    Rule {
        begins: &["set default_tablespace", "set default_table_access_method"],
        contains: "",
        codes: &["22023"],
        reason: "tablespaces and access methods are left at their default",
    },
    Rule {
        begins: &["comment on schema", "comment on database", "security label"],
        contains: "",
        codes: &[NO_RIGHT, "22023", "3D000"],
        reason: "comments of others' objects are left as they are",
    },
    Rule {
        begins: &["create schema"],
        contains: "",
        codes: &["42P06"],
        reason: "a schema is there already",
    },
    Rule {
        begins: &[
            "create language",
            "create or replace language",
            "create procedural",
            "create trusted",
        ],
        contains: "",
        codes: &["42710", "0A000", "58P01", NO_RIGHT],
        reason: "a language is there already, or not available here",
    },
    Rule {
        begins: &["create role", "create user", "create group"],
        contains: "",
        codes: &["42710", NO_RIGHT, "42939"],
        reason: "a role is there already, or is not created here",
    },
    Rule {
        begins: &[
            "create event trigger",
            "alter event trigger",
            "comment on event trigger",
            "drop event trigger",
        ],
        contains: "",
        codes: &[MISSING_OBJECT, NO_RIGHT, "42883"],
        reason: "event triggers are left out: they need a superuser",
    },
    Rule {
        begins: &[
            "create publication",
            "alter publication",
            "comment on publication",
            "create subscription",
            "alter subscription",
            "comment on subscription",
        ],
        contains: "",
        codes: &[MISSING_OBJECT, NO_RIGHT],
        reason: "replication is left out",
    },
    Rule {
        begins: &[
            "create access method",
            "create foreign data",
            "create server",
            "create user mapping",
            "create foreign table",
            "create operator class",
            "create operator family",
            "create transform",
            "create text search template",
            "create text search parser",
            "create tablespace",
            "alter system",
            "alter server",
            "checkpoint",
            "load",
        ],
        contains: "",
        codes: &[NO_RIGHT, MISSING_OBJECT],
        reason: "what needs a superuser, or a file or program of the server, is left out",
    },
    Rule {
        begins: &["drop extension", "drop role", "drop user", "drop group", "comment on role"],
        contains: "",
        codes: &[NO_RIGHT, MISSING_OBJECT],
        reason: "extensions and roles are left as they are",
    },
    Rule {
        begins: &["alter table"],
        contains: "foreign key",
        codes: &["23503"],
        reason: "a constraint that only checks is left out, because the data break it",
    },
    Rule {
        begins: &["alter table"],
        contains: "check",
        codes: &["23514"],
        reason: "a constraint that only checks is left out, because the data break it",
    },
    Rule {
        begins: &["create database"],
        contains: "",
        codes: &["42P04"],
        reason: "a database is there already",
    },
    Rule {
        begins: &["alter database", "alter role", "alter user", "alter group"],
        contains: "",
        codes: &["3D000", MISSING_OBJECT, NO_RIGHT],
        reason: "settings of databases and roles are left as they are",
    },
];

/// What may fail in one script, which depends on what has been passed over already.
pub struct Tolerance {
    server_major: u32,
    /// Of the server that the script says it was dumped from.
    origin_major: Option<u32>,
    /// Names of what was left out because this server is older.
    left_out: Vec<String>,
}

/// What holds no rows: without it, the data and every other query are as they were.
const WITHOUT_DATA: &[&str] = &[
    "create view",
    "create or replace view",
    "create function",
    "create or replace function",
    "create procedure",
];

/// The grammar, a function, a type or a feature that this server does not have.
const UNKNOWN_HERE: &[&str] = &["42601", "42883", "42704", "0A000"];

/// What refers to something left out.
const MISSING: &[&str] = &["42P01", "42883", MISSING_OBJECT];

impl Tolerance {
    pub fn new(server_major: u32) -> Self {
        Tolerance { server_major, origin_major: None, left_out: Vec::new() }
    }

    /// Looks for `-- Dumped from database version 17.0`, which dumps begin with.
    pub fn read_comment(&mut self, line: &[u8]) {
        let Some(version) = line.strip_prefix(b"-- Dumped from database version ") else { return };
        let digits = version.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let major = version.get(..digits).and_then(|text| std::str::from_utf8(text).ok());
        self.origin_major = major.and_then(|text| text.parse().ok());
    }

    /// Whether a failure of this statement could be passed over: inside a transaction it then needs a savepoint.
    pub fn may_fail(&self, statement: &Statement<'_>) -> bool {
        self.is_too_new(statement)
            || is_function(statement)
            || self.refers_to_left_out(statement)
            || RULES.iter().any(|rule| rule.is_about(statement))
    }

    /// Why `error` does not matter, or `None` when it does.
    pub fn pass_over(&mut self, statement: &Statement<'_>, error: &DbError) -> Option<String> {
        let code = error.sqlstate.as_deref()?;
        if self.is_too_new(statement) && UNKNOWN_HERE.contains(&code) {
            return Some(self.leave_out(statement, error));
        }
        if lacks_language(statement, error) {
            return Some(self.leave_out_language(statement, error));
        }
        if self.refers_to_left_out(statement) && MISSING.contains(&code) {
            return Some("what belongs to an object left out is left out with it".to_owned());
        }
        let rule =
            RULES.iter().find(|rule| rule.is_about(statement) && rule.codes.contains(&code))?;
        Some(format!("{} ({})", rule.reason, error.message))
    }

    fn leave_out(&mut self, statement: &Statement<'_>, error: &DbError) -> String {
        let name = statement.created().unwrap_or_default();
        let origin = self.origin_major.unwrap_or_default();
        let reason = format!(
            "{name} is left out: it was dumped from version {origin}, and this server, version {}, refuses it ({})",
            self.server_major, error.message
        );
        self.left_out.push(name);
        reason
    }

    fn leave_out_language(&mut self, statement: &Statement<'_>, error: &DbError) -> String {
        self.left_out.extend(statement.created());
        format!(
            "functions in languages that reach outside the database are left out ({})",
            error.message
        )
    }

    fn is_too_new(&self, statement: &Statement<'_>) -> bool {
        let newer = self.origin_major.is_some_and(|origin| origin > self.server_major);
        newer
            && WITHOUT_DATA.iter().any(|words| statement.begins(words))
            && statement.created().is_some()
    }

    fn refers_to_left_out(&self, statement: &Statement<'_>) -> bool {
        let about = [
            "alter",
            "comment on",
            "grant",
            "revoke",
            "create view",
            "create rule",
            "create trigger",
        ];
        about.iter().any(|words| statement.begins(words))
            && self.left_out.iter().any(|name| statement.text.contains(name.as_str()))
    }
}

fn is_function(statement: &Statement<'_>) -> bool {
    let begins = [
        "create function",
        "create or replace function",
        "create procedure",
        "create or replace procedure",
    ];
    begins.iter().any(|words| statement.begins(words))
}

/// A language that only a superuser may write in, or that is not there because its extension may not be created.
fn lacks_language(statement: &Statement<'_>, error: &DbError) -> bool {
    let code = error.sqlstate.as_deref();
    let message = &error.message;
    let refused = code == Some(NO_RIGHT) && message.contains("permission denied for language");
    let missing = code == Some(MISSING_OBJECT) && message.starts_with("language ");
    is_function(statement) && (refused || missing)
}

impl Rule {
    fn is_about(&self, statement: &Statement<'_>) -> bool {
        let begins = self.begins.iter().any(|words| statement.begins(words));
        begins && (self.contains.is_empty() || statement.after(self.contains).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DbErrorKind;

    fn failing(code: &str) -> DbError {
        DbError { sqlstate: Some(code.into()), ..DbError::new(DbErrorKind::Syntax, "why") }
    }

    fn tolerated(sql: &str, code: &str) -> bool {
        Tolerance::new(15).pass_over(&Statement::new(sql), &failing(code)).is_some()
    }

    #[test]
    fn what_a_dump_may_miss_is_passed_over() {
        for (sql, code) in [
            ("ALTER TABLE public.\"x y\" OWNER TO app", "42704"),
            (
                "ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s GRANT SELECT ON TABLES TO x",
                "42704",
            ),
            ("GRANT ALL ON SCHEMA public TO app", "42704"),
            ("CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public", "0A000"),
            ("COMMENT ON EXTENSION postgis IS 'x'", "42704"),
            ("SET transaction_timeout = 0", "42704"),
            ("COMMENT ON SCHEMA public IS 'standard'", "42501"),
            ("CREATE SCHEMA public", "42P06"),
            ("CREATE PROCEDURAL LANGUAGE plpgsql", "42710"),
            ("ALTER TABLE ONLY s.a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES s.b(id)", "23503"),
            ("ALTER TABLE s.a ADD CONSTRAINT c CHECK ((b > 0)) NOT VALID", "23514"),
        ] {
            assert!(tolerated(sql, code), "{sql}");
            assert!(Tolerance::new(15).may_fail(&Statement::new(sql)), "{sql}");
        }
    }

    #[test]
    fn everything_else_stops() {
        for (sql, code) in [
            ("ALTER TABLE t ADD COLUMN c missing_type", "42704"),
            ("CREATE TABLE t (c missing_type)", "42704"),
            ("GRANT SELECT ON missing TO public", "42P01"),
            ("CREATE SCHEMA x", "42501"),
            ("INSERT INTO t VALUES (1)", "23505"),
            ("ALTER TABLE ONLY a ADD CONSTRAINT a_key UNIQUE (b)", "23505"),
            ("INSERT INTO a VALUES (1)", "23503"),
            ("SELECT 1", "42704"),
        ] {
            assert!(!tolerated(sql, code), "{sql}");
        }
    }

    #[test]
    fn a_view_that_only_a_newer_server_knows_is_left_out_with_what_belongs_to_it() {
        let view = Statement::new("CREATE VIEW public.\"a b\" AS SELECT new_syntax");
        let owner = Statement::new("ALTER VIEW public.\"a b\" OWNER TO postgres");
        let mut same = Tolerance::new(17);
        same.read_comment(b"-- Dumped from database version 17.0\n");
        assert_eq!(same.pass_over(&view, &failing("42601")), None);
        let mut older = Tolerance::new(15);
        assert_eq!(older.pass_over(&view, &failing("42601")), None);
        older.read_comment(b"-- Dumped from database version 17.0\n");
        assert_eq!(older.pass_over(&owner, &failing("42P01")), None);
        let reason = older.pass_over(&view, &failing("42601")).unwrap();
        assert!(reason.contains("public.\"a b\"") && reason.contains("version 17"), "{reason}");
        assert!(older.may_fail(&owner) && older.pass_over(&owner, &failing("42P01")).is_some());
        let table = Statement::new("CREATE TABLE t (a int)");
        assert_eq!(older.pass_over(&table, &failing("42601")), None);
    }
}
