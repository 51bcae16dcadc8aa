//! More of what an older MySQL lets stand and a newer one does not: defaults, labels, names, partitions, modes, plugins
//! and privileges, definers, and the application's own statements. After the checks of MySQL Shell's upgrade checker.

use super::changes::{
    GONE_FUNCTIONS, GONE_MODES, GONE_PLUGINS, GONE_PRIVILEGES, GONE_WORDS, NEW_WORDS,
};
use crate::engine::Setting;
use crate::engine::migration::{Destination, Inventory, ObjectClass, Point, Severity, ValueKind};

type Passes<'p> = &'p dyn Fn([u32; 2]) -> bool;

pub fn review(settings: &[Setting], inventory: &Inventory, passes: Passes<'_>) -> Vec<Point> {
    let mut points = Vec::new();
    columns(inventory, passes, &mut points);
    names(inventory, passes, &mut points);
    partitions(inventory, passes, &mut points);
    modes(settings, passes, &mut points);
    plugins(inventory, passes, &mut points);
    definers(inventory, &mut points);
    routines(inventory, passes, &mut points);
    points
}

fn columns(inventory: &Inventory, passes: Passes<'_>, points: &mut Vec<Point>) {
    for table in &inventory.shape.tables {
        for column in &table.columns {
            let object =
                format!("column {}.{}.{}", table.name.schema, table.name.name, column.name);
            let default = column.default.as_deref().unwrap_or_default();
            if passes([8, 0]) && default.trim_matches('\'').starts_with("0000-00-00") {
                points.push(Point::new("zero-date-default", Severity::NeedsWork, object.clone(), format!("DEFAULT {default}: the usual sql_mode of 8.0 takes no zero dates, neither here nor in rows"), "ALTER TABLE … ALTER … SET DEFAULT a date or NULL, and mend the rows"));
            }
            let long = column.labels.iter().any(|l| l.chars().count() > 255 || l.len() > 1020);
            if passes([8, 0]) && long {
                points.push(Point::new(
                    "long-label",
                    Severity::Blocks,
                    object.clone(),
                    "a label of ENUM or SET has at most 255 characters, or 1,020 bytes",
                    "shorten it",
                ));
            }
            let declared = column.declared.to_lowercase();
            let digits = matches!(column.kind, ValueKind::Single | ValueKind::Double)
                && declared.contains('(');
            let odd = declared.contains("zerofill")
                || digits
                || (declared.contains("unsigned")
                    && !matches!(column.kind, ValueKind::Integer { .. }));
            if passes([8, 0]) && odd {
                points.push(Point::new("deprecated-type", Severity::Note, object, format!("{declared}: ZEROFILL, FLOAT(m,d) and UNSIGNED of anything but whole numbers are on their way out"), "lpad() in the query, DECIMAL, or CHECK (c >= 0)"));
            }
        }
    }
}

fn names(inventory: &Inventory, passes: Passes<'_>, points: &mut Vec<Point>) {
    if !passes([8, 0]) {
        return;
    }
    for table in &inventory.shape.tables {
        let of = format!("{}.{}", table.name.schema, table.name.name);
        let columns = table.columns.iter().map(|c| (format!("column {of}.{}", c.name), &c.name));
        for (object, name) in columns.chain([(format!("table {of}"), &table.name.name)]) {
            if name.starts_with('$') {
                points.push(Point::new(
                    "dollar-name",
                    Severity::Note,
                    object,
                    "a name that begins with $ is deprecated unless it is quoted",
                    "quote it with backticks, or rename it",
                ));
            }
        }
    }
}

fn partitions(inventory: &Inventory, passes: Passes<'_>, points: &mut Vec<Point>) {
    let mut seen = Vec::new();
    for partition in inventory.of(ObjectClass::Partition) {
        let table = partition.name.split('.').next().unwrap_or_default();
        if seen.contains(&(partition.schema.as_str(), table)) {
            continue;
        }
        seen.push((partition.schema.as_str(), table));
        let object = format!("table {}.{table}", partition.schema);
        let engine = inventory
            .of(ObjectClass::Table)
            .find(|other| other.schema == partition.schema && other.name == table)
            .and_then(|table| table.text("engine"));
        if passes([8, 0]) && engine.is_some_and(|engine| !engine.eq_ignore_ascii_case("InnoDB")) {
            points.push(Point::new(
                "foreign-partitions",
                Severity::Blocks,
                object.clone(),
                "from 8.0 on only InnoDB has partitions",
                "ALTER TABLE … ENGINE = InnoDB, or REMOVE PARTITIONING",
            ));
        }
        let by_key = partition.text("method").is_some_and(|method| method.contains("KEY"));
        let shape = inventory
            .shape
            .tables
            .iter()
            .find(|shape| shape.name.schema == partition.schema && shape.name.name == table);
        let prefixed = shape.is_some_and(|shape| {
            let mut indexes = shape.indexes.iter().filter(|index| index.unique);
            indexes.any(|index| index.prefixes.iter().any(|prefix| *prefix > 0))
        });
        if passes([8, 4]) && by_key && prefixed {
            points.push(Point::new(
                "prefix-partition-key",
                Severity::Blocks,
                object,
                "8.4 refuses PARTITION BY KEY with the beginning of a column in the key",
                "make the key hold the whole column, or partition by another",
            ));
        }
    }
}

