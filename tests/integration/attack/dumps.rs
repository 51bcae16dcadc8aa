//! Scripts and dumps that try to own the machine they are loaded on.

use std::path::{Path, PathBuf};

use planwise::engine::{Access, DumpOptions};
use planwise::progress::Progress;
use planwise::sandbox::{Loaded, Sandbox, SandboxError};

use crate::postgres::server::{one, postgres, prepared, start, with};

struct Place {
    folder: tempfile::TempDir,
    sandbox: Sandbox,
}

impl Place {
    async fn new() -> Option<Place> {
        let sandbox = start().await?;
        // Where the server may write, if nothing else holds it back.
        let folder = tempfile::tempdir_in(sandbox.directory()).unwrap();
        let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o777);
        std::fs::set_permissions(folder.path(), everybody).unwrap();
        Some(Place { folder, sandbox })
    }

    fn trace(&self) -> PathBuf {
        self.folder.path().join("trace")
    }

    async fn load(&mut self, script: &str) -> Result<Loaded, SandboxError> {
        let file = self.folder.path().join("script.sql");
        std::fs::write(&file, script.replace("TRACE", &self.trace().display().to_string()))
            .unwrap();
        self.sandbox.load(&[file], Progress::hidden()).await
    }

    async fn as_owner(&self, sql: &str) -> String {
        let url = self.sandbox.owner_url(self.sandbox.database());
        let mut session = postgres().connect(&url, &with(Access::ReadOnly)).await.unwrap();
        one(session.as_mut(), sql).await
    }
}

const PROGRAM: &str = "CREATE FUNCTION run(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS \
    $$ BEGIN EXECUTE $q$ COPY (SELECT 1) TO PROGRAM 'touch TRACE' $q$; RETURN 1; END $$;\n";

