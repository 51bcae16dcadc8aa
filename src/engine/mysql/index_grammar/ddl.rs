//! Index statements, with every name quoted.

use super::arrays::is_array_key;
use super::expression::is_prefix_key;
use super::services::TEXT_SEARCH;
use crate::engine::mysql::dialect::MysqlDialect;
use crate::engine::mysql::family::Family;
use crate::engine::{IndexDefinition, KeyDefinition, KeySubject};
use crate::sql::Dialect;

/// Reads and writes go on meanwhile, or the statement fails at once.
const BESIDE_TRAFFIC: &str = " ALGORITHM=INPLACE LOCK=NONE";
/// The first index of words on a table, or any on some versions, lets nobody write meanwhile.
const BESIDE_READERS: &str = " ALGORITHM=INPLACE LOCK=SHARED";

/// An index of elements is made with the whole table anew.
const COPIED_BESIDE_READERS: &str = " ALGORITHM=COPY LOCK=SHARED";

fn quote(name: &str) -> String {
    MysqlDialect.quote_identifier(name)
}

fn qualified(schema: &str, table: &str) -> String {
    match (schema, table) {
        ("", table) => quote(table),
        (schema, table) => format!("{}.{}", quote(schema), quote(table)),
    }
}

/// `CREATE INDEX` takes the right INDEX alone; `ALTER TABLE` would take more.
pub fn create(index: &IndexDefinition, name: &str, beside_traffic: bool) -> String {
    let words = index.method == TEXT_SEARCH;
    // An index on an expression is one on a hidden column, which is added with it.
    let hidden = |key: &KeyDefinition| match &key.subject {
        KeySubject::Expression(text) => !is_prefix_key(text),
        KeySubject::Column(_) => false,
    };
    let waits = words || index.keys.iter().any(hidden);
    let copied = index.keys.iter().any(|key| match &key.subject {
        KeySubject::Expression(text) => is_array_key(text),
        KeySubject::Column(_) => false,
    });
    let manner = match (beside_traffic, waits) {
        (false, _) => "",
        (true, _) if copied => COPIED_BESIDE_READERS,
        (true, true) => BESIDE_READERS,
        (true, false) => BESIDE_TRAFFIC,
    };
    let kind = if words { "FULLTEXT " } else { "" };
    let table = qualified(&index.schema, &index.table);
    format!("CREATE {kind}INDEX {} ON {table} ({}){manner};", quote(name), keys(index))
}

fn keys(index: &IndexDefinition) -> String {
    let carried = index.include.iter().map(|column| quote(column));
    index.keys.iter().map(key).chain(carried).collect::<Vec<_>>().join(", ")
}

/// What ALTER TABLE says for it.
pub fn added(index: &IndexDefinition, name: &str) -> String {
    let kind = if index.method == TEXT_SEARCH { "FULLTEXT " } else { "" };
    format!("ADD {kind}INDEX {} ({})", quote(name), keys(index))
}

fn key(key: &KeyDefinition) -> String {
    let text = match &key.subject {
        KeySubject::Column(column) => quote(column),
        KeySubject::Expression(text) if is_prefix_key(text) => text.clone(),
        KeySubject::Expression(text) => format!("({text})"),
    };
    if key.descending { format!("{text} DESC") } else { text }
}

/// One of the servers knows the manner with ALTER TABLE only, which takes the right ALTER as well.
pub fn drop(
    family: Family,
    (schema, table): (&str, &str),
    name: &str,
    beside_traffic: bool,
) -> String {
    let (name, table) = (quote(name), qualified(schema, table));
    match (beside_traffic, family) {
        (false, _) => format!("DROP INDEX {name} ON {table};"),
        (true, Family::Mysql) => format!("DROP INDEX {name} ON {table}{BESIDE_TRAFFIC};"),
        (true, Family::Mariadb) => {
            format!("ALTER TABLE {table} DROP INDEX {name}, ALGORITHM=INPLACE, LOCK=NONE;")
        }
    }
}

