//! What a server of the family holds beside tables and indexes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::counts;
use super::reader::MysqlReader;
use super::shape::{self, within};
use crate::engine::migration::{
    Inventory, InventoryObject, ObjectClass, OpenTransaction, TopStatement,
};
use crate::engine::mysql::session::rows::Columns;
use crate::engine::{DbError, DbErrorKind};

pub async fn read(reader: &mut MysqlReader, counts: bool) -> Result<Inventory, DbError> {
    let mut inventory =
        Inventory { shape: shape::read(reader, &[]).await?, ..Inventory::default() };
    let home: Vec<String> =
        Some(inventory.shape.home.clone()).filter(|home| !home.is_empty()).into_iter().collect();
    for question in questions(reader, &home) {
        match reader.ask(&question.sql).await {
            Ok(rows) => inventory.objects.extend(
                rows.into_iter().map(|row| object(question.class, Columns::of(row), question.fact)),
            ),
            Err(error) if error.ends_session() => return Err(error),
            Err(error) if hidden(&error) => {
                inventory.hidden.push((question.what.to_owned(), question.right.to_owned()));
            }
            Err(error) => {
                let message = format!("{}: {}", question.what, error.message);
                return Err(DbError { message, ..error });
            }
        }
    }
    definitions(reader, &mut inventory).await?;
    statements(reader, &mut inventory).await?;
    transactions(reader, &mut inventory).await?;
    if counts {
        counts::read(reader, &mut inventory).await?;
    }
    Ok(inventory)
}

/// Refused, or a view that this server does not have.
fn hidden(error: &DbError) -> bool {
    matches!(error.kind, DbErrorKind::Permission | DbErrorKind::Syntax)
}

struct Question {
    class: ObjectClass,
    what: &'static str,
    sql: String,
    right: &'static str,
    /// What the sixth column is called.
    fact: &'static str,
}

