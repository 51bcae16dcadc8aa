//! Tables and columns that PostgreSQL holds otherwise.

use crate::engine::migration::{ColumnShape, Inventory, Point, Severity, TableShape, ValueKind};

/// Reserved in PostgreSQL and free as names in MySQL (tried on 9.7 and 15).
const RESERVED: [&str; 23] = [
    "analyse",
    "any",
    "array",
    "asymmetric",
    "cast",
    "current_catalog",
    "current_role",
    "deferrable",
    "do",
    "end",
    "initially",
    "offset",
    "only",
    "placing",
    "returning",
    "session_user",
    "some",
    "symmetric",
    "user",
    "variadic",
    "authorization",
    "freeze",
    "ilike",
];
/// PostgreSQL cuts longer names.
const LONGEST_NAME: usize = 63;
/// Bytes of a key in a B-tree.
const LONGEST_KEY: u64 = 2704;

pub fn review(inventory: &Inventory) -> Vec<Point> {
    let mut points = Vec::new();
    for table in &inventory.shape.tables {
        let name = format!("{}.{}", table.name.schema, table.name.name);
        names(&mut points, &format!("table {name}"), &table.name.name);
        for column in &table.columns {
            let object = format!("{name}.{}", column.name);
            names(&mut points, &format!("column {object}"), &column.name);
            types(&mut points, inventory, table, &object, column);
            behaviour(&mut points, table, &object, column);
        }
        indexes(&mut points, table, &name);
        if table.key.is_empty() {
            points.push(Point::new(
                "no-key",
                Severity::Note,
                format!("table {name}"),
                "it has no key: logical replication of updates and row-by-row comparison need one",
                "add a primary key, before or with the move",
            ));
        }
    }
    same_index_names(&mut points, inventory);
    points
}

fn names(points: &mut Vec<Point>, object: &str, name: &str) {
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        points.push(Point::new(
            "reserved-word",
            Severity::NeedsWork,
            object,
            format!("{name} is a reserved word in PostgreSQL: queries have to quote it"),
            "rename it, or quote it everywhere",
        ));
    }
    if name.len() > LONGEST_NAME {
        points.push(Point::new(
            "long-name",
            Severity::NeedsWork,
            object,
            "PostgreSQL cuts names after 63 bytes",
            "rename it",
        ));
    }
    if name.chars().any(char::is_uppercase) {
        points.push(Point::new(
            "folded-name",
            Severity::NeedsWork,
            object,
            "PostgreSQL folds unquoted names to lower case, and loaders do so to this one",
            "let it become lower case (queries need no quotes then), and check whatever reads names from results",
        ));
    }
}

fn found(inventory: &Inventory, object: &str, what: &str) -> f64 {
    inventory.findings.get(&format!("{object}: {what}")).copied().unwrap_or(0.0)
}