/// `ddl` is as the catalog has it.
pub fn create_again(ddl: &str) -> String {
    let ddl = ddl.trim_end().trim_end_matches(';');
    if ddl.starts_with("ALTER ") {
        return format!("{ddl};");
    }
    let waits = ["CREATE FULLTEXT", "CREATE SPATIAL"].iter().any(|kind| ddl.starts_with(kind));
    let manner = match ddl.contains(" array)") {
        true => COPIED_BESIDE_READERS,
        // An index on an expression is one on a hidden column.
        false if waits || ddl.contains("((") || ddl.contains(", (") => BESIDE_READERS,
        false => BESIDE_TRAFFIC,
    };
    format!("{ddl}{manner};")
}

/// Takes an index from the optimiser's sight, or gives it back, while it is kept up to date: a moment's work.
pub fn set_visible(
    family: Family,
    (schema, table): (&str, &str),
    name: &str,
    visible: bool,
) -> String {
    let word = match (family, visible) {
        (Family::Mariadb, true) => "NOT IGNORED",
        (Family::Mariadb, false) => "IGNORED",
        (Family::Mysql, true) => "VISIBLE",
        (Family::Mysql, false) => "INVISIBLE",
    };
    format!("ALTER TABLE {} ALTER INDEX {} {word};", qualified(schema, table), quote(name))
}

/// Of all partitions together.
pub fn size_query(schema: &str, name: &str) -> String {
    let literal = |text: &str| MysqlDialect.quote_literal(text);
    format!(
        "SELECT CAST(COALESCE(SUM(stat_value), 0) * @@innodb_page_size AS UNSIGNED) \
         FROM mysql.innodb_index_stats \
         WHERE stat_name = 'size' AND database_name = {} AND index_name = {}",
        literal(schema),
        literal(name)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_names() {
        let index = IndexDefinition::on("shop", "a`b; --", "btree", &["x`y", "z"]);
        assert_eq!(
            create(&index, "i`", true),
            "CREATE INDEX `i```` ON `shop`.`a``b; --` (`x``y`, `z`) ALGORITHM=INPLACE LOCK=NONE;"
                .replace("`i````", "`i```")
        );
        assert_eq!(
            drop(Family::Mysql, ("shop", "t"), "i", true),
            "DROP INDEX `i` ON `shop`.`t` ALGORITHM=INPLACE LOCK=NONE;"
        );
    }

    #[test]
    fn each_server_drops_beside_traffic_in_its_own_words() {
        assert_eq!(
            drop(Family::Mariadb, ("", "t"), "i", true),
            "ALTER TABLE `t` DROP INDEX `i`, ALGORITHM=INPLACE, LOCK=NONE;"
        );
        assert_eq!(drop(Family::Mariadb, ("s", "t"), "i", false), "DROP INDEX `i` ON `s`.`t`;");
    }

    #[test]
    fn beginnings_expressions_and_directions() {
        let mut index = IndexDefinition::on("s", "t", "btree", &["a"]);
        index.keys[0].descending = true;
        let expression = |text: &str| KeyDefinition::ascending(KeySubject::Expression(text.into()));
        index.keys.push(expression("`note`(32)"));
        index.keys.push(expression("lower(`name`)"));
        assert_eq!(
            create(&index, "i", false),
            "CREATE INDEX `i` ON `s`.`t` (`a` DESC, `note`(32), (lower(`name`)));"
        );
    }

    #[test]
    fn words_are_indexed_with_writers_waiting() {
        let index = IndexDefinition::on("s", "t", "fulltext", &["a"]);
        assert_eq!(
            create(&index, "i", true),
            "CREATE FULLTEXT INDEX `i` ON `s`.`t` (`a`) ALGORITHM=INPLACE LOCK=SHARED;"
        );
    }

    #[test]
    fn each_server_has_its_own_word_for_out_of_sight() {
        let hide = |family| set_visible(family, ("s", "t"), "i", false);
        assert_eq!(hide(Family::Mysql), "ALTER TABLE `s`.`t` ALTER INDEX `i` INVISIBLE;");
        assert_eq!(hide(Family::Mariadb), "ALTER TABLE `s`.`t` ALTER INDEX `i` IGNORED;");
    }
}
