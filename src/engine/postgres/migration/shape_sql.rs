//! The questions to the catalog that a schema is compared by.

/// Namespaces of the server's own and of extensions are left out.
pub const OWN: &str = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
    AND n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp\\_%'";

pub const NOT_OF_EXTENSION: &str = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')";

pub fn tables(within: &str) -> String {
    format!(
        "SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, \
          greatest(CASE WHEN c.relkind = 'p' THEN (SELECT sum(greatest(p.reltuples, 0)) FROM pg_partition_tree(c.oid) t JOIN pg_class p ON p.oid = t.relid) \
           ELSE c.reltuples END, 0)::float8 AS rows, \
          (SELECT coalesce(sum(pg_table_size(t.relid)), pg_table_size(c.oid)) FROM pg_partition_tree(c.oid) t)::bigint AS bytes, \
          (SELECT count(*) FROM pg_inherits i WHERE i.inhparent = c.oid AND c.relkind = 'p') AS partitions, \
          has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {OWN} AND {NOT_OF_EXTENSION} AND {within} \
         ORDER BY 2, 3"
    )
}

pub fn columns(within: &str) -> String {
    format!(
        "SELECT c.oid::bigint AS table_oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS declared, \
          coalesce(b.typname, t.typname) AS type, coalesce(b.typtype, t.typtype)::text AS type_type, \
          coalesce((SELECT e.typtype = 'e' FROM pg_type e WHERE e.oid = coalesce(b.typelem, t.typelem)), false) AS labels_list, \
          CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END AS modifier, \
          NOT (a.attnotnull OR t.typnotnull) AS nullable, \
          pg_get_expr(d.adbin, d.adrelid) AS default, a.attidentity <> '' AS identity, a.attgenerated <> '' AS generated, \
          l.collname AS collation, coalesce(NOT l.collisdeterministic, false) OR coalesce(b.typname, t.typname) = 'citext' AS folds, \
          getdatabaseencoding() = 'UTF8' AS utf8, \
          (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = coalesce(b.oid, t.oid)) AS labels \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_type t ON t.oid = a.atttypid \
         LEFT JOIN LATERAL (WITH RECURSIVE d AS (SELECT t.typbasetype AS oid WHERE t.typtype = 'd' \
           UNION ALL SELECT x.typbasetype FROM d JOIN pg_type x ON x.oid = d.oid WHERE x.typtype = 'd') \
          SELECT y.* FROM d JOIN pg_type y ON y.oid = d.oid WHERE y.typtype <> 'd') b ON true \
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         LEFT JOIN pg_collation l ON l.oid = a.attcollation \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND {OWN} AND {within} \
         ORDER BY a.attrelid, a.attnum"
    )
}

pub fn indexes(within: &str) -> String {
    format!(
        "SELECT c.oid::bigint AS table_oid, x.relname AS name, i.indisunique AS unique, i.indisprimary AS primary, \
          i.indisvalid AND i.indisready AS valid, m.amname AS method, i.indpred IS NOT NULL AS partial, i.indimmediate AS immediate, \
          (SELECT json_agg(coalesce(a.attname, pg_get_indexdef(i.indexrelid, k.n::int, true)) ORDER BY k.n) \
            FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, n) \
            LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0 \
            WHERE k.n <= i.indnkeyatts) AS parts, \
          regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE (UNIQUE )?INDEX .* USING ', '\\1') AS definition, \
          NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) k(attnum) LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
            WHERE k.attnum = 0 OR NOT a.attnotnull) AS not_null \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid \
         JOIN pg_am m ON m.oid = x.relam JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {OWN} AND {within} ORDER BY 1, i.indisprimary DESC, 2"
    )
}

/// `enforced`: an expression for whether a constraint is.
pub fn constraints(within: &str, enforced: &str, period: &str) -> String {
    let action = |column: &str| {
        format!(
            "CASE k.{column} WHEN 'a' THEN 'no action' WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' \
             WHEN 'n' THEN 'set null' WHEN 'd' THEN 'set default' ELSE '' END"
        )
    };
    format!(
        "SELECT c.oid::bigint AS table_oid, k.conname AS name, k.contype::text AS type, k.convalidated AS validated, {enforced} AS enforced, \
          fn.nspname AS parent_schema, f.relname AS parent, {} AS on_delete, {} AS on_update, \
          (SELECT json_agg(a.attname ORDER BY u.n) FROM unnest(k.conkey) WITH ORDINALITY u(attnum, n) \
            JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) AS columns, \
          (SELECT json_agg(a.attname ORDER BY u.n) FROM unnest(k.confkey) WITH ORDINALITY u(attnum, n) \
            JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum) AS parent_columns, \
          pg_get_expr(k.conbin, k.conrelid) AS expression, {period} AS period, \
          concat_ws(' ', CASE WHEN k.condeferred THEN 'deferrable initially deferred' WHEN k.condeferrable THEN 'deferrable' END, \
           CASE WHEN k.confmatchtype = 'f' THEN 'match full' END) AS manner, \
          (SELECT json_agg('OPERATOR(' || quote_ident(n.nspname) || '.' || o.oprname || ')' ORDER BY u.n) \
            FROM unnest(k.conpfeqop) WITH ORDINALITY u(oid, n) JOIN pg_operator o ON o.oid = u.oid JOIN pg_namespace n ON n.oid = o.oprnamespace) AS operators \
         FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace \
         WHERE k.contype IN ('f', 'c') AND k.conparentid = 0 AND NOT c.relispartition AND {OWN} AND {within} ORDER BY 1, 2",
        action("confdeltype"),
        action("confupdtype")
    )
}

pub fn disabled_triggers(within: &str) -> String {
    format!(
        "SELECT c.oid::bigint AS table_oid, t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.tgenabled = 'D' AND {OWN} AND {within} ORDER BY 1, 2"
    )
}

pub fn sequences(within: &str) -> String {
    format!(
        "SELECT n.nspname AS schema, c.relname AS name, s.seqincrement AS increment, \
          has_sequence_privilege(c.oid, 'SELECT, USAGE') AS readable, \
          quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS quoted, \
          tn.nspname AS owner_schema, tc.relname AS owner_table, a.attname AS owner_column \
         FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass \
          AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 \
         LEFT JOIN pg_class tc ON tc.oid = d.refobjid LEFT JOIN pg_namespace tn ON tn.oid = tc.relnamespace \
         LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
         WHERE {OWN} AND {NOT_OF_EXTENSION} AND {within} ORDER BY 1, 2"
    )
}