/// Each answers schema, name, detail, definition, bytes, and one fact.
fn questions(reader: &MysqlReader, home: &[String]) -> Vec<Question> {
    let ask = |class, what, right, fact, sql| Question { class, what, sql, right, fact };
    let own = |column: &str| within(column, home);
    let mut questions = vec![
        ask(ObjectClass::Table, "tables", "SELECT on the tables", "engine", format!(
            "SELECT TABLE_SCHEMA, TABLE_NAME, concat(coalesce(ENGINE, 'no engine'), ', ', coalesce(TABLE_COLLATION, 'no collation'), ', ', coalesce(ROW_FORMAT, '')), \
             NULL, DATA_LENGTH + INDEX_LENGTH, ENGINE FROM information_schema.TABLES WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND {} ORDER BY 1, 2", own("TABLE_SCHEMA"))),
        ask(ObjectClass::View, "views", "SHOW VIEW", "definer", format!(
            "SELECT TABLE_SCHEMA, TABLE_NAME, concat('definer ', DEFINER, ', ', lower(SECURITY_TYPE)), VIEW_DEFINITION, NULL, DEFINER \
             FROM information_schema.VIEWS WHERE {} ORDER BY 1, 2", own("TABLE_SCHEMA"))),
        ask(ObjectClass::Trigger, "triggers", "TRIGGER", "definer", format!(
            "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, concat(lower(ACTION_TIMING), ' ', lower(EVENT_MANIPULATION), ' on ', EVENT_OBJECT_TABLE), ACTION_STATEMENT, NULL, DEFINER \
             FROM information_schema.TRIGGERS WHERE {} ORDER BY 1, 2", own("TRIGGER_SCHEMA"))),
        ask(ObjectClass::Function, "functions and procedures", "SHOW_ROUTINE (or SELECT on all)", "definer", format!(
            "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, concat(lower(ROUTINE_TYPE), ', definer ', DEFINER), ROUTINE_DEFINITION, NULL, DEFINER \
             FROM information_schema.ROUTINES WHERE ROUTINE_TYPE IN ('FUNCTION', 'PROCEDURE') AND {} ORDER BY 1, 2", own("ROUTINE_SCHEMA"))),
        ask(ObjectClass::Job, "events", "EVENT", "status", format!(
            "SELECT EVENT_SCHEMA, EVENT_NAME, concat(lower(STATUS), ', ', coalesce(concat('every ', INTERVAL_VALUE, ' ', INTERVAL_FIELD), concat('at ', EXECUTE_AT))), EVENT_DEFINITION, NULL, STATUS \
             FROM information_schema.EVENTS WHERE {} ORDER BY 1, 2", own("EVENT_SCHEMA"))),
        ask(ObjectClass::Partition, "partitions", "SELECT on the tables", "method", format!(
            "SELECT TABLE_SCHEMA, concat(TABLE_NAME, '.', PARTITION_NAME), concat(PARTITION_METHOD, ' ', coalesce(PARTITION_EXPRESSION, ''), coalesce(concat(', then ', SUBPARTITION_METHOD), '')), \
             PARTITION_DESCRIPTION, DATA_LENGTH + INDEX_LENGTH, concat_ws('/', PARTITION_METHOD, SUBPARTITION_METHOD) FROM information_schema.PARTITIONS \
             WHERE PARTITION_NAME IS NOT NULL AND {} ORDER BY 1, 2", own("TABLE_SCHEMA"))),
        ask(ObjectClass::StorageEngine, "storage engines", "SELECT on the tables", "engine", format!(
            "SELECT '', coalesce(ENGINE, 'unknown'), concat(count(*), ' tables'), NULL, sum(DATA_LENGTH + INDEX_LENGTH), ENGINE FROM information_schema.TABLES \
             WHERE TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND {} GROUP BY ENGINE ORDER BY 2", own("TABLE_SCHEMA"))),
        ask(ObjectClass::Collation, "collations", "SELECT on the tables", "collation", format!(
            "SELECT '', COLLATION_NAME, concat(count(*), ' columns'), NULL, NULL, COLLATION_NAME FROM information_schema.COLUMNS \
             WHERE COLLATION_NAME IS NOT NULL AND {} GROUP BY COLLATION_NAME ORDER BY 2", own("TABLE_SCHEMA"))),
        ask(ObjectClass::Extension, "plugins", "SELECT on information_schema.PLUGINS", "library",
            "SELECT '', PLUGIN_NAME, concat(lower(PLUGIN_TYPE), ', ', PLUGIN_VERSION), NULL, NULL, PLUGIN_LIBRARY FROM information_schema.PLUGINS \
             WHERE PLUGIN_STATUS = 'ACTIVE' AND PLUGIN_LIBRARY IS NOT NULL ORDER BY 2".to_owned()),
        ask(ObjectClass::Role, "accounts", "SELECT on mysql.user", "plugin",
            "SELECT '', concat(User, '@', Host), concat('logs in by ', plugin), NULL, NULL, plugin FROM mysql.user ORDER BY 2".to_owned()),
        ask(ObjectClass::Role, "privileges", "SELECT on mysql.db", "grantee",
            "SELECT TABLE_SCHEMA, GRANTEE, group_concat(lower(PRIVILEGE_TYPE) ORDER BY 1 SEPARATOR ', '), NULL, NULL, GRANTEE FROM information_schema.SCHEMA_PRIVILEGES \
             GROUP BY 1, 2 ORDER BY 1, 2".to_owned()),
        ask(ObjectClass::Replication, "binary log", "none", "format",
            "SELECT '', 'binary log', concat(if(@@log_bin, 'on', 'off'), ', format ', @@binlog_format, ', row image ', @@binlog_row_image), NULL, NULL, @@binlog_format".to_owned()),
    ];
    if reader.mariadb {
        questions.push(ask(ObjectClass::Sequence, "sequences", "SELECT on the sequences", "kind", format!(
            "SELECT TABLE_SCHEMA, TABLE_NAME, 'sequence', NULL, NULL, 'sequence' FROM information_schema.TABLES WHERE TABLE_TYPE = 'SEQUENCE' AND {} ORDER BY 1, 2", own("TABLE_SCHEMA"))));
    }
    questions
}