fn types(
    points: &mut Vec<Point>,
    inventory: &Inventory,
    table: &TableShape,
    object: &str,
    column: &ColumnShape,
) {
    let mut add = |id, severity, why: String, action: String| {
        points.push(Point::new(id, severity, format!("column {object}"), why, action));
    };
    let declared = &column.declared;
    match column.kind {
        ValueKind::Integer { bits: 64, unsigned: true } => {
            let beyond = found(inventory, object, "values beyond 9223372036854775807");
            let joined = !table.foreign_keys.iter().all(|key| !key.columns.contains(&column.name)) || column.numbered;
            let (severity, action) = match beyond > 0.0 {
                true => (Severity::Blocks, format!("numeric(20): {beyond} values do not fit a bigint")),
                false => (Severity::NeedsWork, "bigint, as no value is beyond it now (counts only with --count-values); otherwise numeric(20)".to_owned()),
            };
            let also = if joined { "; every column of its foreign keys has to become the same type" } else { "" };
            add("unsigned", severity, format!("{declared}: PostgreSQL has no unsigned types"), format!("{action}{also}"));
        }
        ValueKind::Integer { bits, unsigned: true } => {
            let next = match bits { 8 => "smallint", 16 => "integer", 24 => "integer", _ => "bigint" };
            add("unsigned", Severity::NeedsWork, format!("{declared}: PostgreSQL has no unsigned types"), format!("{next}, with CHECK ({} >= 0) where negative values shall stay out", column.name));
        }
        ValueKind::Integer { bits: 8, .. } if declared.starts_with("tinyint(1)") => {
            let other = found(inventory, object, "values beyond 0 and 1");
            match other > 0.0 {
                true => add("tinyint-switch", Severity::Blocks, format!("{declared} with {other} values beyond 0 and 1: as boolean they would all become true"), "smallint".to_owned()),
                false => add("tinyint-switch", Severity::NeedsWork, format!("{declared} may be a switch or a number: as boolean, `column = 1` in queries fails"), "boolean where it is a switch and queries can be changed, otherwise smallint".to_owned()),
            }
        }
        ValueKind::Date | ValueKind::DateTime { .. } => {
            let zero = found(inventory, object, "zero or partial dates");
            if zero > 0.0 {
                add("zero-date", Severity::Blocks, format!("{zero} dates that do not exist (0000-00-00 and the like): a loader skips these rows or the whole table"), if column.nullable { "make them NULL on the way".to_owned() } else { "the column is NOT NULL: allow NULL, or choose a date for them".to_owned() });
            }
            if column.kind == (ValueKind::DateTime { zoned: false }) {
                add("datetime-zone", Severity::NeedsWork, format!("{declared} has no time zone, and loaders like to make it timestamptz in their session's zone"), "timestamp (without time zone), or timestamptz with the zone said and the hours of the clock change checked".to_owned());
            }
        }
        ValueKind::Time { span: true } => {
            let long = found(inventory, object, "times below 0 or beyond 24 hours");
            match long > 0.0 {
                true => add("long-time", Severity::Blocks, format!("{long} values below 0 or beyond 24 hours: time takes none of them"), "interval".to_owned()),
                false => add("time", Severity::Note, format!("{declared} holds up to 838 hours"), "time where it is a time of day, interval where it is a length".to_owned()),
            }
        }
        ValueKind::Year => add("year", Severity::Note, "PostgreSQL has no year type".to_owned(), "smallint; 0000 becomes 0".to_owned()),
        ValueKind::Bits { count } => add("bit", Severity::NeedsWork, format!("{declared}: it is a number here and a string of bits there"), if count == 1 { "boolean".to_owned() } else { format!("bit({count}), with B'…' in queries, or an integer") }),
        ValueKind::Label => {
            let empty = found(inventory, object, "empty labels (values that the type did not take)");
            let severity = if empty > 0.0 { Severity::Blocks } else { Severity::NeedsWork };
            let more = if empty > 0.0 { format!("; {empty} rows hold the empty label, which no label is") } else { String::new() };
            add("enum", severity, format!("{declared}: an enumerated type is an object of its own there, sorts by its order, and takes no number in place of a label{more}"), "CREATE TYPE … AS ENUM with the same order, or text with a CHECK".to_owned());
        }
        ValueKind::LabelSet => add("set", Severity::NeedsWork, format!("{declared}: PostgreSQL has no sets"), "text[] with a CHECK; FIND_IN_SET becomes = ANY (…)".to_owned()),
        ValueKind::Json { .. } => add("json", Severity::NeedsWork, "operators and functions differ (->, ->>, JSON_EXTRACT, JSON_CONTAINS)".to_owned(), "jsonb; path queries by jsonb_path_query, containment by @> with a GIN index".to_owned()),
        ValueKind::Geometry | ValueKind::Point => add("spatial", Severity::Blocks, format!("{declared}: loaders know points alone, and axis order and SRID differ"), "PostGIS; move it as well-known binary and compare it so".to_owned()),
        ValueKind::Single => add("float", Severity::NeedsWork, format!("{declared}: a dump prints it with six digits, so that 16777216 arrives as 16777200"), "real, moved by a program that reads the binary protocol, or CAST(… AS DOUBLE) in the dump".to_owned()),
        ValueKind::Text { .. } => {
            let nul = found(inventory, object, "texts with a NUL character");
            if nul > 0.0 {
                add("nul-in-text", Severity::Blocks, format!("{nul} texts hold a NUL character, which PostgreSQL refuses: loaders drop it, or the row"), "bytea, or clean the values before".to_owned());
            }
            let old = column.collation.as_ref().is_some_and(|c| !c.starts_with("utf8") && !c.starts_with("ascii") && !c.starts_with("binary"));
            if old {
                let collation = column.collation.clone().unwrap_or_default();
                add("legacy-charset", Severity::NeedsWork, format!("stored as {collation}: bytes that are no such text, or UTF-8 that went in as it, come out as other characters"), "look at rows beyond ASCII first: CONVERT(CAST(CONVERT(c USING latin1) AS BINARY) USING utf8mb4)".to_owned());
            }
        }
        _ => {}
    }
    if declared.contains("zerofill") {
        add(
            "zerofill",
            Severity::Note,
            "zeros in front are added where it is shown".to_owned(),
            "an integer; lpad(n::text, …, '0') where the zeros are wanted".to_owned(),
        );
    }
}

