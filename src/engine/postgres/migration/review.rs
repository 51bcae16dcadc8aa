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
    review.types(&mut points);
    review.storage(&mut points);
    review.rights(&mut points);
    review.statistics(&mut points);
    points.sort_by(|a, b| (a.severity, &a.id, &a.object).cmp(&(b.severity, &b.id, &b.object)));
    points
}

pub struct Review<'a> {
    pub from: u32,
    pub to: u32,
    settings: &'a [Setting],
    pub inventory: &'a Inventory,
}

impl Review<'_> {
    /// The move passes the version that brought the change.
    pub fn passes(&self, version: u32) -> bool {
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