fn modes(settings: &[Setting], passes: Passes<'_>, points: &mut Vec<Point>) {
    let mode = settings.iter().find(|setting| setting.name == "sql_mode");
    let words: Vec<String> = mode
        .map(|mode| mode.value.to_uppercase().split(',').map(|w| w.trim().to_owned()).collect())
        .unwrap_or_default();
    for word in words.iter().filter(|word| GONE_MODES.contains(&word.as_str())) {
        if passes([8, 0]) {
            points.push(Point::new("removed-mode", Severity::Blocks, format!("sql_mode {word}"), "8.0 does not know it: a server whose configuration names it does not start, and a dump that sets it stops", "take the word out of the configuration, of sessions and of routines (which keep the mode they were created in)"));
        }
    }
    if passes([8, 0]) && mode.is_some() && !words.iter().any(|word| word.contains("NO_ZERO_DATE")) {
        points.push(Point::new(
            "changed-default",
            Severity::NeedsWork,
            "sql_mode",
            "the usual sql_mode of 8.0 is strict and takes no zero dates, which it does here",
            "set sql_mode on the target as it is here until the application is ready",
        ));
    }
}

fn plugins(inventory: &Inventory, passes: Passes<'_>, points: &mut Vec<Point>) {
    for plugin in inventory.of(ObjectClass::Extension) {
        let gone = GONE_PLUGINS.iter().find(|(name, _, _)| plugin.name.eq_ignore_ascii_case(name));
        if let Some((name, version, instead)) = gone.filter(|(_, version, _)| passes(*version)) {
            let action = match *instead {
                "" => "remove it from the configuration".to_owned(),
                instead => format!("use {instead}"),
            };
            points.push(Point::new("removed-plugin", Severity::Blocks, format!("plugin {name}"), format!("version {}.{} does not have it: a server that is told to load it does not start", version[0], version[1]), action));
        }
    }
    for role in inventory.of(ObjectClass::Role) {
        for (privilege, version, instead) in GONE_PRIVILEGES {
            if passes(version) && role.detail.to_lowercase().contains(privilege) {
                points.push(Point::new(
                    "removed-privilege",
                    Severity::NeedsWork,
                    format!("account {}", role.name),
                    format!("version {}.{} has no privilege {privilege}", version[0], version[1]),
                    format!("grant {instead}"),
                ));
            }
        }
    }
}

/// Accounts in whose name views and routines run, and that are not there.
fn definers(inventory: &Inventory, points: &mut Vec<Point>) {
    let accounts: Vec<&str> = inventory
        .of(ObjectClass::Role)
        .filter(|role| role.text("plugin").is_some())
        .map(|role| role.name.as_str())
        .collect();
    if accounts.is_empty() {
        return;
    }
    for class in [ObjectClass::View, ObjectClass::Trigger, ObjectClass::Function] {
        for object in inventory.of(class) {
            let definer = object.text("definer").unwrap_or_default();
            if !definer.is_empty() && !accounts.contains(&definer) {
                points.push(Point::new("absent-definer", Severity::NeedsWork, format!("{}.{}", object.schema, object.name), format!("it runs in the name of {definer}, who is no account: it fails when it is used, and a dump may not load"), "CREATE USER, or create it again with another DEFINER"));
            }
        }
    }
}

