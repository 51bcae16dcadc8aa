//! The questions of an inventory, one a kind of object: class, schema, name, detail, definition, bytes, facts.

use super::shape_sql::OWN;

/// A question, and the right that it needs where a plain login may not ask it.
pub struct Question {
    pub what: &'static str,
    pub sql: String,
    pub right: &'static str,
}

fn question(what: &'static str, sql: String) -> Question {
    Question {
        what,
        sql,
        right: "pg_read_all_settings and pg_read_all_stats (the role pg_monitor has both)",
    }
}

fn row(class: &str, schema: &str, name: &str, detail: &str, rest: &str) -> String {
    format!(
        "SELECT '{class}' AS class, {schema} AS schema, {name} AS name, {detail} AS detail, {rest}"
    )
}

const NOTHING_MORE: &str = "NULL::text AS definition, NULL::bigint AS bytes, '{}'::json AS facts";

pub fn questions(major: u32) -> Vec<Question> {
    let mut questions = vec![
        question(
            "extensions",
            row(
                "extension",
                "n.nspname",
                "e.extname",
                "'version ' || e.extversion || coalesce(', available ' || a.default_version, '')",
                NOTHING_MORE,
            ) + " FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace LEFT JOIN pg_available_extensions a ON a.name = e.extname ORDER BY 3",
        ),
        question(
            "partitions",
            row(
                "partition",
                "n.nspname",
                "c.relname",
                "'of ' || p.relname || ' ' || pg_get_expr(c.relpartbound, c.oid)",
                "NULL::text AS definition, CASE WHEN c.relkind = 'r' THEN pg_total_relation_size(c.oid) END AS bytes, '{}'::json AS facts",
            ) + &format!(
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent WHERE c.relispartition AND c.relkind IN ('r', 'p', 'f') AND {OWN} ORDER BY 2, 3"
            ),
        ),
        question(
            "tables",
            row(
                "table",
                "n.nspname",
                "c.relname",
                "'replica identity ' || CASE c.relreplident WHEN 'd' THEN CASE WHEN pk.indexrelid IS NULL THEN 'none: updates fail once it is published' ELSE 'primary key' END WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' ELSE 'nothing' END || CASE c.relpersistence WHEN 'u' THEN ', unlogged' ELSE '' END || CASE WHEN c.relrowsecurity THEN ', row security' ELSE '' END",
                "NULL::text AS definition, pg_total_relation_size(c.oid) AS bytes, json_build_object('persistence', c.relpersistence, 'replica_identity', c.relreplident, 'primary_key', pk.indexrelid IS NOT NULL, 'tablespace', (SELECT spcname FROM pg_tablespace t WHERE t.oid = c.reltablespace)) AS facts",
            ) + &format!(
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index pk ON pk.indrelid = c.oid AND pk.indisprimary WHERE c.relkind IN ('r', 'p') AND {OWN} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e') ORDER BY 2, 3"
            ),
        ),
        question(
            "foreign tables",
            row(
                "foreign-table",
                "n.nspname",
                "c.relname",
                "'on server ' || s.srvname",
                NOTHING_MORE,
            ) + &format!(
                " FROM pg_foreign_table f JOIN pg_class c ON c.oid = f.ftrelid JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE {OWN} ORDER BY 2, 3"
            ),
        ),
        question(
            "sequences",
            row(
                "sequence",
                "n.nspname",
                "c.relname",
                "format_type(s.seqtypid, NULL) || ', step ' || s.seqincrement || CASE WHEN s.seqcycle THEN ', cycles' ELSE '' END || coalesce(', at ' || q.last_value, '')",
                NOTHING_MORE,
            ) + &format!(
                " FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_sequences q ON q.schemaname = n.nspname AND q.sequencename = c.relname WHERE {OWN} ORDER BY 2, 3"
            ),
        ),
        question(
            "views",
            row(
                "view",
                "n.nspname",
                "c.relname",
                "'view'",
                "pg_get_viewdef(c.oid) AS definition, NULL::bigint AS bytes, '{}'::json AS facts",
            ) + &format!(
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND {OWN} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e') ORDER BY 2, 3"
            ),
        ),
        question(
            "materialised views",
            row(
                "materialized-view",
                "n.nspname",
                "c.relname",
                "CASE WHEN c.relispopulated THEN 'filled' ELSE 'never filled' END",
                "pg_get_viewdef(c.oid) AS definition, pg_total_relation_size(c.oid) AS bytes, '{}'::json AS facts",
            ) + &format!(
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND {OWN} ORDER BY 2, 3"
            ),
        ),
        question(
            "triggers",
            row(
                "trigger",
                "n.nspname",
                "t.tgname",
                "'on ' || c.relname || CASE t.tgenabled WHEN 'D' THEN ', disabled' WHEN 'R' THEN ', on replicas only' WHEN 'A' THEN ', always' ELSE '' END",
                "pg_get_triggerdef(t.oid) AS definition, NULL::bigint AS bytes, json_build_object('enabled', t.tgenabled) AS facts",
            ) + &format!(
                " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND {OWN} ORDER BY 2, 3"
            ),
        ),
        question(
            "functions",
            row(
                "function",
                "n.nspname",
                "p.proname",
                "l.lanname || ' ' || CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window function' ELSE 'function' END || '(' || pg_get_function_identity_arguments(p.oid) || ')'",
                "CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END AS definition, NULL::bigint AS bytes, json_build_object('language', l.lanname, 'kind', p.prokind, 'definer', p.prosecdef) AS facts",
            ) + &format!(
                " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang WHERE {OWN} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e') ORDER BY 2, 3"
            ),
        ),
        question(
            "types",
            row(
                "type",
                "n.nspname",
                "t.typname",
                "CASE t.typtype WHEN 'e' THEN 'enumerated' WHEN 'd' THEN 'domain over ' || format_type(t.typbasetype, t.typtypmod) WHEN 'r' THEN 'range' ELSE 'composite' END",
                NOTHING_MORE,
            ) + &format!(
                " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND {OWN} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e') ORDER BY 2, 3"
            ),
        ),
        question(
            "large objects",
            row(
                "large-objects",
                "''",
                "'large objects'",
                "count(*) || ' objects'",
                "NULL::text AS definition, pg_total_relation_size('pg_largeobject') AS bytes, json_build_object('count', count(*)) AS facts",
            ) + " FROM pg_largeobject_metadata HAVING count(*) > 0",
        ),
        question(
            "roles",
            row(
                "role",
                "''",
                "r.rolname",
                "concat_ws(', ', CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcanlogin THEN 'login' ELSE 'group' END, CASE WHEN r.rolreplication THEN 'replication' END, CASE WHEN r.rolbypassrls THEN 'bypasses row security' END, (SELECT 'member of ' || string_agg(g.rolname, ', ' ORDER BY g.rolname) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid))",
                "NULL::text AS definition, NULL::bigint AS bytes, json_build_object('createrole', r.rolcreaterole, 'super', r.rolsuper) AS facts",
            ) + " FROM pg_roles r WHERE r.rolname NOT LIKE 'pg\\_%' ORDER BY 3",
        ),
        question(
            "privileges",
            row(
                "role",
                "n.nspname",
                "coalesce(g.rolname, 'public')",
                "string_agg(DISTINCT lower(x.privilege_type), ', ') || ' on ' || count(DISTINCT c.oid) || ' tables, views and sequences'",
                NOTHING_MORE,
            ) + &format!(
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) x LEFT JOIN pg_roles g ON g.oid = x.grantee WHERE x.grantee <> c.relowner AND {OWN} GROUP BY 2, 3 ORDER BY 2, 3"
            ),
        ),
        Question {
            what: "replication slots",
            sql: row(
                "replication",
                "''",
                "s.slot_name",
                "s.slot_type || ' slot, ' || CASE WHEN s.active THEN 'in use' ELSE 'idle: it holds WAL back' END",
                "NULL::text AS definition, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn)::bigint AS bytes, json_build_object('kind', 'slot', 'active', s.active) AS facts",
            ) + " FROM pg_replication_slots s ORDER BY 3",
            right: "pg_monitor",
        },
        question(
            "publications",
            row(
                "replication",
                "''",
                "p.pubname",
                "'publication' || CASE WHEN p.puballtables THEN ' of all tables' ELSE '' END",
                "NULL::text AS definition, NULL::bigint AS bytes, json_build_object('kind', 'publication') AS facts",
            ) + " FROM pg_publication p ORDER BY 3",
        ),
        question(
            "subscriptions",
            row(
                "replication",
                "''",
                "coalesce(s.subname, 'a subscription')",
                "'subscription, running'",
                "NULL::text AS definition, NULL::bigint AS bytes, json_build_object('kind', 'subscription') AS facts",
            ) + " FROM pg_stat_subscription s ORDER BY 3",
        ),
        question(
            "replicas",
            row(
                "replication",
                "''",
                "coalesce(nullif(r.application_name, ''), 'a replica')",
                "'replica, ' || coalesce(r.state, 'state hidden') || coalesce(', ' || r.sync_state, '')",
                "NULL::text AS definition, NULL::bigint AS bytes, json_build_object('kind', 'replica') AS facts",
            ) + " FROM pg_stat_replication r ORDER BY 3",
        ),
        question(
            "collations",
            // The version that indexes were built by, against the one that the system has now.
            row(
                "collation",
                "''",
                "d.datname",
                "'database collation ' || d.datcollate",
                &format!(
                    "NULL::text AS definition, NULL::bigint AS bytes, json_build_object('kind', 'database', 'encoding', pg_encoding_to_char(d.encoding), 'collate', d.datcollate{}) AS facts",
                    collation_version(major)
                ),
            ) + " FROM pg_database d WHERE d.datname = current_database()",
        ),
        question(
            "collation versions",
            row(
                "collation",
                "n.nspname",
                "l.collname",
                "'built by version ' || l.collversion || ', the system has ' || coalesce(pg_collation_actual_version(l.oid), 'none')",
                "NULL::text AS definition, NULL::bigint AS bytes, json_build_object('kind', 'changed') AS facts",
            ) + " FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace WHERE l.collversion <> pg_collation_actual_version(l.oid) ORDER BY 3 LIMIT 20",
        ),
        Question {
            what: "passwords in MD5 form",
            sql: row(
                "role",
                "''",
                "a.rolname",
                "'password in MD5 form'",
                "NULL::text AS definition, NULL::bigint AS bytes, json_build_object('md5', true) AS facts",
            ) + " FROM pg_authid a WHERE a.rolpassword LIKE 'md5%' ORDER BY 3",
            right: "superuser: only pg_authid holds it",
        },
    ];
    questions.push(question(
        "generated columns and identities",
        row("type", "n.nspname", "c.relname || '.' || a.attname", "CASE WHEN a.attgenerated <> '' THEN 'generated column' ELSE 'identity column' END", "NULL::text AS definition, NULL::bigint AS bytes, json_build_object('generated', a.attgenerated, 'identity', a.attidentity) AS facts")
            + &format!(" FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped AND (a.attgenerated <> '' OR a.attidentity <> '') AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND {OWN} ORDER BY 2, 3"),
    ));
    questions
}

fn collation_version(major: u32) -> &'static str {
    match major >= 15 {
        true => {
            ", 'recorded', d.datcollversion, 'actual', pg_database_collation_actual_version(d.oid), 'provider', d.datlocprovider"
        }
        false => "",
    }
}

/// Jobs of pg_cron, where it is installed here.
pub const JOBS: &str = "SELECT 'job' AS class, '' AS schema, coalesce(jobname, 'job ' || jobid) AS name, schedule || ' in ' || database AS detail, \
    command AS definition, NULL::bigint AS bytes, json_build_object('active', active) AS facts FROM cron.job ORDER BY 3";

pub const STATEMENTS: &str = "SELECT left(query, 2000) AS text, calls::float8 AS calls, total_exec_time AS total_ms FROM {schema}.pg_stat_statements s \
    JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database() ORDER BY total_exec_time DESC LIMIT 20";

pub const TRANSACTIONS: &str = "SELECT coalesce(usename, '') AS user, coalesce(application_name, '') AS application, \
    extract(epoch FROM now() - xact_start)::float8 AS seconds, coalesce(state, '') AS state, left(coalesce(query, ''), 500) AS statement \
    FROM pg_stat_activity WHERE xact_start < now() - interval '5 seconds' AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 20";
