//! A schema of the family in neutral form, from information_schema.

use std::collections::HashMap;

use super::reader::MysqlReader;
use super::shape_rows::{add_foreign_key, add_part, column, empty, note_json};
use crate::engine::migration::{
    CheckShape, DatabaseShape, IndexShape, Routine, SequenceShape, TableShape,
};
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::session::rows::Columns;
use crate::engine::{DbError, TableName};
use crate::sql::Dialect;

/// Column of a query on information_schema that holds the schema's name, restricted.
pub fn within(column: &str, schemas: &[String]) -> String {
    match schemas {
        [] => {
            format!("{column} NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')")
        }
        schemas => {
            let quoted: Vec<String> =
                schemas.iter().map(|schema| MysqlDialect.quote_literal(schema)).collect();
            format!("{column} IN ({})", quoted.join(", "))
        }
    }
}

pub async fn read(reader: &mut MysqlReader, schemas: &[String]) -> Result<DatabaseShape, DbError> {
    let home = reader.ask("SELECT DATABASE()").await?;
    let home = home.into_iter().next().and_then(|row| row.into_iter().next().flatten());
    let mut schemas = schemas.to_vec();
    if schemas.is_empty() {
        schemas.extend(home.clone());
    }
    let mut draft = Draft { places: HashMap::new(), shape: DatabaseShape::default() };
    draft.shape.home = home.unwrap_or_default();
    draft.tables(reader, &schemas).await?;
    draft.columns(reader, &schemas).await?;
    draft.indexes(reader, &schemas).await?;
    draft.foreign_keys(reader, &schemas).await?;
    draft.checks(reader, &schemas).await?;
    draft.routines(reader, &schemas).await?;
    let collation = reader.ask("SELECT @@collation_database").await?;
    draft.shape.collation =
        collation.into_iter().next().and_then(|row| row.into_iter().next().flatten());
    Ok(draft.shape)
}

struct Draft {
    places: HashMap<(String, String), usize>,
    shape: DatabaseShape,
}

impl Draft {
    /// The table of a row that begins with its schema and name.
    fn table(&mut self, row: &mut Columns) -> Option<&mut TableShape> {
        let place = self.places.get(&(row.text(), row.text()))?;
        self.shape.tables.get_mut(*place)
    }

    async fn tables(
        &mut self,
        reader: &mut MysqlReader,
        schemas: &[String],
    ) -> Result<(), DbError> {
        let sql = format!(
            "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.TABLE_ROWS, t.DATA_LENGTH, t.AUTO_INCREMENT, \
              (SELECT count(*) FROM information_schema.PARTITIONS p WHERE p.TABLE_SCHEMA = t.TABLE_SCHEMA \
                AND p.TABLE_NAME = t.TABLE_NAME AND p.PARTITION_NAME IS NOT NULL) \
             FROM information_schema.TABLES t WHERE {} ORDER BY 1, 2",
            within("t.TABLE_SCHEMA", schemas)
        );
        for row in reader.ask(&sql).await? {
            let mut row = Columns::of(row);
            let name = TableName { schema: row.text(), name: row.text() };
            let (class, rows, bytes) = (row.text(), row.number().unwrap_or(0.0), row.count());
            let next = row.optional().and_then(|text| text.parse().ok());
            let partitions = row.count() as u32;
            match class.as_str() {
                "BASE TABLE" | "SYSTEM VERSIONED" => {
                    if class == "SYSTEM VERSIONED" {
                        self.shape.outside.push(format!(
                            "{}.{} keeps the history of its rows: what is there now was compared, and not what was there before.",
                            name.schema, name.name
                        ));
                    }
                    let place = self.shape.tables.len();
                    self.places.insert((name.schema.clone(), name.name.clone()), place);
                    self.shape.tables.push(empty(name.clone(), rows, bytes, partitions));
                    if let Some(next) = next {
                        self.shape.sequences.push(SequenceShape {
                            name: name.clone(),
                            owner: Some((name, String::new())),
                            next: Some(next),
                            increment: 1,
                        });
                    }
                }
                "SEQUENCE" => self.sequence(reader, name).await?,
                _ => {}
            }
        }
        Ok(())
    }

