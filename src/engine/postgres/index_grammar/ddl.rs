//! Index and statistics statements, with every name quoted that needs it.

use pg_query::protobuf::KeywordKind;

use crate::engine::{IndexDefinition, KeyDefinition, KeySubject};

pub fn identifier(name: &str) -> String {
    if is_plain(name) { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// Lower-case word that the grammar takes as a name: only those stay what they are without quotes.
fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    let starts = characters.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_');
    starts
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !is_restricted(name)
}

/// Keywords beyond the unreserved ones: the server itself quotes these.
fn is_restricted(word: &str) -> bool {
    let unreserved = KeywordKind::UnreservedKeyword as i32;
    pg_query::scan_tokens(word)
        .map_or(true, |tokens| tokens.iter().any(|token| token.keyword_kind > unreserved))
}

pub fn literal(value: &str) -> String {
    let doubled = value.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

pub fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", identifier(schema), identifier(name))
}

/// How an index is built.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Between INDEX and the name.
    options: &'static str,
    /// In front of the table.
    on: &'static str,
}

pub const QUICKLY: Manner = Manner { options: "", on: "ON" };
pub const BESIDE_TRAFFIC: Manner = Manner { options: "CONCURRENTLY IF NOT EXISTS ", on: "ON" };
/// Nothing but the entry of a partitioned index, which stays invalid until all parts are attached.
pub const WITHOUT_PARTS: Manner = Manner { options: "IF NOT EXISTS ", on: "ON ONLY" };

pub fn create(index: &IndexDefinition, name: &str, manner: Manner) -> String {
    let keys: Vec<String> = index.keys.iter().map(key).collect();
    let mut ddl = format!(
        "CREATE INDEX {}{} {} {} USING {} ({})",
        manner.options,
        identifier(name),
        manner.on,
        qualified(&index.schema, &index.table),
        index.method,
        keys.join(", ")
    );
    if !index.include.is_empty() {
        let include: Vec<String> = index.include.iter().map(|column| identifier(column)).collect();
        ddl.push_str(&format!(" INCLUDE ({})", include.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        ddl.push_str(&format!(" WHERE {predicate}"));
    }
    ddl.push(';');
    ddl
}

fn key(key: &KeyDefinition) -> String {
    let mut text = match &key.subject {
        KeySubject::Column(column) => identifier(column),
        KeySubject::Expression(expression) => format!("({expression})"),
    };
    if let Some(class) = &key.operator_class {
        text.push(' ');
        text.push_str(class);
    }
    text.push_str(match (key.descending, key.nulls_first) {
        (false, false) => "",
        (false, true) => " NULLS FIRST",
        (true, true) => " DESC",
        (true, false) => " DESC NULLS LAST",
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_names() {
        let index = IndexDefinition {
            include: vec!["Order".into()],
            predicate: Some("(done = false)".into()),
            ..IndexDefinition::on("public", "select; --", "btree", &["a\"b"])
        };
        assert_eq!(
            create(&index, "x y", BESIDE_TRAFFIC),
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS \"x y\" ON public.\"select; --\" USING btree \
             (\"a\"\"b\") INCLUDE (\"Order\") WHERE (done = false);"
        );
    }

    #[test]
    fn keywords_are_quoted_and_plain_names_are_not() {
        assert_eq!(identifier("order"), "\"order\"");
        assert_eq!(identifier("orders"), "orders");
        assert_eq!(identifier("Mixed"), "\"Mixed\"");
        assert_eq!(identifier("1st"), "\"1st\"");
        assert_eq!(identifier(""), "\"\"");
    }

    #[test]
    fn directions_follow_the_servers_defaults() {
        let mut sorted = KeyDefinition::ascending(KeySubject::Column("at".to_owned()));
        sorted.descending = true;
        assert_eq!(key(&sorted), "at DESC NULLS LAST");
        sorted.nulls_first = true;
        assert_eq!(key(&sorted), "at DESC");
    }

    #[test]
    fn backslashes_and_quotes_cannot_end_a_literal() {
        assert_eq!(literal(r"a'b\"), r"E'a''b\\'");
    }
}
