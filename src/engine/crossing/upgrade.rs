//! From one version of MySQL to a newer one, and between MySQL and MariaDB.

use super::changes::{GONE_FUNCTIONS, GONE_SETTINGS, NEW_WORDS};
use super::upgrade_checks;
use crate::engine::migration::{Destination, Inventory, ObjectClass, Point, Severity, ValueKind};
use crate::engine::{ServerInfo, Setting};

pub fn review(
    server: &ServerInfo,
    settings: &[Setting],
    inventory: &Inventory,
    to: &Destination,
) -> Vec<Point> {
    let mut points = Vec::new();
    if server.engine != to.engine {
        between(server, inventory, to, &mut points);
        return points;
    }
    if server.version_number < to.version {
        points.push(statistics(&server.engine));
    }
    if server.engine == "mariadb" {
        accounts(inventory, &mut points, [0, 0], [0, 0]);
        return points;
    }
    let (from, version) = (server.version_number, to.version);
    if version < from {
        points.push(Point::new("older-version", Severity::Blocks, format!("version {}.{} to {}.{}", from[0], from[1], version[0], version[1]), "the target is older than the source: its files cannot be read, and a dump may hold what it does not know", "take the same version or a newer one"));
        return points;
    }
    let passes = |change: [u32; 2]| from < change && change <= version;
    for (name, change, instead) in GONE_SETTINGS {
        let set = settings.iter().find(|s| s.name == name && s.default.as_ref() != Some(&s.value));
        if let (true, Some(setting)) = (passes(change), set) {
            let action = if instead.is_empty() {
                "take it out of the configuration".to_owned()
            } else {
                format!("use {instead}")
            };
            points.push(Point::new("removed-setting", Severity::NeedsWork, format!("{name} = {}", setting.value), format!("version {}.{} has no such setting: a server whose configuration names it does not start", change[0], change[1]), action));
        }
    }
    for (object, name) in names(inventory) {
        for (word, change) in NEW_WORDS {
            if passes(change) && name.eq_ignore_ascii_case(word) {
                points.push(Point::new(
                    "reserved-word",
                    Severity::NeedsWork,
                    object.clone(),
                    format!(
                        "{word} is a reserved word from version {}.{} on",
                        change[0], change[1]
                    ),
                    "quote it with backticks in every query, or rename it",
                ));
            }
        }
    }
    texts(inventory, &mut points, &passes);
    accounts(inventory, &mut points, from, version);
    columns(inventory, &mut points, &passes);
    points.extend(upgrade_checks::review(settings, inventory, &passes));
    if passes([8, 0]) {
        points.push(Point::new("default-collation", Severity::NeedsWork, "character_set_server", "the usual collation becomes utf8mb4_0900_ai_ci, which sorts otherwise and does not ignore trailing blanks: new tables do not join old ones by index", "set collation_server to that of the old tables, or convert them"));
        points.push(Point::new(
            "implicit-sort",
            Severity::NeedsWork,
            "GROUP BY",
            "it does not sort any more from 8.0 on",
            "add ORDER BY where the order is counted on",
        ));
    }
    if passes([8, 4]) {
        points.push(Point::new(
            "replication-words",
            Severity::NeedsWork,
            "SHOW MASTER STATUS, CHANGE MASTER TO, START SLAVE",
            "8.4 knows only SHOW BINARY LOG STATUS, CHANGE REPLICATION SOURCE TO, START REPLICA",
            "change scripts and monitoring",
        ));
    }
    points
}

/// An upgrade in place keeps what the planner goes by; a dump holds less of it.
fn statistics(engine: &str) -> Point {
    let (gone, action) = match engine {
        "mariadb" => (
            "statistics of ANALYZE TABLE … PERSISTENT",
            "ANALYZE TABLE … PERSISTENT FOR ALL after the load, for tables that had them; mariadb-dump --system=stats dumps them",
        ),
        _ => (
            "histograms",
            "ANALYZE TABLE … UPDATE HISTOGRAM after the load, for columns that had one; mysqldump --column-statistics writes these statements",
        ),
    };
    let why = format!(
        "an upgrade in place keeps them; after a dump InnoDB counts rows and distinct values anew by itself, and {gone} are gone"
    );
    Point::new("statistics", Severity::Note, "statistics of the planner", why, action)
}

