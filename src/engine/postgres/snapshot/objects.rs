//! What is made by a statement that the server's catalogs give, or nearly.

use super::operator_sql;
use super::sql::{USER_SCHEMA, own, readable};

/// Kind, name and statement of what tables are made of and with, in the order in which it is made.
pub fn objects_before() -> Vec<String> {
    let in_schema = |class: &str, alias: &str, space: &str| {
        format!(
            "JOIN pg_catalog.pg_namespace n ON n.oid = {alias}.{space} WHERE {USER_SCHEMA} AND {}",
            own(class, &format!("{alias}.oid"))
        )
    };
    let named = |name: &str| format!("quote_ident(n.nspname) || '.' || quote_ident({name})");
    vec![
        format!(
            "SELECT 'schema' AS kind, quote_ident(n.nspname) AS name, \
                    'CREATE SCHEMA IF NOT EXISTS ' || quote_ident(n.nspname) AS statement \
             FROM pg_catalog.pg_namespace n WHERE {USER_SCHEMA} AND {} ORDER BY n.oid",
            own("pg_namespace", "n.oid")
        ),
        format!(
            "SELECT 'collation' AS kind, {name} AS name, \
                    format('CREATE COLLATION %s (PROVIDER = %s, LOCALE = %L, DETERMINISTIC = %s)', {name}, \
                           CASE c.collprovider WHEN 'i' THEN 'icu' ELSE 'libc' END, \
                           COALESCE(to_json(c) ->> 'colllocale', to_json(c) ->> 'colliculocale', c.collcollate), \
                           c.collisdeterministic) AS statement \
             FROM pg_catalog.pg_collation c {place} ORDER BY c.oid",
            name = named("c.collname"),
            place = in_schema("pg_collation", "c", "collnamespace")
        ),
        format!(
            "SELECT 'type' AS kind, {name} AS name, \
                    CASE t.typtype \
                    WHEN 'e' THEN format('CREATE TYPE %s AS ENUM (%s)', {name}, \
                         (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) \
                          FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)) \
                    WHEN 'd' THEN format('CREATE DOMAIN %s AS %s%s%s%s', {name}, \
                         pg_catalog.format_type(t.typbasetype, t.typtypmod), \
                         ' DEFAULT ' || t.typdefault, CASE WHEN t.typnotnull THEN ' NOT NULL' END, \
                         (SELECT string_agg(' CONSTRAINT ' || quote_ident(con.conname) || ' ' || pg_catalog.pg_get_constraintdef(con.oid), '') \
                          FROM pg_catalog.pg_constraint con WHERE con.contypid = t.oid AND con.contype = 'c')) \
                    WHEN 'r' THEN (SELECT format('CREATE TYPE %s AS RANGE (SUBTYPE = %s)', {name}, \
                                                 pg_catalog.format_type(r.rngsubtype, NULL)) \
                                   FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid) \
                    ELSE (SELECT format('CREATE TYPE %s AS (%s)', {name}, \
                              string_agg(quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)) \
                          FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) \
                    END AS statement \
             FROM pg_catalog.pg_type t {place} AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND EXISTS \
                  (SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))) ORDER BY t.oid",
            name = named("t.typname"),
            place = in_schema("pg_type", "t", "typnamespace")
        ),
        format!(
            "SELECT 'sequence' AS kind, {name} AS name, format('CREATE SEQUENCE IF NOT EXISTS %s', {name}) AS statement \
             FROM pg_catalog.pg_class c {place} AND c.relkind = 'S' AND c.relpersistence <> 't' AND NOT EXISTS \
                  (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = 'pg_catalog.pg_class'::regclass \
                   AND i.objid = c.oid AND i.deptype = 'i') ORDER BY c.oid",
            name = named("c.relname"),
            place = in_schema("pg_class", "c", "relnamespace")
        ),
        format!(
            "SELECT 'function' AS kind, {name} || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS name, \
                    pg_catalog.pg_get_functiondef(p.oid) AS statement \
             FROM pg_catalog.pg_proc p {place} AND p.prokind IN ('f', 'p', 'w') ORDER BY p.oid",
            name = named("p.proname"),
            place = in_schema("pg_proc", "p", "pronamespace")
        ),
        operator_sql::operators(),
        operator_sql::casts(),
        format!(
            "SELECT 'aggregate' AS kind, {name} || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS name, \
                    format('CREATE AGGREGATE %s (%s) (SFUNC = %s, STYPE = %s%s%s%s)', {name}, \
                           COALESCE(NULLIF(pg_catalog.pg_get_function_identity_arguments(p.oid), ''), '*'), \
                           a.aggtransfn::regproc, pg_catalog.format_type(a.aggtranstype, NULL), \
                           CASE WHEN a.aggfinalfn <> 0 THEN ', FINALFUNC = ' || a.aggfinalfn::regproc END, \
                           CASE WHEN a.aggcombinefn <> 0 THEN ', COMBINEFUNC = ' || a.aggcombinefn::regproc END, \
                           pg_catalog.concat(', INITCOND = ' || quote_literal(a.agginitval), ', PARALLEL = ' || CASE p.proparallel \
                               WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END, \
                               (SELECT format(', SORTOP = OPERATOR(%I.%s)', sn.nspname, s.oprname) FROM pg_catalog.pg_operator s \
                                JOIN pg_catalog.pg_namespace sn ON sn.oid = s.oprnamespace WHERE s.oid = a.aggsortop))) AS statement \
             FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid {place} ORDER BY p.oid",
            name = named("p.proname"),
            place = in_schema("pg_proc", "p", "pronamespace")
        ),
        "SELECT 'foreign server' AS kind, quote_ident(s.srvname) AS name, \
                format('CREATE SERVER %I FOREIGN DATA WRAPPER %I', s.srvname, w.fdwname) AS statement \
         FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w ON w.oid = s.srvfdw ORDER BY s.oid"
            .to_owned(),
    ]
}

