//! From one version of PostgreSQL to a newer one: what of this database is affected.

use super::known_changes::{GONE_EXTENSIONS, GONE_FUNCTIONS, GONE_SETTINGS, NEW_WORDS};
use crate::engine::migration::{Destination, Inventory, ObjectClass, Point, Severity};
use crate::engine::{ServerInfo, Setting};

pub fn upgrade(
    server: &ServerInfo,
    settings: &[Setting],
    inventory: &Inventory,
    to: &Destination,
) -> Vec<Point> {
    let (from, to) = (server.version_number[0], to.version[0]);
    if to < from {
        return vec![Point::new(
            "older-version",
            Severity::Blocks,
            format!("version {from} to {to}"),
            "the target is older than the source: neither dump nor replication is made for that way",
            format!("take version {from} or newer as the target"),
        )];
    }
    let review = Review { from, to, settings, inventory };
    let mut points = Vec::new();
    review.settings(&mut points);
    review.extensions(&mut points);
    review.names(&mut points);
    review.texts(&mut points);
    review.collations(&mut points);
    review.passwords(&mut points);
    review.storage(&mut points);
    review.rights(&mut points);
    review.statistics(&mut points);
    points.sort_by(|a, b| (a.severity, &a.id, &a.object).cmp(&(b.severity, &b.id, &b.object)));
    points
}

struct Review<'a> {
    from: u32,
    to: u32,
    settings: &'a [Setting],
    inventory: &'a Inventory,
}

