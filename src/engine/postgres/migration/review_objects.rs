//! Roles, storage, replication and statistics on the way to a newer version.

use super::review::Review;
use crate::engine::migration::{ObjectClass, Point, Severity};

const BOUND_TYPES: [&str; 7] = [
    "regcollation",
    "regconfig",
    "regdictionary",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
];

impl Review<'_> {
    /// Types whose values are numbers of the old cluster's catalog.
    pub fn types(&self, points: &mut Vec<Point>) {
        for table in &self.inventory.shape.tables {
            for column in &table.columns {
                let declared = column.declared.trim_end_matches("[]");
                let object =
                    format!("column {}.{}.{}", table.name.schema, table.name.name, column.name);
                if BOUND_TYPES.contains(&declared) {
                    points.push(Point::new("bound-type", Severity::Blocks, object.clone(), format!("{declared} holds numbers of this cluster's catalog: pg_upgrade refuses it (a dump carries the names)"), "make it text before pg_upgrade, or move by a dump"));
                }
                if self.passes(16) && declared == "aclitem" {
                    points.push(Point::new("changed-type", Severity::Blocks, object, "aclitem is stored otherwise from 16 on: pg_upgrade refuses it (a dump carries it)", "make it text before pg_upgrade, or move by a dump"));
                }
            }
        }
    }

    pub fn passwords(&self, points: &mut Vec<Point>) {
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

    pub fn storage(&self, points: &mut Vec<Point>) {
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

    pub fn rights(&self, points: &mut Vec<Point>) {
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

    pub fn statistics(&self, points: &mut Vec<Point>) {
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
