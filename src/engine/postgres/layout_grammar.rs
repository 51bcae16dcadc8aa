//! Parts of tables and kept answers, as PostgreSQL spells them.

use super::dialect::PostgresDialect;
use crate::engine::{Kept, LayoutGrammar, Parted, Partitioning};
use crate::sql::Dialect;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PostgresLayout;

fn quoted(name: &str) -> String {
    PostgresDialect.quote_identifier(name)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

impl LayoutGrammar for PostgresLayout {
    fn is_time(&self, data_type: &str) -> bool {
        data_type == "date" || data_type.starts_with("timestamp")
    }

    fn span_query(&self, schema: &str, table: &str, column: &str) -> Option<String> {
        Some(format!(
            "SELECT left(bound, 10) FROM pg_catalog.pg_stats s, \
             LATERAL (SELECT histogram_bounds::text::text[] AS all_bounds) b, \
             LATERAL (VALUES (1, all_bounds[1]), (2, all_bounds[array_upper(all_bounds, 1)])) ends(place, bound) \
             WHERE s.schemaname = {} AND s.tablename = {} AND s.attname = {} AND NOT s.inherited \
             AND bound ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}' ORDER BY place",
            literal(schema),
            literal(table),
            literal(column)
        ))
    }

    fn partition(&self, partitioning: &Partitioning<'_>) -> Parted {
        let Partitioning { schema, table, column, bounds } = *partitioning;
        let (schema, old) = (quoted(schema), quoted(table));
        let new = quoted(&format!("{table}_by_time"));
        let mut statements = vec![format!(
            "CREATE TABLE {schema}.{new} (LIKE {schema}.{old} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING STORAGE \
             INCLUDING COMMENTS) PARTITION BY RANGE ({});",
            quoted(column)
        )];
        for pair in bounds.windows(2) {
            let part = quoted(&format!("{table}_{}", pair[0].replace('-', "")));
            statements.push(format!(
                "CREATE TABLE {schema}.{part} PARTITION OF {schema}.{new} FOR VALUES FROM ({}) TO ({});",
                literal(&pair[0]),
                literal(&pair[1])
            ));
        }
        let rest = quoted(&format!("{table}_rest"));
        statements
            .push(format!("CREATE TABLE {schema}.{rest} PARTITION OF {schema}.{new} DEFAULT;"));
        statements.push(format!("INSERT INTO {schema}.{new} SELECT * FROM {schema}.{old};"));
        statements.push(format!("ANALYZE {schema}.{new};"));
        let whole = quoted(&format!("{table}_whole"));
        let rename = |from: &str, to: &str| format!("ALTER TABLE {schema}.{from} RENAME TO {to};");
        Parted {
            make: statements,
            swap: vec![rename(&old, &whole), rename(&new, &old)],
            // Before the swap the first fails, and no row is lost.
            undo: vec![
                rename(&old, &new),
                rename(&whole, &old),
                format!("DROP TABLE {schema}.{new};"),
            ],
        }
    }

    fn keep(&self, name: &str, sql: &str) -> Kept {
        let view = quoted(name);
        let sql = sql.trim().trim_end_matches(';');
        Kept {
            create: format!("CREATE MATERIALIZED VIEW {view} AS\n{sql};"),
            refresh: vec![format!("REFRESH MATERIALIZED VIEW {view};")],
            read: format!("SELECT * FROM {view}"),
            undo: format!("DROP MATERIALIZED VIEW {view};"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bounds_are_quoted() {
        let bounds = ["2024-01-01", "2024-02-01", "2024-03-01"].map(str::to_owned);
        let made = PostgresLayout.partition(&Partitioning {
            schema: "public",
            table: "ev\"il",
            column: "at",
            bounds: &bounds,
        });
        let swapped = "ALTER TABLE public.\"ev\"\"il_by_time\" RENAME TO \"ev\"\"il\";";
        assert_eq!(made.swap[1], swapped);
        assert_eq!(made.undo[2], "DROP TABLE public.\"ev\"\"il_by_time\";");
        let made = made.make;
        assert_eq!(made.len(), 6, "{made:?}");
        assert_eq!(
            made[1],
            "CREATE TABLE public.\"ev\"\"il_20240101\" PARTITION OF public.\"ev\"\"il_by_time\" FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');"
        );
        assert!(made[3].ends_with("DEFAULT;") && made[4].starts_with("INSERT INTO"));
        assert!(PostgresLayout.keep("a b", "SELECT 1; ").create.ends_with("AS\nSELECT 1;"));
    }
}
