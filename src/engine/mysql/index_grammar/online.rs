//! The command lines of the programs that change large tables online, for the same index.
//!
//! gh-ost copies the table and follows the binary log: it needs a unique key of columns that are not null, rows in the log
//! (`binlog_format = ROW`), and neither foreign keys nor triggers on the table. pt-online-schema-change follows by triggers
//! of its own: it needs a primary or unique key, has to be told to keep triggers that are there, and rebuilds foreign keys
//! that point to the table.

use super::ddl;
use crate::engine::installed::shell_word;
use crate::engine::{Catalog, IndexDefinition, OnlineChange, Setting, Table};

/// Smaller tables are changed in place before such a program has started.
const LARGE: u64 = 1 << 30;

pub fn changes(
    index: &IndexDefinition,
    name: &str,
    catalog: &Catalog,
    settings: &[Setting],
) -> Vec<OnlineChange> {
    let table = catalog.table(Some(&index.schema), &index.table);
    let Some(table) = table.filter(|table| table.bytes >= LARGE) else { return Vec::new() };
    let alter = shell_word(&ddl::added(index, name));
    let (schema, table_name) = (shell_word(&index.schema), shell_word(&index.table));
    let target = shell_word(&format!("D={},t={}", index.schema, index.table));
    // A comma would end the name in the notation of the second.
    let nameable = !index.schema.contains(',') && !index.table.contains(',');
    let mut changes = vec![OnlineChange {
        program: "gh-ost".to_owned(),
        command: format!(
            "gh-ost --database={schema} --table={table_name} --alter={alter} --allow-on-master \
             --assume-rbr --concurrent-rowcount --exact-rowcount --execute"
        ),
        obstacles: gh_ost(table, catalog, settings),
    }];
    // It makes triggers of its own, and refuses beside others unless told to carry those over.
    let triggers = if table.triggers.is_empty() { "" } else { " --preserve-triggers" };
    if nameable {
        changes.push(OnlineChange {
            program: "pt-online-schema-change".to_owned(),
            command: format!(
                "pt-online-schema-change --alter={alter} --alter-foreign-keys-method=auto{triggers} --execute {target}"
            ),
            obstacles: no_key(table).into_iter().collect(),
        });
    }
    changes
}

fn no_key(table: &Table) -> Option<String> {
    let not_null = |index: &crate::engine::Index| {
        index.keys.iter().all(|key| {
            let column = key.column.as_deref().and_then(|name| table.column(name));
            column.is_some_and(|column| column.not_null)
        })
    };
    let has = table.indexes.iter().any(|index| index.primary || index.unique && not_null(index));
    (!has).then(|| "the table has neither a primary key nor a unique one without nulls".to_owned())
}

fn gh_ost(table: &Table, catalog: &Catalog, settings: &[Setting]) -> Vec<String> {
    let refers = |other: &Table| {
        other
            .foreign_keys
            .iter()
            .any(|key| key.referenced_table == table.name && key.referenced_schema == table.schema)
    };
    let mut obstacles: Vec<String> = no_key(table).into_iter().collect();
    if !table.foreign_keys.is_empty() || catalog.tables.iter().any(refers) {
        obstacles.push("foreign keys start from or point to the table".to_owned());
    }
    if !table.triggers.is_empty() {
        obstacles.push(format!("the table has triggers: {}", table.triggers.join(", ")));
    }
    let value = |name: &str| {
        settings.iter().find(|setting| setting.name == name).map(|setting| setting.value.as_str())
    };
    if value("log_bin").is_some_and(|value| matches!(value, "OFF" | "0")) {
        obstacles.push("the server writes no binary log".to_owned());
    } else if let Some(format) = value("binlog_format").filter(|format| *format != "ROW") {
        obstacles.push(format!("binlog_format is {format}, and ROW is needed"));
    }
    obstacles
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog(bytes: u64) -> Catalog {
        let table = Table {
            schema: "shop".into(),
            name: "a'b; --".into(),
            kind: "table".into(),
            partition_of: None,
            rows: 1e8,
            pages: 1,
            bytes,
            visible_fraction: None,
            columns: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            statistics: Default::default(),
            activity: Default::default(),
            storage: None,
            triggers: Vec::new(),
        };
        Catalog { tables: vec![table], ..Catalog::default() }
    }

    #[test]
    fn large_tables_only_and_hostile_names_stay_words() {
        let index = IndexDefinition::on("shop", "a'b; --", "btree", &["x`y"]);
        assert!(changes(&index, "i", &catalog(1000), &[]).is_empty());
        let changes = changes(&index, "i", &catalog(LARGE), &[]);
        let command = &changes[0].command;
        assert!(command.contains(r#"--table='a'\''b; --'"#), "{command}");
        assert!(command.contains("--alter='ADD INDEX `i` (`x``y`)'"), "{command}");
        assert_eq!(changes[0].obstacles.len(), 1);
        assert_eq!(changes.len(), 2);
    }
}