impl Review<'_> {
    /// The move passes the version that brought the change.
    fn passes(&self, version: u32) -> bool {
        self.from < version && version <= self.to
    }

    fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    fn settings(&self, points: &mut Vec<Point>) {
        for (name, version, instead) in GONE_SETTINGS {
            let set = self.setting(name).filter(|setting| {
                !matches!(setting.source.as_str(), "default" | "override" | "client")
                    && setting.default.as_ref() != Some(&setting.value)
            });
            if let (true, Some(setting)) = (self.passes(version), set) {
                points.push(Point::new(
                    "removed-setting",
                    Severity::NeedsWork,
                    format!("{name} = {}", setting.value),
                    format!("version {version} has no such setting: a server whose configuration names it does not start"),
                    match instead {
                        "" => "take it out of the configuration and of ALTER ROLE and ALTER DATABASE".to_owned(),
                        instead => format!("use {instead}"),
                    },
                ));
            }
        }
        let checksums = self.setting("data_checksums").map(|setting| setting.value.as_str());
        if self.passes(18) && checksums == Some("off") {
            points.push(Point::new(
                "checksums",
                Severity::NeedsWork,
                "data_checksums = off",
                "initdb of 18 switches data checksums on, and pg_upgrade wants both clusters alike",
                "enable them before with pg_checksums --enable (the server stopped), or create the new cluster with initdb --no-data-checksums; a dump or logical replication does not mind",
            ));
        }
        if self.passes(18)
            && self.setting("effective_io_concurrency").is_some_and(|s| s.source == "default")
        {
            points.push(Point::new(
                "changed-default",
                Severity::Note,
                "effective_io_concurrency",
                "its default goes from 1 to 16, that of maintenance_io_concurrency from 10 to 16",
                "measure; nothing has to be done",
            ));
        }
    }

    fn extensions(&self, points: &mut Vec<Point>) {
        for extension in self.inventory.of(ObjectClass::Extension) {
            if extension.name == "plpgsql" {
                continue;
            }
            let gone = GONE_EXTENSIONS.iter().find(|(name, _)| *name == extension.name);
            match gone {
                Some((_, version)) if self.passes(*version) => points.push(Point::new(
                    "removed-extension",
                    Severity::Blocks,
                    format!("extension {}", extension.name),
                    format!("version {version} does not have it any more"),
                    "drop it before the move, with what uses it",
                ).suggesting(format!("DROP EXTENSION {};", extension.name))),
                _ => points.push(Point::new(
                    "extension",
                    Severity::NeedsWork,
                    format!("extension {}", extension.name),
                    "its files have to be installed for the target's version, and its objects are of the old one after pg_upgrade",
                    "install it on the target before; afterwards bring it up to date",
                ).suggesting(format!("ALTER EXTENSION {} UPDATE;", extension.name))),
            }
        }
        let preloaded = self.setting("shared_preload_libraries").map(|s| s.value.as_str());
        if let Some(libraries) = preloaded.filter(|libraries| !libraries.is_empty()) {
            points.push(Point::new(
                "preloaded-library",
                Severity::NeedsWork,
                format!("shared_preload_libraries = {libraries}"),
                "a server that does not find one of them does not start",
                "install them for the target's version, then set the same there",
            ));
        }
    }

    fn names(&self, points: &mut Vec<Point>) {
        let tables = self.inventory.shape.tables.iter();
        let columns = tables.flat_map(|table| {
            let of = format!("{}.{}", table.name.schema, table.name.name);
            let columns = table
                .columns
                .iter()
                .map(move |c| (c.name.clone(), format!("column {of}.{}", c.name)));
            columns.chain([(
                table.name.name.clone(),
                format!("table {}.{}", table.name.schema, table.name.name),
            )])
        });
        for (name, object) in columns {
            for (word, version) in NEW_WORDS {
                if self.passes(version) && name == word {
                    points.push(Point::new(
                        "reserved-word",
                        Severity::NeedsWork,
                        object.clone(),
                        format!("{word} is a reserved word from version {version} on: queries that name it unquoted fail or mean something else"),
                        "quote it in every query, or rename it",
                    ));
                }
            }
        }
    }

    /// What functions and views name.
    fn texts(&self, points: &mut Vec<Point>) {
        for object in &self.inventory.objects {
            let Some(definition) = &object.definition else { continue };
            let lower = definition.to_lowercase();
            for (name, version, why, action) in GONE_FUNCTIONS {
                if self.passes(version) && lower.contains(name) {
                    points.push(Point::new(
                        "removed-name",
                        Severity::Blocks,
                        format!("{} {}.{}", kind(object.class), object.schema, object.name),
                        format!("it uses {name}, and {why} from version {version} on"),
                        action,
                    ));
                }
            }
        }
        for object in self.inventory.of(ObjectClass::Function) {
            let language = object.text("language").unwrap_or_default();
            if self.passes(15) && matches!(language, "plpython2u" | "plpythonu") {
                points.push(Point::new(
                    "removed-language",
                    Severity::Blocks,
                    format!("function {}.{}", object.schema, object.name),
                    format!("{language} is gone from version 15 on"),
                    "move it to plpython3u",
                ));
            }
        }
        if self.passes(17) {
            for table in &self.inventory.shape.tables {
                for index in &table.indexes {
                    let expression = index.parts.iter().find(|part| {
                        table.column(part).is_none() && own_function(self.inventory, part)
                    });
                    if let Some(expression) = expression {
                        points.push(Point::new(
                            "safe-search-path",
                            Severity::NeedsWork,
                            format!("index {}.{}", table.name.schema, index.name),
                            format!("from 17 on maintenance runs with a search path of pg_catalog and pg_temp alone: {expression} calls a function of yours, which has to find what it names"),
                            "qualify the names in the function's body, or give it SET search_path; then try REINDEX on the target",
                        ));
                    }
                }
            }
            for view in self.inventory.of(ObjectClass::MaterializedView) {
                let definition = view.definition.as_deref().unwrap_or_default();
                if own_function(self.inventory, definition) {
                    points.push(Point::new(
                        "safe-search-path",
                        Severity::NeedsWork,
                        format!("materialised view {}.{}", view.schema, view.name),
                        "from 17 on REFRESH runs with a search path of pg_catalog and pg_temp alone, and it calls a function of yours",
                        "qualify the names in the function's body, or give it SET search_path; then try REFRESH on the target",
                    ));
                }
            }
        }
    }

    fn collations(&self, points: &mut Vec<Point>) {
        let texts: Vec<String> = self
            .inventory
            .shape
            .tables
            .iter()
            .flat_map(|table| {
                table
                    .indexes
                    .iter()
                    .filter(|index| index.method == "btree")
                    .filter(|index| {
                        index.parts.iter().any(|part| {
                            table.column(part).is_some_and(|column| {
                                column.collation.as_ref().is_some_and(|c| {
                                    !matches!(c.as_str(), "C" | "POSIX" | "ucs_basic")
                                })
                            })
                        })
                    })
                    .map(|index| format!("{}.{}", table.name.schema, index.name))
            })
            .collect();
        for object in self.inventory.of(ObjectClass::Collation) {
            let versions = object.text("recorded").zip(object.text("actual"));
            let changed = versions.is_some_and(|(recorded, actual)| recorded != actual)
                || object.text("kind") == Some("changed");
            if changed {
                points.push(Point::new(
                    "collation-version",
                    Severity::Blocks,
                    format!("collation of {}", object.name),
                    "the system's library sorts by another version than the indexes were built by: lookups may miss rows and unique indexes hold duplicates",
                    "rebuild the indexes on texts, and only then say so with REFRESH COLLATION VERSION",
                ));
            }
            let local = object
                .text("collate")
                .filter(|collate| !matches!(*collate, "C" | "POSIX" | "C.UTF-8" | "C.utf8"));
            if let (Some(collate), false) = (local, texts.is_empty()) {
                points.push(Point::new(
                    "collation",
                    Severity::NeedsWork,
                    format!("{} indexes on texts under {collate}", texts.len()),
                    "after pg_upgrade or a physical copy to a machine with another glibc or ICU their order is wrong; a dump or logical replication builds them anew",
                    "compare the library's version on both machines (SELECT collversion, pg_collation_actual_version(oid) FROM pg_collation); where it differs rebuild them",
                ).suggesting(texts.iter().take(20).map(|index| format!("REINDEX INDEX {index};")).collect::<Vec<_>>().join("\n")));
            }
        }
        let provider = self.inventory.of(ObjectClass::Collation).find_map(|o| o.text("provider"));
        if self.passes(18) && provider.is_some_and(|provider| provider != "c") {
            for table in &self.inventory.shape.tables {
                for index in table
                    .indexes
                    .iter()
                    .filter(|index| matches!(index.method.as_str(), "gin" | "gist"))
                {
                    points.push(Point::new(
                        "full-text-index",
                        Severity::NeedsWork,
                        format!("index {}.{}", table.name.schema, index.name),
                        "18 lets the database's own provider decide about letters in full-text search and pg_trgm, where it is not libc",
                        "rebuild it after pg_upgrade",
                    ).suggesting(format!("REINDEX INDEX {}.{};", table.name.schema, index.name)));
                }
            }
        }
    }

    fn passwords(&self, points: &mut Vec<Point>) {
        for role in self.inventory.of(ObjectClass::Role).filter(|role| role.holds("md5")) {
            points.push(Point::new(
                "md5-password",
                if self.to >= 18 { Severity::NeedsWork } else { Severity::Note },
                format!("role {}", role.name),
                "its password is kept in MD5 form: it cannot log in where pg_hba.conf asks for scram-sha-256, and from 18 on the server warns of it",
                "set the password again under password_encryption = scram-sha-256",
            ));
        }
    }

    fn storage(&self, points: &mut Vec<Point>) {
        for object in self.inventory.of(ObjectClass::Table) {
            let unlogged = object.text("persistence") == Some("u");
            let name = format!("table {}.{}", object.schema, object.name);
            let partitioned = self.inventory.shape.tables.iter().any(|table| {
                table.name.schema == object.schema
                    && table.name.name == object.name
                    && table.partitions > 0
            });
            if unlogged && partitioned && self.passes(18) {
                points.push(Point::new("unlogged-partitioned", Severity::Blocks, name.clone(), "18 refuses partitioned tables that are UNLOGGED, so that the dump does not load", "set it LOGGED before the dump"));
            }
            if let Some(space) = object.text("tablespace") {
                points.push(Point::new(
                    "tablespace",
                    Severity::NeedsWork,
                    name,
                    format!("it lies in the tablespace {space}, which the target has to have"),
                    "create it there, or dump with --no-tablespaces",
                ));
            }
        }
        for object in self.inventory.of(ObjectClass::LargeObjects) {
            points.push(Point::new("large-objects", Severity::NeedsWork, object.detail.clone(), "logical replication does not carry them, and a dump of single tables leaves them out", "dump the whole database (pg_dump takes them then), or copy them by a program of its own"));
        }
        for object in self.inventory.of(ObjectClass::Replication) {
            if object.text("kind") == Some("slot") && self.from < 17 {
                points.push(Point::new(
                    "replication-slot",
                    Severity::NeedsWork,
                    format!("slot {}", object.name),
                    "pg_upgrade carries logical slots only from version 17 on, physical ones never",
                    "create it again on the target, and make sure that its reader misses nothing",
                ));
            }
            if object.text("kind") == Some("subscription") && self.from < 17 {
                points.push(Point::new(
                    "subscription",
                    Severity::NeedsWork,
                    format!("subscription {}", object.name),
                    "pg_upgrade does not carry how far it has come before version 17",
                    "disable it before and create it again with copy_data = false",
                ));
            }
        }
        for object in self.inventory.of(ObjectClass::ForeignTable) {
            points.push(Point::new("foreign-table", Severity::NeedsWork, format!("foreign table {}.{}", object.schema, object.name), "its server has to be reachable from the target, and a dump holds no password of a user mapping", "check the way from the target; create the user mappings again"));
        }
        for object in self.inventory.of(ObjectClass::Job) {
            points.push(Point::new("job", Severity::NeedsWork, format!("job {}", object.name), "jobs of pg_cron stand in one database of the cluster and would run on both sides during the move", "stop them on one side until the cutover is done"));
        }
    }

    fn rights(&self, points: &mut Vec<Point>) {
        if self.passes(15) {
            points.push(Point::new("public-schema", Severity::Note, "schema public", "in databases created by 15 or newer not everybody may create in it; a database that is dumped with --create or upgraded keeps its rights", "GRANT CREATE ON SCHEMA public to those who need it"));
        }
        if self.passes(16) {
            let creators = self
                .inventory
                .of(ObjectClass::Role)
                .filter(|role| role.holds("createrole") && !role.holds("super"));
            for role in creators {
                points.push(Point::new(
                    "createrole",
                    Severity::NeedsWork,
                    format!("role {}", role.name),
                    "from 16 on CREATEROLE gives power over those roles alone that it administers",
                    "grant it the roles it has to administer, WITH ADMIN OPTION",
                ));
            }
        }
    }

    fn statistics(&self, points: &mut Vec<Point>) {
        if self.from == self.to {
            return;
        }
        let (why, action) = match self.to >= 18 {
            true => (
                "pg_upgrade to 18 carries the planner's statistics, but no extended ones; a dump carries them with --statistics; logical replication none",
                "ANALYZE tables with extended statistics at least; after a dump or replication everything (vacuumdb --all --analyze-in-stages)",
            ),
            false => (
                "neither pg_upgrade to this version nor a dump carries the planner's statistics: everything is slow until ANALYZE has been through",
                "run vacuumdb --all --analyze-in-stages before the application is let in",
            ),
        };
        points.push(Point::new(
            "statistics",
            Severity::NeedsWork,
            "statistics of the planner",
            why,
            action,
        ));
        points.push(Point::new("newer-pg-dump", Severity::Note, "pg_dump", format!("a dump has to be taken by the pg_dump of version {} or newer", self.to), "call it by its full path; a plain dump may hold \\restrict, which an older psql refuses"));
    }
}

fn kind(class: ObjectClass) -> &'static str {
    match class {
        ObjectClass::View => "view",
        ObjectClass::MaterializedView => "materialised view",
        ObjectClass::Trigger => "trigger",
        _ => "function",
    }
}

/// `text` calls a function that users made.
fn own_function(inventory: &Inventory, text: &str) -> bool {
    inventory.of(ObjectClass::Function).any(|function| {
        let call = format!("{}(", function.name);
        text.match_indices(&call)
            .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    })
}