/// What stands on tables.
pub fn objects_after(exact: bool) -> Vec<String> {
    let readable = readable("c.oid", exact);
    let place = |table: &str| {
        format!(
            "JOIN pg_catalog.pg_class c ON c.oid = {table} JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE {USER_SCHEMA} AND {} AND {readable}",
            own("pg_class", "c.oid")
        )
    };
    let constraint = |kind: &str, filter: &str| {
        format!(
            "SELECT '{kind}' AS kind, format('%I.%I: %I', n.nspname, c.relname, con.conname) AS name, \
                    format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', n.nspname, c.relname, con.conname, \
                           pg_catalog.pg_get_constraintdef(con.oid)) AS statement \
             FROM pg_catalog.pg_constraint con {} AND {filter} ORDER BY con.oid",
            place("con.conrelid")
        )
    };
    vec![
        constraint("check", "con.contype = 'c' AND (con.conislocal OR c.relispartition)"),
        constraint("foreign key", "con.contype = 'f' AND con.conparentid = 0"),
        format!(
            "SELECT 'rule' AS kind, format('%I on %I.%I', r.rulename, n.nspname, c.relname) AS name, \
                    rtrim(pg_catalog.pg_get_ruledef(r.oid), ';') AS statement \
             FROM pg_catalog.pg_rewrite r {} AND r.rulename <> '_RETURN' ORDER BY r.oid",
            place("r.ev_class")
        ),
        format!(
            "SELECT 'policy' AS kind, format('%I on %I.%I', p.polname, n.nspname, c.relname) AS name, \
                    format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s%s%s', p.polname, n.nspname, c.relname, \
                           CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, \
                           CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' \
                                WHEN 'd' THEN 'DELETE' ELSE 'ALL' END, \
                           (SELECT string_agg(CASE r.oid WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_catalog.pg_get_userbyid(r.oid)) END, ', ') \
                            FROM unnest(p.polroles) r(oid)), \
                           ' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', \
                           ' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')') AS statement \
             FROM pg_catalog.pg_policy p {} ORDER BY p.oid",
            place("p.polrelid")
        ),
        format!(
            "SELECT 'trigger' AS kind, format('%I on %I.%I', t.tgname, n.nspname, c.relname) AS name, \
                    pg_catalog.pg_get_triggerdef(t.oid) AS statement \
             FROM pg_catalog.pg_trigger t {} AND NOT t.tgisinternal AND c.relkind = 'v' ORDER BY t.oid",
            place("t.tgrelid")
        ),
    ]
}