fn routines(inventory: &Inventory, passes: Passes<'_>, points: &mut Vec<Point>) {
    for object in &inventory.objects {
        let Some(definition) =
            object.definition.as_ref().filter(|_| object.class != ObjectClass::Partition)
        else {
            continue;
        };
        let lower = definition.to_lowercase();
        for (words, version, instead) in GONE_WORDS {
            if passes(version) && lower.contains(words) {
                points.push(Point::new(
                    "removed-words",
                    Severity::Blocks,
                    format!("{}.{}", object.schema, object.name),
                    format!(
                        "version {}.{} does not read {}",
                        version[0],
                        version[1],
                        words.to_uppercase()
                    ),
                    instead,
                ));
            }
        }
    }
}

/// What a newer version does not take of one statement.
pub fn query(object: &str, sql: &str, from: [u32; 2], to: &Destination) -> Vec<Point> {
    let passes = |version: [u32; 2]| from < version && version <= to.version;
    let lower = without_texts(&sql.to_lowercase());
    let mut points = Vec::new();
    for (call, version, instead) in GONE_FUNCTIONS {
        let called = lower.match_indices(call).any(|(at, _)| {
            !lower[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'))
        });
        if called && passes(version) {
            points.push(Point::new(
                "removed-function",
                Severity::Blocks,
                object.to_owned(),
                format!("it calls {call}…), which is gone from {}.{} on", version[0], version[1]),
                instead,
            ));
        }
    }
    for (words, version, instead) in GONE_WORDS {
        if passes(version) && lower.contains(words) {
            points.push(Point::new(
                "removed-words",
                Severity::Blocks,
                object.to_owned(),
                format!(
                    "version {}.{} does not read {}",
                    version[0],
                    version[1],
                    words.to_uppercase()
                ),
                instead,
            ));
        }
    }
    let words: Vec<&str> = lower
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '`' | '(' | '.')))
        .collect();
    for (word, version) in NEW_WORDS {
        // Names alone: as functions, windows and operators the new words are meant.
        let named = words.iter().any(|found| found.strip_suffix(',').unwrap_or(found) == word);
        if passes(version)
            && named
            && !matches!(
                word,
                "of" | "except" | "intersect" | "over" | "window" | "lateral" | "function"
            )
        {
            points.push(Point::new(
                "reserved-word",
                Severity::NeedsWork,
                object.to_owned(),
                format!("{word} is a reserved word from version {}.{} on", version[0], version[1]),
                "quote it with backticks",
            ));
        }
    }
    let group = lower.find("group by").map(|at| &lower[at..]);
    let sorted = group.is_some_and(|tail| {
        let tail = tail
            .split(" having ")
            .next()
            .unwrap_or(tail)
            .split(" order by ")
            .next()
            .unwrap_or(tail);
        tail.contains(" asc") || tail.contains(" desc")
    });
    if passes([8, 0]) && sorted {
        points.push(Point::new(
            "group-by-order",
            Severity::Blocks,
            object.to_owned(),
            "GROUP BY … ASC or DESC is a syntax error from 8.0 on",
            "use ORDER BY",
        ));
    }
    points
}

/// Quoted texts speak of anything.
fn without_texts(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut quote = None;
    for c in sql.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(sql: &str, from: [u32; 2], to: [u32; 2]) -> Vec<String> {
        let to = Destination { engine: "mysql".to_owned(), version: to };
        query("query", sql, from, &to).into_iter().map(|point| point.id).collect()
    }

    #[test]
    fn statements_that_a_newer_version_does_not_take() {
        assert_eq!(ids("SELECT PASSWORD('a')", [5, 7], [8, 0]), ["removed-function"]);
        assert_eq!(ids("SELECT md5(a) FROM t", [8, 4], [9, 6]), ["removed-function"]);
        assert!(ids("SELECT my_md5(a), 'md5(' FROM t", [8, 4], [9, 6]).is_empty());
        assert_eq!(ids("SELECT a FROM t GROUP BY a DESC", [5, 7], [8, 0]), ["group-by-order"]);
        assert!(ids("SELECT a FROM t GROUP BY a ORDER BY a DESC", [5, 7], [8, 0]).is_empty());
        assert_eq!(ids("SELECT SQL_CACHE a FROM t", [5, 7], [8, 0]), ["removed-words"]);
        assert_eq!(ids("SELECT rank FROM t", [5, 7], [8, 0]), ["reserved-word"]);
        assert!(ids("SELECT `rank`, rank() OVER (ORDER BY a) FROM t", [5, 7], [8, 0]).is_empty());
        assert_eq!(ids("SHOW MASTER STATUS", [8, 0], [8, 4]), ["removed-words"]);
        assert!(ids("SHOW MASTER STATUS", [8, 4], [9, 0]).is_empty());
    }
}
