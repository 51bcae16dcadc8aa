//! The catalog queries. Each names its columns as the fields of its row type in `rows`.

/// Schemas of users. Temporary ones belong to single sessions.
const USER_SCHEMA: &str = "\
    n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

/// Exact sizes take a lock that an exclusive one blocks; the planner's own figure takes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    Exact,
    AsLastAnalyzed,
}

impl Sizes {
    /// Leaves out tables that another session has locked against all readers: the server's own functions that write out
    /// an index wait for the table, and a table of which half is known would be advised on wrongly.
    fn readable(self, table: &str) -> String {
        match self {
            Sizes::Exact => "true".to_owned(),
            Sizes::AsLastAnalyzed => format!(
                "{table} NOT IN (SELECT l.relation FROM pg_catalog.pg_locks l \
                 WHERE l.relation IS NOT NULL AND l.mode = 'AccessExclusiveLock' AND l.granted \
                       AND l.pid <> pg_backend_pid() AND l.database = \
                           (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()))"
            ),
        }
    }

    fn of(self, relation: &str) -> String {
        match self {
            Sizes::Exact => format!("COALESCE(pg_relation_size({relation}.oid), 0)"),
            Sizes::AsLastAnalyzed => {
                format!("{relation}.relpages::bigint * current_setting('block_size')::bigint")
            }
        }
    }
}

/// A partitioned table has no rows of its own: its figures are those of its partitions together.
pub fn tables(sizes: Sizes) -> String {
    let own_size = sizes.of("c");
    let leaf_size = sizes.of("leaf");
    let readable = sizes.readable("c.oid");
    format!(
        "SELECT c.oid::bigint AS oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, \
                (SELECT json_build_object('schema', wn.nspname, 'name', w.relname) \
                 FROM pg_catalog.pg_inherits part \
                 JOIN pg_catalog.pg_class w ON w.oid = part.inhparent \
                 JOIN pg_catalog.pg_namespace wn ON wn.oid = w.relnamespace \
                 WHERE c.relispartition AND part.inhrelid = c.oid) AS partition_of, \
                CASE WHEN c.relkind = 'p' THEN parts.rows ELSE c.reltuples END AS rows, \
                CASE c.relkind WHEN 'p' THEN parts.bytes WHEN 'v' THEN 0 WHEN 'f' THEN 0 \
                     ELSE {own_size} END AS bytes, \
                current_setting('block_size')::bigint AS block_bytes, \
                CASE WHEN c.relkind = 'p' THEN COALESCE(parts.pages, 0) ELSE c.relpages END AS known_pages, \
                CASE WHEN c.relkind = 'p' THEN COALESCE(parts.visible, 0) ELSE c.relallvisible END AS visible_pages, \
                (extract(epoch FROM greatest(s.last_analyze, s.last_autoanalyze)) * 1000000)::bigint AS analyzed, \
                (extract(epoch FROM greatest(s.last_vacuum, s.last_autovacuum)) * 1000000)::bigint AS vacuumed, \
                s.n_mod_since_analyze AS modified, s.n_dead_tup AS dead, s.n_live_tup AS live, \
                s.seq_scan, s.idx_scan, s.n_tup_ins AS inserted, s.n_tup_upd AS updated, \
                s.n_tup_hot_upd AS updated_hot, s.n_tup_del AS deleted \
         FROM pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid \
         LEFT JOIN LATERAL ( \
             SELECT sum(greatest(leaf.reltuples, 0)) AS rows, sum({leaf_size}) AS bytes, \
                    sum(leaf.relpages) AS pages, sum(leaf.relallvisible) AS visible \
             FROM pg_catalog.pg_partition_tree(c.oid) part \
             JOIN pg_catalog.pg_class leaf ON leaf.oid = part.relid \
             WHERE part.isleaf AND leaf.relkind = 'r') parts ON c.relkind = 'p' \
         WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND {USER_SCHEMA} AND {readable} \
         ORDER BY n.nspname, c.relname"
    )
}

pub fn columns() -> String {
    format!(
        "SELECT a.attrelid::bigint AS table, a.attname AS name, \
                pg_catalog.format_type(a.atttypid, a.atttypmod) AS data_type, \
                a.attnotnull AS not_null, a.attgenerated <> '' AS generated, \
                CASE WHEN a.attcollation <> t.typcollation THEN co.collname END AS collation \
         FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation \
         WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'f', 'v') \
               AND {USER_SCHEMA} \
         ORDER BY a.attrelid, a.attnum"
    )
}

/// Rows for columns that the login may read. A parent of partitions has statistics over all of them.
pub fn statistics() -> String {
    "SELECT schemaname AS schema, tablename AS table, attname AS column, inherited, \
            n_distinct AS distinct, null_frac AS null_fraction, avg_width AS width, correlation, \
            (most_common_vals::text::text[])[1:100] AS common_values, \
            most_common_freqs[1:100] AS common_shares \
     FROM pg_catalog.pg_stats \
     WHERE schemaname <> 'information_schema' AND schemaname !~ '^pg_'"
        .to_owned()
}

