//! Views, routines, events, accounts and settings that PostgreSQL has otherwise or not at all.

use crate::engine::Setting;
use crate::engine::migration::{Inventory, ObjectClass, Point, Severity};

pub fn review(settings: &[Setting], inventory: &Inventory) -> Vec<Point> {
    let mut points = Vec::new();
    let mut each = |class, id: &str, severity, what: &str, why: &str, action: &str| {
        for object in inventory.of(class) {
            let name = format!("{what} {}.{}", object.schema, object.name);
            points.push(Point::new(id, severity, name, why, action));
        }
    };
    each(
        ObjectClass::View,
        "view",
        Severity::NeedsWork,
        "view",
        "loaders leave views out without a word, and its query is in this dialect",
        "CREATE VIEW again with the query translated; its DEFINER becomes the owner",
    );
    each(
        ObjectClass::Trigger,
        "trigger",
        Severity::NeedsWork,
        "trigger",
        "loaders leave triggers out without a word",
        "a PL/pgSQL function and CREATE TRIGGER",
    );
    each(
        ObjectClass::Function,
        "routine",
        Severity::NeedsWork,
        "routine",
        "loaders leave routines out without a word, and their language is another one",
        "write it again in PL/pgSQL, or in the application",
    );
    each(
        ObjectClass::Job,
        "event",
        Severity::NeedsWork,
        "event",
        "PostgreSQL has no events",
        "pg_cron, or the machine's own scheduler",
    );
    for object in inventory.of(ObjectClass::StorageEngine) {
        if object.name != "InnoDB" {
            points.push(Point::new(
                "storage-engine",
                Severity::NeedsWork,
                format!("{} of {}", object.detail, object.name),
                "its rows are not read in one consistent view, and it has no foreign keys",
                "move such tables while nobody writes",
            ));
        }
    }
    let mut partitioned: Vec<(String, String)> = inventory
        .of(ObjectClass::Partition)
        .map(|object| {
            let table = object.name.split('.').next().unwrap_or_default();
            (
                format!("table {}.{table}", object.schema),
                object.text("method").unwrap_or_default().to_owned(),
            )
        })
        .collect();
    partitioned.sort();
    partitioned.dedup();
    for (table, method) in partitioned {
        let severity =
            match method.contains("KEY") || method.contains("COLUMNS") || method.contains('/') {
                true => Severity::NeedsWork,
                false => Severity::Note,
            };
        points.push(Point::new("partitions", severity, table, format!("partitioned by {method}: loaders make one plain table of it"), "declare it again with PARTITION BY RANGE, LIST or HASH; the primary key has to hold the partition key"));
    }
    for sequence in
        inventory.of(ObjectClass::Sequence).filter(|object| object.text("kind") == Some("sequence"))
    {
        points.push(Point::new(
            "sequence",
            Severity::NeedsWork,
            format!("sequence {}.{}", sequence.schema, sequence.name),
            "loaders leave sequences out without a word",
            "CREATE SEQUENCE with the next value; NEXT VALUE FOR becomes nextval()",
        ));
    }
    for role in inventory
        .of(ObjectClass::Role)
        .filter(|role| role.text("plugin") == Some("caching_sha2_password"))
    {
        points.push(Point::new("login-method", Severity::Note, format!("account {}", role.name), "pgloader cannot log in by caching_sha2_password", "an account of its own for the loader, by mysql_native_password where the server still has it; otherwise another tool"));
    }
    checks(inventory, &mut points);
    modes(settings, &mut points);
    points
}

fn checks(inventory: &Inventory, points: &mut Vec<Point>) {
    for table in &inventory.shape.tables {
        for check in
            table.checks.iter().filter(|check| !check.expression.starts_with("json_valid("))
        {
            points.push(Point::new(
                "check",
                Severity::NeedsWork,
                format!("{}.{}: {}", table.name.schema, table.name.name, check.name),
                format!(
                    "CHECK ({}) is in this dialect, and loaders leave it out without a word",
                    check.expression
                ),
                "ALTER TABLE … ADD CHECK with the expression translated",
            ));
        }
    }
}

fn modes(settings: &[Setting], points: &mut Vec<Point>) {
    let setting = |name: &str| settings.iter().find(|s| s.name == name).map(|s| s.value.as_str());
    let mode = setting("sql_mode").unwrap_or_default().to_uppercase();
    if !mode.contains("STRICT_") {
        points.push(Point::new(
            "not-strict",
            Severity::NeedsWork,
            "sql_mode",
            "values that do not fit are cut or made zero here; PostgreSQL refuses the statement",
            "look for the warnings that the application ignores",
        ));
    }
    if !mode.contains("ONLY_FULL_GROUP_BY") {
        points.push(Point::new(
            "loose-grouping",
            Severity::NeedsWork,
            "sql_mode",
            "queries may select columns that are not grouped by: PostgreSQL refuses them",
            "any_value(…) from 16 on, min(…), or the column in GROUP BY",
        ));
    }
    if mode.contains("ANSI_QUOTES") || mode.contains("PIPES_AS_CONCAT") {
        points.push(Point::new(
            "ansi-mode",
            Severity::Note,
            "sql_mode",
            "quotes and || are read as in PostgreSQL already",
            "nothing has to be done",
        ));
    }
    points.push(Point::new("isolation", Severity::Note, "transactions", "the usual isolation is REPEATABLE READ here and READ COMMITTED there; one error ends the whole transaction there", "set default_transaction_isolation where the application counts on it, and use savepoints where it goes on after errors"));
}