    /// MariaDB's own sequences.
    async fn sequence(&mut self, reader: &mut MysqlReader, name: TableName) -> Result<(), DbError> {
        let quote = |name: &str| MysqlDialect.quote_identifier(name);
        let sql = format!(
            "SELECT next_not_cached_value, increment FROM {}.{}",
            quote(&name.schema),
            quote(&name.name)
        );
        let row = reader.ask(&sql).await?.into_iter().next().unwrap_or_default();
        let mut row = Columns::of(row);
        let next = row.optional().and_then(|text| text.parse().ok());
        let increment = row.number().unwrap_or(1.0) as i64;
        self.shape.sequences.push(SequenceShape { name, owner: None, next, increment });
        Ok(())
    }

    async fn columns(
        &mut self,
        reader: &mut MysqlReader,
        schemas: &[String],
    ) -> Result<(), DbError> {
        let sql = format!(
            "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, \
              COLLATION_NAME, NUMERIC_PRECISION, NUMERIC_SCALE, CHARACTER_MAXIMUM_LENGTH, GENERATION_EXPRESSION \
             FROM information_schema.COLUMNS WHERE {} ORDER BY 1, 2, ORDINAL_POSITION",
            within("TABLE_SCHEMA", schemas)
        );
        for row in reader.ask(&sql).await? {
            let mut row = Columns::of(row);
            if let Some(table) = self.table(&mut row) {
                table.columns.push(column(row));
            }
        }
        let owners: HashMap<TableName, String> = self
            .shape
            .tables
            .iter()
            .filter_map(|table| {
                let column = table.columns.iter().find(|column| column.numbered)?;
                Some((table.name.clone(), column.name.clone()))
            })
            .collect();
        for sequence in &mut self.shape.sequences {
            if let Some((table, column)) = &mut sequence.owner {
                *column = owners.get(table).cloned().unwrap_or_default();
            }
        }
        Ok(())
    }

    async fn indexes(
        &mut self,
        reader: &mut MysqlReader,
        schemas: &[String],
    ) -> Result<(), DbError> {
        // Functional parts have no column; only MySQL knows the column that names them.
        let expression =
            if !reader.mariadb && reader.version >= [8, 0] { "EXPRESSION" } else { "NULL" };
        let sql = format!(
            "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART, INDEX_TYPE, {expression}, COLLATION \
             FROM information_schema.STATISTICS WHERE {} ORDER BY 1, 2, INDEX_NAME <> 'PRIMARY', 3, SEQ_IN_INDEX",
            within("TABLE_SCHEMA", schemas)
        );
        for row in reader.ask(&sql).await? {
            let mut row = Columns::of(row);
            if let Some(table) = self.table(&mut row) {
                add_part(table, row);
            }
        }
        for table in &mut self.shape.tables {
            let column = |name: &String| table.columns.iter().find(|column| column.name == *name);
            let identifies = |index: &&IndexShape| {
                let solid = |part| column(part).is_some_and(|column| !column.nullable);
                index.unique
                    && index.parts.iter().all(solid)
                    && index.prefixes.iter().all(|p| *p == 0)
            };
            let key = table.indexes.iter().find(identifies);
            (table.primary, table.key) =
                key.map_or((false, Vec::new()), |key| (key.primary, key.parts.clone()));
        }
        Ok(())
    }

    async fn foreign_keys(
        &mut self,
        reader: &mut MysqlReader,
        schemas: &[String],
    ) -> Result<(), DbError> {
        let sql = format!(
            "SELECT k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, \
              k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE \
             FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
              ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME \
             WHERE k.REFERENCED_TABLE_NAME IS NOT NULL AND {} ORDER BY 1, 2, 3, k.ORDINAL_POSITION",
            within("k.TABLE_SCHEMA", schemas)
        );
        for row in reader.ask(&sql).await? {
            let mut row = Columns::of(row);
            if let Some(table) = self.table(&mut row) {
                add_foreign_key(table, row);
            }
        }
        Ok(())
    }