#[tokio::test(flavor = "multi_thread")]
async fn no_script_leaves_the_database() {
    let Some(mut place) = Place::new().await else { return };
    let program = |rest: &str| format!("{PROGRAM}{rest}");
    for script in [
        "COPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "COPY (SELECT 1) TO 'TRACE';".to_owned(),
        "CREATE TABLE a (x text); COPY a FROM PROGRAM 'touch TRACE';".to_owned(),
        "DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch TRACE'''; END $$;".to_owned(),
        "RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION postgres; COPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "RESET ROLE; SET ROLE postgres; COPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "\\connect - postgres\nCOPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "\\connect \"dbname='postgres' user='postgres'\"\nCOPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "\\! touch TRACE\n".to_owned(),
        "SELECT 1 \\g | touch TRACE\n".to_owned(),
        "\\copy a to program 'touch TRACE'\n".to_owned(),
        "\\o | touch TRACE\n".to_owned(),
        program("CREATE TABLE b (x int); INSERT INTO b VALUES (1); CREATE INDEX ON b (run(x));"),
        program("CREATE TABLE c (x int); CREATE INDEX ON c (run(x)); INSERT INTO c VALUES (1);"),
        program("CREATE TABLE d (x int DEFAULT run(1)); INSERT INTO d DEFAULT VALUES;"),
        program("CREATE TABLE e (x int CHECK (run(x) > 0)); INSERT INTO e VALUES (1);"),
        program("CREATE MATERIALIZED VIEW f AS SELECT run(1);"),
        "ALTER ROLE planwise SUPERUSER; COPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "CREATE ROLE boss SUPERUSER LOGIN; SET ROLE boss; COPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "CREATE ROLE porter; GRANT pg_execute_server_program TO porter; SET ROLE porter; COPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "GRANT pg_execute_server_program TO planwise; COPY (SELECT 1) TO PROGRAM 'touch TRACE';".to_owned(),
        "GRANT pg_write_server_files TO planwise; COPY (SELECT 1) TO 'TRACE';".to_owned(),
        "CREATE FUNCTION sys(text) RETURNS int LANGUAGE c AS 'libc.so.6', 'system'; SELECT sys('touch TRACE');".to_owned(),
        "CREATE EXTENSION plpython3u; CREATE FUNCTION py() RETURNS int LANGUAGE plpython3u AS 'open(\"TRACE\", \"w\")'; SELECT py();".to_owned(),
        "CREATE EXTENSION dblink; SELECT dblink_exec('user=postgres dbname=postgres host=' || current_setting('unix_socket_directories'), $q$ COPY (SELECT 1) TO PROGRAM 'touch TRACE' $q$);".to_owned(),
        "CREATE EXTENSION file_fdw; CREATE SERVER s FOREIGN DATA WRAPPER file_fdw; CREATE FOREIGN TABLE g (x text) SERVER s OPTIONS (program 'touch TRACE'); SELECT * FROM g;".to_owned(),
        "CREATE EXTENSION adminpack; SELECT pg_file_write('TRACE', 'x', false);".to_owned(),
        "SELECT lo_export(lo_from_bytea(0, 'x'), 'TRACE');".to_owned(),
        "ALTER SYSTEM SET archive_command = 'touch TRACE'; SELECT pg_reload_conf(); SELECT pg_switch_wal();".to_owned(),
        "SELECT pg_catalog.planwise_create_extension('plperlu', 'public');".to_owned(),
        "SELECT pg_catalog.planwise_create_role('x\"; ALTER ROLE planwise SUPERUSER; --');".to_owned(),
        "LOAD '/tmp/x.so';".to_owned(),
    ] {
        let outcome = place.load(&script).await;
        assert!(!place.trace().exists(), "{script}\n{outcome:?}");
        let rights = "SELECT rolsuper OR rolcreaterole OR pg_has_role('pg_execute_server_program', 'USAGE') \
                      OR pg_has_role('pg_write_server_files', 'USAGE') OR pg_has_role('postgres', 'USAGE') \
                      FROM pg_roles WHERE rolname = current_user";
        assert_eq!(place.as_owner(rights).await, "f", "{script}");
    }
    assert_eq!(place.as_owner("SELECT count(*) FROM pg_roles WHERE rolsuper").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_cannot_wait_for_a_superuser() {
    let Some(mut place) = Place::new().await else { return };
    let script = "CREATE FUNCTION run() RETURNS event_trigger LANGUAGE plpgsql AS \
        $$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch TRACE'; END $$;\n\
        CREATE EVENT TRIGGER wait ON ddl_command_start EXECUTE FUNCTION run();\n\
        ALTER EVENT TRIGGER wait OWNER TO postgres;\n\
        CREATE FUNCTION public.lower(name) RETURNS text LANGUAGE plpgsql AS \
        $$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch TRACE'; RETURN ''; END $$;\n\
        CREATE EXTENSION xml2;\n";
    let loaded = place.load(script).await.unwrap();
    let notes: Vec<&str> = loaded.notes.iter().map(|(_, note)| note.reason.as_str()).collect();
    assert!(notes.iter().any(|note| note.contains("event triggers are left out")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("functions of its own")), "{notes:?}");
    let mut superuser = place.sandbox.connect(&with(Access::Commit)).await.unwrap();
    superuser.command("CREATE TABLE later (x int)").await.unwrap();
    assert!(!place.trace().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_dump_still_loads() {
    let Some(mut place) = Place::new().await else { return };
    let script = "SET session_replication_role = replica; RESET session_replication_role;\n\
        CREATE ROLE clerk LOGIN PASSWORD 'x'; CREATE USER guest;\n\
        CREATE SCHEMA shop; ALTER SCHEMA shop OWNER TO clerk;\n\
        CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;\n\
        COMMENT ON EXTENSION plpgsql IS 'x';\n\
        CREATE EXTENSION pg_trgm; CREATE EXTENSION earthdistance CASCADE; CREATE EXTENSION xml2 WITH SCHEMA shop;\n\
        BEGIN; CREATE EXTENSION bloom; CREATE ROLE inner_role; COMMIT;\n\
        CREATE TABLE shop.item (id int PRIMARY KEY, name text);\n\
        CREATE TABLE shop.sale (id serial PRIMARY KEY, item int REFERENCES shop.item);\n\
        ALTER TABLE shop.item OWNER TO clerk; ALTER TABLE shop.sale OWNER TO nobody_here;\n\
        ALTER TABLE shop.sale DISABLE TRIGGER ALL;\n\
        COPY shop.sale (item) FROM stdin;\n7\n\\.\n\
        INSERT INTO shop.item VALUES (7, 'x');\n\
        ALTER TABLE shop.sale ENABLE TRIGGER ALL;\n\
        ALTER TABLE shop.item ENABLE ROW LEVEL SECURITY;\n\
        CREATE POLICY own ON shop.item TO clerk USING (true);\n\
        GRANT SELECT ON shop.item TO guest; ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO clerk;\n\
        ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT ALL ON TABLES TO clerk;\n\
        REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT ALL ON SCHEMA public TO postgres;\n\
        CREATE FUNCTION shop.native(int) RETURNS int LANGUAGE c AS '$libdir/x', 'y';\n\
        ALTER FUNCTION shop.native(int) OWNER TO clerk; COMMENT ON FUNCTION shop.native(int) IS 'z';\n\
        CREATE FUNCTION shop.py() RETURNS int LANGUAGE plpython3u AS 'return 1';\n\
        CREATE PUBLICATION everything FOR ALL TABLES; ALTER PUBLICATION everything OWNER TO clerk;\n\
        CREATE DATABASE other TEMPLATE template0;\n\\connect other\n\
        CREATE EXTENSION xml2; CREATE TABLE there (x int);\n";
    let loaded = place.load(script).await.unwrap_or_else(|error| panic!("{error:?}"));
    let notes: Vec<&str> = loaded.notes.iter().map(|(_, note)| note.reason.as_str()).collect();
    assert!(notes.iter().any(|note| note.contains("languages that reach outside")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("replication is left out")), "{notes:?}");
    let extensions = "SELECT string_agg(extname, ' ' ORDER BY extname) FROM pg_extension";
    assert_eq!(place.as_owner(extensions).await, "hypopg pg_stat_statements plpgsql xml2");
    assert_eq!(place.as_owner("SELECT count(*) FROM there").await, "0");
    let what_if = "SELECT count(*) FROM hypopg_create_index('CREATE INDEX ON there (x)')";
    assert_eq!(place.as_owner(what_if).await, "1");
}

/// The copy of a database whose owner wants to run programs where planwise runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_database_owns_nothing() {
    let Some(place) = Place::new().await else { return };
    let program = PROGRAM.replace("TRACE", &place.trace().display().to_string());
    let hostile = format!(
        "CREATE TABLE t (x int); INSERT INTO t VALUES (1); {program} \
         CREATE FUNCTION harmless(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; \
         CREATE INDEX ON t (harmless(x)); \
         CREATE OR REPLACE FUNCTION harmless(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT public.run($1)'"
    );
    drop(prepared(&place.sandbox, &hostile).await);
    let options = DumpOptions { max_bytes: 1 << 30, bin_dir: None };
    let url = place.sandbox.url(place.sandbox.database());
    let dump = postgres().dump(&url, &options).await.unwrap();
    let mut copy = start().await.unwrap();
    let refused = copy.load_dump(dump, Progress::hidden()).await.unwrap_err();
    assert!(format!("{refused:?}").contains("COPY"), "{refused:?}");
    assert!(!Path::new(&place.trace()).exists());
}
