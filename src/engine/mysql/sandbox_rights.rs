//! The account that owns what is loaded into a throwaway server.
//!
//! Dumps and scripts come from elsewhere: as root, one could read and write files, install functions from libraries, or
//! make routines that run as root. The owner may do what it likes in databases of its own, and no more.

/// For planwise's own work.
pub const SUPERUSER: &str = "root";

/// Loads files and runs the workload.
pub const OWNER: &str = "planwise";

/// Read but never written: who may write to the first makes itself root.
const SYSTEM_DATABASES: [&str; 3] = ["mysql", "sys", "performance_schema"];

/// Statements for a new cluster, each of which may fail: some privileges have other names elsewhere.
pub fn statements() -> Vec<String> {
    let owner = format!("'{OWNER}'@'localhost'");
    let mut statements = vec![format!("CREATE USER IF NOT EXISTS {owner}")];
    // Each on its own, so that one that a server does not know takes no other with it. None reaches files, other accounts
    // or code outside the server.
    let global = ["PROCESS", "RELOAD", "SHOW DATABASES", "BINLOG ADMIN"];
    statements.extend(global.map(|privilege| format!("GRANT {privilege} ON *.* TO {owner}")));
    // The most specific pattern that matches a database's name decides, alone.
    statements.push(format!("GRANT ALL ON `%`.* TO {owner}"));
    statements.extend(
        SYSTEM_DATABASES.map(|database| {
            format!("GRANT SELECT, EXECUTE, SHOW VIEW ON `{database}`.* TO {owner}")
        }),
    );
    statements
}