fn behaviour(points: &mut Vec<Point>, table: &TableShape, object: &str, column: &ColumnShape) {
    let mut add = |id, severity, why: String, action: String| {
        points.push(Point::new(id, severity, format!("column {object}"), why, action));
    };
    if column.numbered {
        add("auto-increment", Severity::NeedsWork, "AUTO_INCREMENT: its next number has to be set after the load; inserting 0 or NULL gives no number there".to_owned(), "GENERATED BY DEFAULT AS IDENTITY, and setval to the greatest value and a margin".to_owned());
    }
    if column.on_update {
        add(
            "on-update",
            Severity::NeedsWork,
            "ON UPDATE CURRENT_TIMESTAMP exists only here".to_owned(),
            "a BEFORE UPDATE trigger that sets it when the row changed and the column was not set"
                .to_owned(),
        );
    }
    if column.generated {
        add(
            "generated-column",
            Severity::NeedsWork,
            "its expression is in this dialect, and loaders make a plain column of it".to_owned(),
            "GENERATED ALWAYS AS (…) STORED with the expression rewritten".to_owned(),
        );
    }
    let default = column.default.as_deref().unwrap_or_default();
    if default.contains('(')
        && !column.numbered
        && !default.to_lowercase().starts_with("current_timestamp")
    {
        add(
            "expression-default",
            Severity::NeedsWork,
            format!("DEFAULT {default}: loaders lose it, or make a text of it"),
            "write it in PostgreSQL's words, e.g. gen_random_uuid()".to_owned(),
        );
    }
    if default.to_lowercase().starts_with("current_timestamp") {
        add("timestamp-default", Severity::NeedsWork, "pgloader loses DEFAULT CURRENT_TIMESTAMP and NOT NULL of such a column: the next INSERT stores NULL".to_owned(), format!("ALTER TABLE … ALTER COLUMN {} SET DEFAULT now(), SET NOT NULL after the load", column.name));
    }
    if column.folds_case {
        let unique =
            table.indexes.iter().any(|index| index.unique && index.parts.contains(&column.name));
        let collation = column.collation.clone().unwrap_or_default();
        let (severity, more) = match unique {
            true => (
                Severity::Blocks,
                ", and a unique key on it takes two rows that differ in case alone",
            ),
            false => (Severity::NeedsWork, ""),
        };
        add(
            "case-insensitive",
            severity,
            format!(
                "{collation}: =, LIKE, GROUP BY, DISTINCT and joins do not see case there; on PostgreSQL they do{more}"
            ),
            "citext, a non-deterministic ICU collation, or lower() in queries and indexes"
                .to_owned(),
        );
    }
}

fn indexes(points: &mut Vec<Point>, table: &TableShape, name: &str) {
    for index in &table.indexes {
        let object = format!("index {name}: {}", index.name);
        match index.method.as_str() {
            "fulltext" => points.push(Point::new("fulltext-index", Severity::NeedsWork, object.clone(), "MATCH … AGAINST does not exist; loaders make a B-tree of it, which fails on long texts", "a tsvector column and a GIN index, queries by @@")),
            "spatial" => points.push(Point::new("spatial-index", Severity::NeedsWork, object.clone(), "it becomes a GiST index of PostGIS", "CREATE INDEX … USING gist")),
            _ => {}
        }
        if index.prefixes.iter().any(|prefix| *prefix > 0) {
            points.push(Point::new("prefix-index", Severity::NeedsWork, object.clone(), "PostgreSQL has no index on the beginning of a column; a loader indexes all of it, and keys over 2,704 bytes fail", "an index on left(column, n), with queries that use it, or on the whole"));
        }
        if index.parts.iter().any(|part| table.column(part).is_none()) {
            points.push(Point::new(
                "functional-index",
                Severity::NeedsWork,
                object.clone(),
                "its expression is in this dialect, and loaders leave it out",
                "write it again",
            ));
        }
        let bytes: u64 = index
            .parts
            .iter()
            .zip(&index.prefixes)
            .filter_map(|(part, prefix)| match (table.column(part)?.kind, prefix) {
                (ValueKind::Text { limit: Some(limit), .. }, 0) => Some(limit * 4),
                _ => None,
            })
            .sum();
        if bytes > LONGEST_KEY && index.method == "btree" {
            points.push(Point::new(
                "long-key",
                Severity::Note,
                object,
                format!("its keys may take {bytes} bytes; rows beyond 2,704 are refused there"),
                "look for the longest value; md5() of it where equality is all that is asked",
            ));
        }
    }
}

/// A name is an index's own within its table here, and within its schema there.
fn same_index_names(points: &mut Vec<Point>, inventory: &Inventory) {
    let mut names: Vec<(&str, &str)> = Vec::new();
    for table in &inventory.shape.tables {
        for index in table.indexes.iter().filter(|index| !index.primary) {
            names.push((table.name.schema.as_str(), index.name.as_str()));
        }
    }
    names.sort_unstable();
    let mut said = Vec::new();
    for pair in names.windows(2) {
        if pair[0] == pair[1] && !said.contains(&pair[0]) {
            said.push(pair[0]);
            points.push(Point::new(
                "index-name",
                Severity::Note,
                format!("index {}.{}", pair[0].0, pair[0].1),
                "several tables have an index of this name, which is one in a schema of PostgreSQL",
                "give each its own name; loaders do so by themselves",
            ));
        }
    }
}