fn object(class: ObjectClass, mut row: Columns, fact: &str) -> InventoryObject {
    let (schema, name, detail) = (row.text(), row.text(), row.text());
    let definition = row.optional();
    let bytes = row.number().map(|bytes| bytes as u64);
    let facts: BTreeMap<String, Value> =
        row.optional().map(|text| (fact.to_owned(), Value::from(text))).into_iter().collect();
    InventoryObject { class, schema, name, detail, definition, bytes, facts }
}

/// Numbers that the next row gets.
async fn definitions(_reader: &mut MysqlReader, inventory: &mut Inventory) -> Result<(), DbError> {
    let numbered = inventory.shape.sequences.iter().filter_map(|sequence| {
        let (table, column) = sequence.owner.as_ref()?;
        Some(InventoryObject {
            class: ObjectClass::Sequence,
            schema: table.schema.clone(),
            name: format!("{}.{column}", table.name),
            detail: format!("AUTO_INCREMENT, next {}", sequence.next.unwrap_or_default()),
            definition: None,
            bytes: None,
            facts: BTreeMap::new(),
        })
    });
    let numbered: Vec<InventoryObject> = numbered.collect();
    inventory.objects.extend(numbered);
    Ok(())
}

async fn statements(reader: &mut MysqlReader, inventory: &mut Inventory) -> Result<(), DbError> {
    let sql = "SELECT DIGEST_TEXT, COUNT_STAR, SUM_TIMER_WAIT / 1e9 FROM performance_schema.events_statements_summary_by_digest \
               WHERE SCHEMA_NAME = DATABASE() AND DIGEST_TEXT IS NOT NULL ORDER BY SUM_TIMER_WAIT DESC LIMIT 20";
    let kept = reader.ask("SELECT @@performance_schema").await?;
    let kept = kept.first().and_then(|row| row.first()).cloned().flatten();
    if kept.as_deref() != Some("1") {
        let right = "performance_schema = ON in the configuration, and a restart".to_owned();
        inventory.hidden.push(("top statements".to_owned(), right));
        return Ok(());
    }
    match reader.ask(sql).await {
        Ok(rows) => {
            inventory.statements = rows
                .into_iter()
                .map(|row| {
                    let mut row = Columns::of(row);
                    TopStatement {
                        text: row.text(),
                        calls: row.number().unwrap_or(0.0),
                        total_ms: row.number().unwrap_or(0.0),
                    }
                })
                .collect();
        }
        Err(error) if error.ends_session() => return Err(error),
        Err(_) => {
            let right = "performance_schema = ON and SELECT on it".to_owned();
            inventory.hidden.push(("top statements".to_owned(), right));
        }
    }
    Ok(())
}

async fn transactions(reader: &mut MysqlReader, inventory: &mut Inventory) -> Result<(), DbError> {
    let sql = "SELECT coalesce(p.USER, ''), coalesce(p.HOST, ''), timestampdiff(second, t.trx_started, now()), t.trx_state, \
               left(coalesce(t.trx_query, ''), 500) FROM information_schema.INNODB_TRX t \
               LEFT JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id \
               WHERE t.trx_started < now() - interval 5 second ORDER BY t.trx_started LIMIT 20";
    match reader.ask(sql).await {
        Ok(rows) => {
            inventory.transactions = rows
                .into_iter()
                .map(|row| {
                    let mut row = Columns::of(row);
                    OpenTransaction {
                        user: row.text(),
                        application: row.text(),
                        seconds: row.number().unwrap_or(0.0),
                        state: row.text(),
                        statement: row.text(),
                    }
                })
                .collect();
        }
        Err(error) if error.ends_session() => return Err(error),
        Err(_) => {
            let what = "transactions of other logins".to_owned();
            inventory.hidden.push((what, "the PROCESS privilege".to_owned()));
        }
    }
    Ok(())
}