/// What is asked of an index of a partitioned table is asked of its parts together.
pub fn indexes(sizes: Sizes) -> String {
    let size = sizes.of("ic");
    let part_size = sizes.of("leaf");
    let readable = sizes.readable("i.indrelid");
    // Asked for indexes of partitioned tables only, one by one: joined, it is planned and called for all of them.
    let parts = "FROM pg_catalog.pg_partition_tree(ic.oid) part \
                 JOIN pg_catalog.pg_class leaf ON leaf.oid = part.relid \
                 WHERE part.isleaf AND leaf.relkind = 'i'";
    format!(
        "SELECT i.indrelid::bigint AS table, ic.relname AS name, am.amname AS method, \
                i.indisunique AS unique, i.indisprimary AS primary, i.indisvalid AS valid, \
                i.indisreplident OR ic.relispartition OR EXISTS \
                    (SELECT FROM pg_catalog.pg_constraint con WHERE con.conindid = i.indexrelid) AS constraint, \
                pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate, \
                CASE WHEN ic.relkind = 'I' THEN COALESCE((SELECT sum({part_size}) {parts}), 0) \
                     ELSE {size} END AS bytes, \
                CASE WHEN ic.relkind = 'I' THEN \
                          COALESCE((SELECT sum(pg_catalog.pg_stat_get_numscans(leaf.oid)) {parts}), 0) \
                     ELSE pg_catalog.pg_stat_get_numscans(i.indexrelid) END AS scans, \
                pg_catalog.pg_get_indexdef(i.indexrelid) AS ddl, keys.keys \
         FROM pg_catalog.pg_index i \
         JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = ic.relnamespace \
         JOIN pg_catalog.pg_am am ON am.oid = ic.relam \
         CROSS JOIN LATERAL ( \
             SELECT json_agg(json_build_object( \
                        'included', k > i.indnkeyatts, \
                        'column', a.attname, \
                        'text', pg_catalog.pg_get_indexdef(i.indexrelid, k, true), \
                        'descending', k <= i.indnkeyatts AND i.indoption[k - 1] & 1 = 1, \
                        'nulls_first', k <= i.indnkeyatts AND i.indoption[k - 1] & 2 = 2, \
                        'operator_class', CASE WHEN oc.opcdefault THEN NULL \
                             WHEN pg_catalog.pg_opclass_is_visible(oc.oid) THEN quote_ident(oc.opcname) \
                             ELSE quote_ident(ocn.nspname) || '.' || quote_ident(oc.opcname) END, \
                        'collation', CASE WHEN k <= i.indnkeyatts AND i.indcollation[k - 1] <> 0 \
                             AND i.indcollation[k - 1] <> COALESCE(a.attcollation, 100) THEN co.collname END) \
                    ORDER BY k) AS keys \
             FROM generate_series(1, i.indnatts::int) k \
             LEFT JOIN pg_catalog.pg_attribute a \
                  ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k - 1] AND i.indkey[k - 1] <> 0 \
             LEFT JOIN pg_catalog.pg_opclass oc ON k <= i.indnkeyatts AND oc.oid = i.indclass[k - 1] \
             LEFT JOIN pg_catalog.pg_namespace ocn ON ocn.oid = oc.opcnamespace \
             LEFT JOIN pg_catalog.pg_collation co ON k <= i.indnkeyatts AND co.oid = i.indcollation[k - 1]) keys \
         WHERE {USER_SCHEMA} AND {readable} \
         ORDER BY i.indrelid, ic.relname"
    )
}

pub fn foreign_keys() -> String {
    format!(
        "SELECT con.conrelid::bigint AS table, con.conname AS name, \
                rn.nspname AS referenced_schema, rc.relname AS referenced_table, \
                (SELECT json_agg(a.attname ORDER BY k.ord) \
                 FROM unnest(con.conkey) WITH ORDINALITY k(num, ord) \
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.num) AS columns, \
                (SELECT json_agg(a.attname ORDER BY k.ord) \
                 FROM unnest(con.confkey) WITH ORDINALITY k(num, ord) \
                 JOIN pg_catalog.pg_attribute a ON a.attrelid = con.confrelid AND a.attnum = k.num) \
                    AS referenced_columns \
         FROM pg_catalog.pg_constraint con \
         JOIN pg_catalog.pg_namespace n ON n.oid = con.connamespace \
         JOIN pg_catalog.pg_class rc ON rc.oid = con.confrelid \
         JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace \
         WHERE con.contype = 'f' AND {USER_SCHEMA} \
         ORDER BY con.conrelid, con.conname"
    )
}

pub fn extended_statistics() -> &'static str {
    "SELECT stxrelid::bigint AS table, stxname AS name \
     FROM pg_catalog.pg_statistic_ext ORDER BY stxrelid, stxname"
}

/// Counters that were never reset are as old as the oldest thing they remember, which may be older than
/// the server's last start: they outlive a clean one.
pub fn surroundings() -> &'static str {
    "SELECT (SELECT json_agg(name ORDER BY name) FROM pg_catalog.pg_available_extensions \
             WHERE installed_version IS NOT NULL) AS extensions, \
            (SELECT json_agg(name ORDER BY name) FROM pg_catalog.pg_available_extensions \
             WHERE installed_version IS NULL) AS available_extensions, \
            to_json(current_schemas(false)) AS search_path, \
            (SELECT (extract(epoch FROM COALESCE(d.stats_reset, least(pg_postmaster_start_time(), \
                 (SELECT min(least(last_analyze, last_autoanalyze, last_vacuum, last_autovacuum)) \
                  FROM pg_catalog.pg_stat_user_tables)))) * 1000000)::bigint \
             FROM pg_catalog.pg_stat_database d WHERE d.datname = current_database()) AS counted_since"
}
