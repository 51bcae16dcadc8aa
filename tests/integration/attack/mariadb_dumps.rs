//! MariaDB scripts that try to own the machine they are loaded on, and dumps that must still load.

use planwise::engine::{self, Access, SessionOptions};
use planwise::progress::Progress;
use planwise::sandbox::{Loaded, Sandbox, SandboxError};

use crate::parts;

async fn load(sandbox: &mut Sandbox, script: &str) -> Result<Loaded, SandboxError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("script.sql");
    std::fs::write(&file, script).unwrap();
    sandbox.load(&[file], Progress::hidden()).await
}

async fn as_owner(sandbox: &Sandbox, sql: &str) -> Vec<Option<String>> {
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    let engine = engine::by_name("mariadb").unwrap();
    let mut session = engine.connect(&sandbox.owner_url("test"), &options).await.unwrap();
    session.query_text(sql).await.unwrap_or_else(|error| vec![Some(error.to_string())])
}

/// Names that an attack could have left below the server's folder.
fn traces(sandbox: &Sandbox) -> usize {
    let mut pending = vec![sandbox.directory().to_owned()];
    let mut found = 0;
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            found += usize::from(entry.file_name().to_string_lossy().contains("trace"));
            if entry.file_type().unwrap().is_dir() {
                pending.push(entry.path());
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_script_leaves_the_database() {
    let Some(mut sandbox) = parts::mariadb().await else { return };
    let (own, empty) = (sandbox.directory().join("data"), sandbox.directory().join("empty"));
    let superuser =
        "SELECT COUNT(*) FROM mysql.global_priv WHERE JSON_VALUE(Priv, '$.access') & 512";
    let admins = as_owner(&sandbox, superuser).await;
    for script in [
        "SELECT 'x' INTO OUTFILE 'trace1';",
        "SELECT 'x' INTO OUTFILE 'OWN/trace2';",
        "SELECT 'x' INTO OUTFILE 'EMPTY/trace2';",
        "SELECT 'x' INTO DUMPFILE 'OWN/trace3';",
        "CREATE TABLE a (x text); LOAD DATA INFILE '/etc/passwd' INTO TABLE a;",
        "CREATE FUNCTION sys_exec RETURNS INTEGER SONAME 'lib_mysqludf_sys.so';",
        "INSERT INTO mysql.func VALUES ('sys_exec', 2, 'lib_mysqludf_sys.so', 'function');",
        "INSTALL SONAME 'ha_connect'; INSTALL PLUGIN x SONAME 'y.so';",
        "CREATE USER boss; GRANT ALL ON *.* TO boss WITH GRANT OPTION;",
        "GRANT FILE ON *.* TO planwise@localhost; SELECT 'x' INTO OUTFILE 'trace4';",
        "GRANT ALL ON mysql.* TO planwise@localhost;",
        "UPDATE mysql.global_priv SET Priv = '{\"access\":18446744073709551615}'; FLUSH PRIVILEGES;",
        "REPLACE INTO mysql.global_priv VALUES ('localhost', 'planwise', '{\"access\":18446744073709551615}'); FLUSH PRIVILEGES; SELECT 'x' INTO OUTFILE 'trace5';",
        "CREATE DEFINER=root@localhost PROCEDURE trace() SQL SECURITY DEFINER SELECT 'x' INTO OUTFILE 'trace6'; CALL trace();",
        "CREATE DEFINER=root@localhost SQL SECURITY DEFINER VIEW seen AS SELECT LOAD_FILE('/etc/passwd') AS x;",
        "DELIMITER //\n/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 FUNCTION loud() RETURNS text SQL SECURITY DEFINER RETURN LOAD_FILE('/etc/passwd') */ //\nDELIMITER ;",
        "ALTER DEFINER=root@localhost VIEW seen AS SELECT LOAD_FILE('/etc/passwd') AS x;",
        "SET GLOBAL general_log_file = 'trace7'; SET GLOBAL general_log = 1;",
        "SET GLOBAL slow_query_log_file = 'OWN/trace8'; SET GLOBAL slow_query_log = 1;",
        "SET PASSWORD FOR root@localhost = PASSWORD('x');",
        "SET ROLE root; SET DEFAULT ROLE root;",
        "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST '127.0.0.1', DATABASE 'x', USER 'y');",
        "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO SELECT 1; SET GLOBAL event_scheduler = ON;",
        "SHUTDOWN;",
    ] {
        let script = script
            .replace("OWN", &own.display().to_string())
            .replace("EMPTY", &empty.display().to_string());
        let outcome = load(&mut sandbox, &script).await;
        assert_eq!(traces(&sandbox), 0, "{script}\n{outcome:?}");
        assert_eq!(as_owner(&sandbox, superuser).await, admins, "{script}\n{outcome:?}");
    }
    for (sql, nothing) in [
        ("SELECT LOAD_FILE('/etc/passwd')", None),
        ("SELECT x FROM seen", None),
        ("SELECT loud()", None),
    ] {
        assert_eq!(as_owner(&sandbox, sql).await, [nothing], "{sql}");
    }
    let functions = "SELECT COUNT(*) FROM mysql.func";
    assert_eq!(as_owner(&sandbox, functions).await, [Some("0".to_owned())]);
    let settings = "SELECT CONCAT_WS(' ', @@GLOBAL.general_log, @@GLOBAL.slow_query_log, @@GLOBAL.event_scheduler, @@GLOBAL.secure_file_priv)";
    let expected = format!("OFF OFF OFF {}/", empty.display());
    assert_eq!(as_owner(&sandbox, settings).await, [Some(expected)]);
}

/// What `mariadb-dump --routines --events --triggers` writes of a database, and what stands around it.
#[tokio::test(flavor = "multi_thread")]
async fn an_ordinary_dump_still_loads() {
    let Some(mut sandbox) = parts::mariadb().await else { return };
    let script = "/*!999999\\- enable the sandbox mode */ \n\
        /*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;\n\
        SET @@SESSION.SQL_LOG_BIN = 0;\n\
        CREATE DATABASE /*!32312 IF NOT EXISTS*/ `depot` /*!40100 DEFAULT CHARACTER SET utf8mb4 */;\n\
        USE `depot`;\n\
        CREATE USER clerk@localhost; GRANT SELECT ON depot.* TO clerk@localhost; SET GLOBAL max_connections = 99;\n\
        DROP TABLE IF EXISTS `crate`;\n\
        CREATE TABLE `crate` (id int PRIMARY KEY, kg int);\n\
        LOCK TABLES `crate` WRITE;\n\
        /*!40000 ALTER TABLE `crate` DISABLE KEYS */;\n\
        INSERT INTO `crate` VALUES (1, 10), (2, 20);\n\
        /*!40000 ALTER TABLE `crate` ENABLE KEYS */;\n\
        UNLOCK TABLES;\n\
        DELIMITER ;;\n\
        /*!50003 CREATE*/ /*!50017 DEFINER=`boss`@`%`*/ /*!50003 TRIGGER heavier BEFORE INSERT ON crate FOR EACH ROW SET NEW.kg = NEW.kg + 1 */;;\n\
        CREATE DEFINER=`boss`@`%` FUNCTION `total`() RETURNS int READS SQL DATA RETURN (SELECT SUM(kg) FROM crate) ;;\n\
        /*!50106 CREATE*/ /*!50117 DEFINER=`boss`@`%`*/ /*!50106 EVENT `nightly` ON SCHEDULE EVERY 1 DAY DO DELETE FROM crate */ ;;\n\
        DELIMITER ;\n\
        /*!50001 CREATE ALGORITHM=UNDEFINED */\n/*!50013 DEFINER=`boss`@`%` SQL SECURITY DEFINER */\n/*!50001 VIEW `heavy` AS select * from `crate` where kg > 15 */;\n\
        INSERT INTO crate VALUES (3, 30);\n";
    let loaded = load(&mut sandbox, script).await.unwrap_or_else(|error| panic!("{error:?}"));
    let notes: Vec<&str> = loaded.notes.iter().map(|(_, note)| note.reason.as_str()).collect();
    assert_eq!(notes.len(), 3, "{notes:?}");
    assert!(notes.iter().all(|note| note.starts_with("left out")), "{notes:?}");
    let read = "SELECT CONCAT_WS(' ', depot.total(), (SELECT COUNT(*) FROM depot.heavy))";
    assert_eq!(as_owner(&sandbox, read).await, [Some("61 2".to_owned())]);
}