    async fn checks(
        &mut self,
        reader: &mut MysqlReader,
        schemas: &[String],
    ) -> Result<(), DbError> {
        let sql = match (reader.mariadb, reader.version >= [8, 0]) {
            (true, _) => format!(
                "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, 'YES' FROM information_schema.CHECK_CONSTRAINTS \
                 WHERE {} ORDER BY 1, 2, 3",
                within("CONSTRAINT_SCHEMA", schemas)
            ),
            (false, true) => format!(
                "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.CONSTRAINT_NAME, c.CHECK_CLAUSE, t.ENFORCED \
                 FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c \
                  ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME \
                 WHERE t.CONSTRAINT_TYPE = 'CHECK' AND {} ORDER BY 1, 2, 3",
                within("t.TABLE_SCHEMA", schemas)
            ),
            (false, false) => return Ok(()),
        };
        for row in reader.ask(&sql).await? {
            let mut row = Columns::of(row);
            if let Some(table) = self.table(&mut row) {
                let (name, expression, enforced) = (row.text(), row.text(), row.flag());
                note_json(table, &expression);
                table.checks.push(CheckShape { name, expression, validated: enforced, enforced });
            }
        }
        Ok(())
    }

    async fn routines(
        &mut self,
        reader: &mut MysqlReader,
        schemas: &[String],
    ) -> Result<(), DbError> {
        let own = |definition: &str, schema: &str| {
            format!("replace({definition}, concat('`', {schema}, '`.'), '')")
        };
        let digest = |definition: &str| format!("left(sha2({definition}, 256), 16)");
        let view = digest(&own("VIEW_DEFINITION", "TABLE_SCHEMA"));
        let routine = digest(
            "concat_ws('|', ROUTINE_DEFINITION, DTD_IDENTIFIER, IS_DETERMINISTIC, SQL_DATA_ACCESS, SECURITY_TYPE)",
        );
        let trigger = digest("concat_ws('|', ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT)");
        let event = digest(
            "concat_ws('|', EVENT_TYPE, INTERVAL_VALUE, INTERVAL_FIELD, EVENT_DEFINITION, STATUS)",
        );
        let sql = format!(
            "SELECT 'view', TABLE_SCHEMA, TABLE_NAME, NULL, if(VIEW_DEFINITION = '', NULL, {view}), 1 FROM information_schema.VIEWS WHERE {} \
             UNION ALL SELECT lower(ROUTINE_TYPE), ROUTINE_SCHEMA, ROUTINE_NAME, NULL, if(ROUTINE_DEFINITION IS NULL, NULL, {routine}), 0 \
              FROM information_schema.ROUTINES WHERE {} AND ROUTINE_TYPE IN ('FUNCTION', 'PROCEDURE') \
             UNION ALL SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME, concat('on ', EVENT_OBJECT_TABLE), {trigger}, 0 FROM information_schema.TRIGGERS WHERE {} \
             UNION ALL SELECT 'event', EVENT_SCHEMA, EVENT_NAME, NULL, {event}, 0 FROM information_schema.EVENTS WHERE {} ORDER BY 1, 2, 3",
            within("TABLE_SCHEMA", schemas),
            within("ROUTINE_SCHEMA", schemas),
            within("TRIGGER_SCHEMA", schemas),
            within("EVENT_SCHEMA", schemas)
        );
        for row in reader.ask(&sql).await? {
            let mut row = Columns::of(row);
            let (class, schema, name) = (row.text(), row.text(), row.text());
            let (detail, digest, printed) = (row.optional(), row.optional(), row.text() == "1");
            self.shape.routines.push(Routine { class, schema, name, detail, digest, printed });
        }
        Ok(())
    }
}