fn names(inventory: &Inventory) -> Vec<(String, String)> {
    inventory
        .shape
        .tables
        .iter()
        .flat_map(|table| {
            let of = format!("{}.{}", table.name.schema, table.name.name);
            let columns = table
                .columns
                .iter()
                .map(|column| (format!("column {of}.{}", column.name), column.name.clone()))
                .collect::<Vec<_>>();
            columns.into_iter().chain([(format!("table {of}"), table.name.name.clone())])
        })
        .collect()
}

fn texts(inventory: &Inventory, points: &mut Vec<Point>, passes: &dyn Fn([u32; 2]) -> bool) {
    for object in &inventory.objects {
        let Some(definition) =
            object.definition.as_ref().filter(|_| object.class != ObjectClass::Partition)
        else {
            continue;
        };
        let lower = definition.to_lowercase();
        for (call, change, instead) in GONE_FUNCTIONS {
            let called = lower
                .match_indices(call)
                .any(|(at, _)| !lower[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
            if passes(change) && called {
                points.push(Point::new(
                    "removed-function",
                    Severity::Blocks,
                    format!("{}.{}", object.schema, object.name),
                    format!(
                        "it calls {}…), which is gone from {}.{} on",
                        call, change[0], change[1]
                    ),
                    format!("use {instead}"),
                ));
            }
        }
        if passes([8, 0])
            && lower.contains("group by")
            && (lower.contains(" asc") || lower.contains(" desc"))
            && !lower.contains("order by")
        {
            points.push(Point::new(
                "group-by-order",
                Severity::Blocks,
                format!("{}.{}", object.schema, object.name),
                "GROUP BY … ASC or DESC is a syntax error from 8.0 on",
                "use ORDER BY",
            ));
        }
    }
}

fn accounts(inventory: &Inventory, points: &mut Vec<Point>, from: [u32; 2], to: [u32; 2]) {
    for account in inventory.of(ObjectClass::Role) {
        let plugin = account.text("plugin").unwrap_or_default();
        if plugin == "mysql_native_password" && from < [9, 0] && to >= [8, 4] {
            let (severity, why) = match to >= [9, 0] {
                true => (
                    Severity::Blocks,
                    "9.0 has no mysql_native_password: the account cannot log in",
                ),
                false => (
                    Severity::NeedsWork,
                    "8.4 has mysql_native_password switched off: the account cannot log in until it is switched on",
                ),
            };
            points.push(Point::new("login-method", severity, format!("account {}", account.name), why, "ALTER USER … IDENTIFIED WITH caching_sha2_password, after a look at the clients' drivers"));
        }
        if plugin == "sha256_password" && to >= [8, 4] {
            points.push(Point::new(
                "login-method",
                Severity::NeedsWork,
                format!("account {}", account.name),
                "sha256_password is on its way out",
                "ALTER USER … IDENTIFIED WITH caching_sha2_password",
            ));
        }
    }
}

fn columns(inventory: &Inventory, points: &mut Vec<Point>, passes: &dyn Fn([u32; 2]) -> bool) {
    for table in &inventory.shape.tables {
        for column in &table.columns {
            let object =
                format!("column {}.{}.{}", table.name.schema, table.name.name, column.name);
            let floating = matches!(
                column.kind,
                ValueKind::Single | ValueKind::Double | ValueKind::Decimal { .. }
            );
            if passes([8, 4]) && column.numbered && floating {
                points.push(Point::new(
                    "float-auto-increment",
                    Severity::Blocks,
                    object.clone(),
                    "8.4 refuses AUTO_INCREMENT on FLOAT and DOUBLE",
                    "make it an integer",
                ));
            }
            let old = column
                .collation
                .as_ref()
                .is_some_and(|c| c.starts_with("utf8_") || c.starts_with("utf8mb3_"));
            if passes([8, 0]) && old {
                points.push(Point::new("utf8mb3", Severity::Note, object.clone(), "utf8 is the three-byte form, which is deprecated and cannot hold every character", "ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4"));
            }
            if passes([8, 0])
                && matches!(column.kind, ValueKind::Year)
                && column.declared == "year(2)"
            {
                points.push(Point::new(
                    "year-2",
                    Severity::Blocks,
                    object.clone(),
                    "YEAR(2) is gone",
                    "ALTER it to YEAR",
                ));
            }
        }
        for key in &table.foreign_keys {
            let parent = inventory.shape.table(&key.parent);
            let unique = parent.is_some_and(|parent| {
                parent.indexes.iter().any(|index| {
                    index.unique
                        && index.parts == key.parent_columns
                        && index.prefixes.iter().all(|p| *p == 0)
                })
            });
            if passes([8, 4]) && parent.is_some() && !unique {
                points.push(Point::new("foreign-key-parent", Severity::Blocks, format!("{}.{}: {}", table.name.schema, table.name.name, key.name), "8.4 refuses foreign keys to columns that are no whole unique key", "make the parent's columns unique, or set restrict_fk_on_non_standard_key = OFF"));
            }
            if passes([8, 0]) && key.name.chars().count() > 64 {
                points.push(Point::new(
                    "foreign-key-name",
                    Severity::Blocks,
                    key.name.clone(),
                    "names of foreign keys have at most 64 characters",
                    "drop it and create it under a shorter name",
                ));
            }
        }
    }
}

/// From MariaDB to MySQL or back, by a dump.
fn between(server: &ServerInfo, inventory: &Inventory, to: &Destination, points: &mut Vec<Point>) {
    if server.engine == "mysql" {
        for column in inventory
            .shape
            .tables
            .iter()
            .flat_map(|table| &table.columns)
            .filter(|c| c.kind == (ValueKind::Json { parsed: true }))
        {
            points.push(Point::new(
                "json-text",
                Severity::Note,
                format!("column {}", column.name),
                "MariaDB keeps JSON as text with a check",
                "nothing has to be done; compare it as values",
            ));
        }
        return;
    }
    for class in [ObjectClass::Trigger, ObjectClass::Function] {
        for object in inventory.of(class) {
            points.push(Point::new("sql-mode-of-routine", Severity::Blocks, format!("{}.{}", object.schema, object.name), "the dump sets sql_mode NO_AUTO_CREATE_USER before it, which MySQL does not know: loading stops there", "take the word out of the dump: sed 's/,\\?NO_AUTO_CREATE_USER//g'"));
        }
    }
    for sequence in
        inventory.of(ObjectClass::Sequence).filter(|object| object.text("kind") == Some("sequence"))
    {
        points.push(Point::new(
            "sequence",
            Severity::Blocks,
            format!("{}.{}", sequence.schema, sequence.name),
            "MySQL has no sequences",
            "an AUTO_INCREMENT column, or a table that holds the number",
        ));
    }
    for table in &inventory.shape.tables {
        for column in &table.columns {
            let object =
                format!("column {}.{}.{}", table.name.schema, table.name.name, column.name);
            if matches!(column.kind, ValueKind::Uuid | ValueKind::Address) {
                points.push(Point::new(
                    "own-type",
                    Severity::Blocks,
                    object.clone(),
                    format!("MySQL has no type {}", column.declared),
                    "binary(16), or char",
                ));
            }
            if column.default.as_ref().is_some_and(|default| default.contains("uuid()")) {
                points.push(Point::new(
                    "bare-expression-default",
                    Severity::Blocks,
                    object.clone(),
                    "MySQL takes an expression as default only in parentheses",
                    "DEFAULT (uuid())",
                ));
            }
            if column.generated {
                points.push(Point::new(
                    "generated-values",
                    Severity::Blocks,
                    object,
                    "the dump writes values into the generated column, which MySQL refuses",
                    "dump with --complete-insert and the column left out, or load the schema apart",
                ));
            }
        }
    }
    if to.engine == "mysql" && to.version >= [9, 6] {
        texts(inventory, points, &|change| change == [9, 6]);
    }
}
