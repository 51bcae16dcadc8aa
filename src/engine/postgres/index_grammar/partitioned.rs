//! Indexes of partitioned tables, built beside running traffic: the server builds none of them
//! CONCURRENTLY, but it takes parts that were built so.

use super::ddl::{self, BESIDE_TRAFFIC, WITHOUT_PARTS, qualified};
use crate::engine::{IndexDefinition, IndexPart};

/// The whole without parts, then each part with what it needs below itself, attached as soon as it stands.
/// Attaching the last one makes the index valid. Every statement is harmless when it has been run before.
pub fn create(index: &IndexDefinition, name: &str, parts: &[IndexPart]) -> Vec<String> {
    let mut statements = vec![ddl::create(index, name, WITHOUT_PARTS)];
    for part in parts {
        let own = IndexDefinition {
            schema: part.schema.clone(),
            table: part.table.clone(),
            ..index.clone()
        };
        if part.parts.is_empty() {
            statements.push(ddl::create(&own, &part.name, BESIDE_TRAFFIC));
        } else {
            statements.extend(create(&own, &part.name, &part.parts));
        }
        statements.push(format!(
            "ALTER INDEX {} ATTACH PARTITION {};",
            qualified(&index.schema, name),
            qualified(&part.schema, &part.name)
        ));
    }
    statements
}

/// One statement, so that parts go together with what they are attached to.
pub fn drop(schema: &str, name: &str, parts: &[IndexPart]) -> String {
    let mut names = vec![qualified(schema, name)];
    collect(parts, &mut names);
    format!("DROP INDEX IF EXISTS {};", names.join(", "))
}

fn collect(parts: &[IndexPart], names: &mut Vec<String>) {
    for part in parts {
        names.push(qualified(&part.schema, &part.name));
        collect(&part.parts, names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(table: &str, parts: Vec<IndexPart>) -> IndexPart {
        let name = format!("{table}_idx");
        IndexPart { schema: "public".into(), table: table.into(), name, parts }
    }

    #[test]
    fn parts_are_built_and_attached_from_below() {
        let index = IndexDefinition::on("public", "reading", "btree", &["device"]);
        let parts = [part("r1", vec![]), part("r2", vec![part("R 2a", vec![])])];
        let concurrently = "CREATE INDEX CONCURRENTLY IF NOT EXISTS";
        assert_eq!(
            create(&index, "reading_idx", &parts),
            [
                "CREATE INDEX IF NOT EXISTS reading_idx ON ONLY public.reading USING btree (device);",
                &format!("{concurrently} r1_idx ON public.r1 USING btree (device);"),
                "ALTER INDEX public.reading_idx ATTACH PARTITION public.r1_idx;",
                "CREATE INDEX IF NOT EXISTS r2_idx ON ONLY public.r2 USING btree (device);",
                &format!("{concurrently} \"R 2a_idx\" ON public.\"R 2a\" USING btree (device);"),
                "ALTER INDEX public.r2_idx ATTACH PARTITION public.\"R 2a_idx\";",
                "ALTER INDEX public.reading_idx ATTACH PARTITION public.r2_idx;",
            ]
        );
        assert_eq!(
            drop("public", "reading_idx", &parts),
            "DROP INDEX IF EXISTS public.reading_idx, public.r1_idx, public.r2_idx, public.\"R 2a_idx\";"
        );
    }
}
