//! The questions about what a schema holds beside tables: by name, by what tells two of one name apart, and by a digest
//! of what each does.

use super::shape_sql::{NOT_OF_EXTENSION, OWN};

/// Where only the server prints a definition, another version may print it otherwise.
pub fn routines(within: &str) -> String {
    let parts = [relations(within), functions(within), types(within), rules(within), database()];
    format!(
        "SELECT class, schema, name, detail, printed, left(encode(sha256(convert_to(definition, 'UTF8')), 'hex'), 16) AS digest \
         FROM ({}) AS objects ORDER BY 1, 2, 3, 4",
        parts.join(" UNION ALL ")
    )
}

fn not_of_extension(object: &str, catalog: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {object} AND d.classid = '{catalog}'::regclass AND d.deptype = 'e')"
    )
}

fn relations(within: &str) -> String {
    format!(
        "SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'materialized view' END AS class, n.nspname::text AS schema, c.relname::text AS name, \
          NULL::text AS detail, true AS printed, pg_get_viewdef(c.oid) || coalesce(array_to_string(c.reloptions, ','), '') AS definition \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {OWN} AND {NOT_OF_EXTENSION} AND {within} \
         UNION ALL SELECT 'inheritance', n.nspname, c.relname, 'from ' || i.inhparent::regclass, false, NULL \
         FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relkind IN ('r', 'f') AND NOT c.relispartition AND {OWN} AND {within} \
         UNION ALL SELECT 'partition', n.nspname, c.relname, NULL, true, pg_get_expr(c.relpartbound, c.oid) \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f') AND c.relispartition AND {OWN} AND {within} \
         UNION ALL SELECT 'foreign table', n.nspname, c.relname, NULL, false, NULL \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'f' AND {OWN} AND {NOT_OF_EXTENSION} AND {within} \
         UNION ALL SELECT 'row security', n.nspname, c.relname, CASE WHEN c.relforcerowsecurity THEN 'forced' END, false, NULL \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relrowsecurity AND {OWN} AND {within} \
         UNION ALL SELECT 'statistics object', n.nspname, s.stxname, NULL, true, pg_get_statisticsobjdef(s.oid) \
         FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {OWN} AND {within}"
    )
}

fn functions(within: &str) -> String {
    let own = not_of_extension("c.oid", "pg_proc");
    format!(
        "SELECT CASE c.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname, c.proname, \
          '(' || pg_get_function_identity_arguments(c.oid) || ')', c.prosrc = '', \
          CASE WHEN c.prokind <> 'a' THEN concat_ws('|', l.lanname, c.prosrc, c.provolatile, c.proisstrict, c.prosecdef, array_to_string(c.proconfig, ','), \
           pg_get_function_result(c.oid)) END \
         FROM pg_proc c JOIN pg_namespace n ON n.oid = c.pronamespace JOIN pg_language l ON l.oid = c.prolang \
         WHERE {OWN} AND {within} AND {own} AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'i')"
    )
}

fn types(within: &str) -> String {
    let own = not_of_extension("t.oid", "pg_type");
    format!(
        "SELECT CASE t.typtype WHEN 'e' THEN 'enumerated type' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type' ELSE 'composite type' END, \
          n.nspname, t.typname, NULL, t.typtype = 'd', \
          CASE t.typtype WHEN 'e' THEN (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) \
           WHEN 'd' THEN concat_ws('|', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault) \
           WHEN 'c' THEN (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ',' ORDER BY a.attnum) FROM pg_attribute a \
            WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END \
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid \
         WHERE (t.typtype IN ('e', 'd', 'r') OR c.relkind = 'c') AND {OWN} AND {within} AND {own} \
         UNION ALL SELECT 'domain constraint', n.nspname, k.conname, 'of ' || t.typname, true, pg_get_constraintdef(k.oid) FROM pg_constraint k \
         JOIN pg_type t ON t.oid = k.contypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE k.contype = 'c' AND {OWN} AND {within} AND {own} \
         UNION ALL SELECT 'collation', n.nspname, t.collname, NULL, false, NULL FROM pg_collation t JOIN pg_namespace n ON n.oid = t.collnamespace \
         WHERE {OWN} AND {within} \
         UNION ALL SELECT 'operator', n.nspname, t.oprname, concat_ws(', ', t.oprleft::regtype, t.oprright::regtype), false, NULL \
         FROM pg_operator t JOIN pg_namespace n ON n.oid = t.oprnamespace WHERE {OWN} AND {within} AND {} \
         UNION ALL SELECT 'text search configuration', n.nspname, t.cfgname, NULL, false, NULL \
         FROM pg_ts_config t JOIN pg_namespace n ON n.oid = t.cfgnamespace WHERE {OWN} AND {within} AND {}",
        not_of_extension("t.oid", "pg_operator"),
        not_of_extension("t.oid", "pg_ts_config")
    )
}

/// Of a partitioned table's trigger each partition has a copy.
fn rules(within: &str) -> String {
    format!(
        "SELECT 'trigger', n.nspname, t.tgname, 'on ' || c.relname, true, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND NOT c.relispartition AND {OWN} AND {within} \
         UNION ALL SELECT 'rule', n.nspname, r.rulename, 'on ' || c.relname, true, pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.rulename <> '_RETURN' AND {OWN} AND {within} \
         UNION ALL SELECT 'policy', n.nspname, p.polname, 'on ' || c.relname, true, concat_ws('|', p.polcmd, p.polpermissive, \
          (SELECT string_agg(CASE x WHEN 0 THEN 'public' ELSE x::regrole::text END, ',' ORDER BY 1) FROM unnest(p.polroles) x), \
          pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid \
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {OWN} AND {within} \
         UNION ALL SELECT 'exclusion constraint', n.nspname, k.conname, 'on ' || c.relname, true, pg_get_constraintdef(k.oid) FROM pg_constraint k \
         JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'x' AND NOT c.relispartition AND {OWN} AND {within}"
    )
}

/// What belongs to no schema.
fn database() -> String {
    "SELECT 'extension', ''::text, e.extname, NULL, false, NULL FROM pg_extension e WHERE e.extname NOT IN ('plpgsql', 'pg_stat_statements', 'hypopg') \
     UNION ALL SELECT 'event trigger', '', e.evtname, NULL, false, concat_ws('|', e.evtevent, e.evtenabled, array_to_string(e.evttags, ',')) FROM pg_event_trigger e"
        .to_owned()
}