/// Types that only a library of the server's own machine can make.
pub fn uncarried() -> String {
    format!(
        "SELECT 'type ' || quote_ident(n.nspname) || '.' || t.typname FROM pg_catalog.pg_type t \
         JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
         WHERE {USER_SCHEMA} AND t.typtype = 'b' AND t.typcategory <> 'A' AND {}",
        own("pg_type", "t.oid")
    )
}

/// Dictionaries and configurations of text search, in the order in which they are made.
pub fn text_search() -> Vec<String> {
    let own_place = |alias: &str, space: &str, class: &str| {
        format!(
            "JOIN pg_catalog.pg_namespace n ON n.oid = {alias}.{space} WHERE {USER_SCHEMA} AND {}",
            own(class, &format!("{alias}.oid"))
        )
    };
    // Its schema matters: the login's search path is empty.
    let dictionary = "quote_ident(dn.nspname) || '.' || quote_ident(md.dictname)";
    vec![
        format!(
            "SELECT 'text search dictionary' AS kind, format('%I.%I', n.nspname, d.dictname) AS name, \
                    format('CREATE TEXT SEARCH DICTIONARY %I.%I (TEMPLATE = %I.%I%s)', n.nspname, d.dictname, \
                           tn.nspname, t.tmplname, ', ' || d.dictinitoption) AS statement \
             FROM pg_catalog.pg_ts_dict d JOIN pg_catalog.pg_ts_template t ON t.oid = d.dicttemplate \
             JOIN pg_catalog.pg_namespace tn ON tn.oid = t.tmplnamespace {} ORDER BY d.oid",
            own_place("d", "dictnamespace", "pg_ts_dict")
        ),
        format!(
            "SELECT 'text search configuration' AS kind, format('%I.%I', n.nspname, g.cfgname) AS name, \
                    format('CREATE TEXT SEARCH CONFIGURATION %I.%I (PARSER = %I.%I)', n.nspname, g.cfgname, \
                           pn.nspname, p.prsname) || COALESCE((SELECT string_agg(format( \
                        '; ALTER TEXT SEARCH CONFIGURATION %I.%I ADD MAPPING FOR %I WITH %s', n.nspname, g.cfgname, \
                        tt.alias, m.dictionaries), '' ORDER BY tt.tokid) \
                     FROM (SELECT m.maptokentype, string_agg({dictionary}, ', ' ORDER BY m.mapseqno) AS dictionaries \
                           FROM pg_catalog.pg_ts_config_map m JOIN pg_catalog.pg_ts_dict md ON md.oid = m.mapdict \
                           JOIN pg_catalog.pg_namespace dn ON dn.oid = md.dictnamespace \
                           WHERE m.mapcfg = g.oid GROUP BY 1) m \
                     JOIN LATERAL pg_catalog.ts_token_type(g.cfgparser) tt ON tt.tokid = m.maptokentype), '') AS statement \
             FROM pg_catalog.pg_ts_config g JOIN pg_catalog.pg_ts_parser p ON p.oid = g.cfgparser \
             JOIN pg_catalog.pg_namespace pn ON pn.oid = p.prsnamespace {} ORDER BY g.oid",
            own_place("g", "cfgnamespace", "pg_ts_config")
        ),
    ]
}

/// Who policies may be about, where there are any.
pub fn roles() -> &'static str {
    "SELECT r.rolname AS name, r.rolsuper OR r.rolbypassrls AS unfiltered, \
            COALESCE((SELECT json_agg(g.rolname ORDER BY g.rolname) FROM pg_catalog.pg_auth_members m \
             JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid AND g.rolname !~ '^pg_'), '[]'::json) AS member_of \
     FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' AND EXISTS (SELECT FROM pg_catalog.pg_policy) \
     ORDER BY r.rolname LIMIT 5000"
}
