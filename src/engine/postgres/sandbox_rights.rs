//! The role that owns what is loaded into a throwaway server, and the few things done for it that need a superuser.
//!
//! Dumps and scripts come from elsewhere: as superuser, a function in one could run programs on this machine. The
//! owner can do what the owner of a database can, and no more. Three functions run as the superuser for it; none
//! of them runs code that was loaded.

/// Whoever can reach the socket is the superuser; the socket's folder keeps everybody else out.
pub const SUPERUSER: &str = "postgres";

/// Owns everything that is loaded, and runs the workload.
pub const OWNER: &str = "planwise";

/// Extensions without the mark "trusted" in some version, whose functions give nobody more rights than he has. The
/// ones for other servers let only superusers connect without a password, which the sandbox does not have.
const EXTENSIONS: &[&str] = &[
    "autoinc",
    "bloom",
    "btree_gin",
    "btree_gist",
    "citext",
    "cube",
    "dblink",
    "dict_int",
    "dict_xsyn",
    "earthdistance",
    "fuzzystrmatch",
    "hll",
    "hstore",
    "hypopg",
    "insert_username",
    "intagg",
    "intarray",
    "isn",
    "lo",
    "ltree",
    "moddatetime",
    "pg_buffercache",
    "pg_freespacemap",
    "pg_prewarm",
    "pg_stat_statements",
    "pg_trgm",
    "pg_visibility",
    "pgcrypto",
    "pgrouting",
    "pgrowlocks",
    "pgstattuple",
    "plpgsql",
    "postgis",
    "postgis_raster",
    "postgis_topology",
    "postgres_fdw",
    "refint",
    "rum",
    "seg",
    "sslinfo",
    "tablefunc",
    "tcn",
    "tsm_system_rows",
    "tsm_system_time",
    "unaccent",
    "uuid-ossp",
    "vector",
    "xml2",
];

/// Statements for a new cluster, each of which may fail: some need a newer server.
pub fn statements() -> Vec<String> {
    let role = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{OWNER}') THEN \
         CREATE ROLE {OWNER} LOGIN CREATEDB; GRANT pg_monitor TO {OWNER}; END IF; END $$"
    );
    let mut statements = vec![
        role,
        format!("ALTER DATABASE {SUPERUSER} OWNER TO {OWNER}"),
        format!("ALTER SCHEMA public OWNER TO {OWNER}"),
        "ALTER DATABASE template0 ALLOW_CONNECTIONS true".to_owned(),
    ];
    let parameters = ["session_replication_role", "track_io_timing", "lc_messages"];
    statements.extend(parameters.map(|name| format!("GRANT SET ON PARAMETER {name} TO {OWNER}")));
    let system = |function: String| format!("SET allow_system_table_mods = on; {function}");
    statements.extend([create_extension(), set_triggers(), create_role()].map(system));
    statements
}

/// An extension of the list, in a schema where no function of the owner's waits for its script to call it.
fn create_extension() -> String {
    let list: Vec<String> = EXTENSIONS.iter().map(|name| format!("'{name}'")).collect();
    format!(
        "CREATE OR REPLACE FUNCTION pg_catalog.planwise_create_extension(wanted text, place text) RETURNS void \
         LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$ BEGIN \
         IF wanted <> ALL (ARRAY[{}]) THEN \
           RAISE insufficient_privilege USING MESSAGE = format('%s is not among the extensions that a throwaway server creates', wanted); \
         END IF; \
         IF EXISTS (SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_roles r ON r.oid = p.proowner \
                    WHERE n.nspname = place AND NOT r.rolsuper) \
            OR EXISTS (SELECT FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace JOIN pg_roles r ON r.oid = o.oprowner \
                    WHERE n.nspname = place AND NOT r.rolsuper) THEN \
           RAISE insufficient_privilege USING MESSAGE = format('%s is not created in schema %s, which has functions of its own', wanted, place); \
         END IF; \
         EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I SCHEMA %I CASCADE', wanted, place); \
         IF wanted = 'postgres_fdw' THEN GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO {OWNER}; END IF; \
         END $f$",
        list.join(", ")
    )
}

/// `ALTER TABLE … { ENABLE | DISABLE } TRIGGER ALL` of a table that the session's user owns: data in any order.
fn set_triggers() -> String {
    "CREATE OR REPLACE FUNCTION pg_catalog.planwise_set_triggers(tab regclass, wanted bool) RETURNS void \
     LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$ BEGIN \
     IF NOT (SELECT pg_has_role(session_user, relowner, 'USAGE') FROM pg_class WHERE oid = tab) THEN \
       RAISE insufficient_privilege USING MESSAGE = 'must be owner of the table'; \
     END IF; \
     EXECUTE format('ALTER TABLE %s %s TRIGGER ALL', tab, CASE WHEN wanted THEN 'ENABLE' ELSE 'DISABLE' END); \
     END $f$"
        .to_owned()
}

/// A role with a name and nothing else, of which the owner is a member: owners, grants and policies name it.
fn create_role() -> String {
    format!(
        "CREATE OR REPLACE FUNCTION pg_catalog.planwise_create_role(wanted text) RETURNS void \
         LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $f$ BEGIN \
         EXECUTE format('CREATE ROLE %I', wanted); \
         EXECUTE format('GRANT %I TO {OWNER}', wanted); \
         END $f$"
    )
}
