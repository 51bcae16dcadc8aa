//! What people type who come from other programs, and what it is called here.

/// Verbs of other programs with the one thing they can mean here: accepted as they are.
pub const RUN_ALIASES: [&str; 5] = ["bench", "benchmark", "profile", "measure", "replay"];
pub const ADVISE_ALIASES: [&str; 6] =
    ["advice", "index", "indexes", "recommend", "suggest", "advisor"];
pub const TUNE_ALIASES: [&str; 3] = ["optimize", "optimise", "autotune"];
pub const COMPARE_ALIASES: [&str; 3] = ["diff", "cmp", "comparison"];
pub const SANDBOX_ALIASES: [&str; 2] = ["server", "serve"];
pub const COMPLETIONS_ALIASES: [&str; 1] = ["completion"];

/// Words that may mean several things here: which verb does what is said.
pub const VERBS: [(&[&str], &str); 13] = [
    (
        &["analyze", "analyse", "analysis", "test", "query", "exec", "execute", "sql"],
        "`planwise run WORKLOAD` measures and judges queries, `planwise explain PLAN` judges one plan, \
         `planwise advise WORKLOAD` looks for indexes",
    ),
    (
        &["check", "lint", "verify", "validate"],
        "`planwise run WORKLOAD --fail-on high` fails on findings, `planwise nightly` on slower queries, \
         `planwise rules check DIR` looks at rules of your own",
    ),
    (
        &["plan", "plans"],
        "`planwise explain PLAN` judges one plan, `planwise run WORKLOAD` collects them",
    ),
    (
        &["ci", "gate", "regress", "regression", "watch", "cron"],
        "`planwise nightly` compares with earlier nights and fails on what got slower",
    ),
    (&["report", "html"], "`planwise run WORKLOAD` writes report.html into its --out folder"),
    (
        &["list", "ls", "show", "log", "trend"],
        "`planwise history list` shows the nights, `planwise rules list` the rules",
    ),
    (&["version"], "`planwise --version`"),
    (
        &["init", "new", "setup", "install", "config"],
        "nothing has to be set up: `planwise run WORKLOAD --db URL`; `planwise demo` shows what comes of it",
    ),
    (
        &["doctor", "health", "status", "settings", "vacuum"],
        "`planwise run WORKLOAD --db URL` judges settings and statistics along with the queries",
    ),
    (
        &["apply", "create", "fix"],
        "`planwise tune WORKLOAD --apply` makes the changes on the database itself; without --apply a copy is tuned",
    ),
    (
        &["migrate", "migration", "move", "upgrade", "assess"],
        "`planwise inventory --target ENGINE:VERSION` tells what will break, `planwise rehearse` tries the move, \
         `planwise parity` proves that every row arrived, `planwise answers` that queries answer alike",
    ),
    (
        &["load", "restore", "import"],
        "`planwise sandbox --load FILE` loads a dump into a throwaway server",
    ),
    (&["tour", "example", "sample"], "`planwise demo`"),
];

/// Options of database clients: planwise takes one URL instead.
pub const CONNECTION: [&str; 15] = [
    "--host",
    "--hostname",
    "--port",
    "--user",
    "--username",
    "--password",
    "--pass",
    "--pwd",
    "--socket",
    "-h",
    "-p",
    "-P",
    "-U",
    "-u",
    "-W",
];

/// Options of other programs, and what to say instead. Where one option follows `--`, it is this one.
pub const OPTIONS: [(&[&str], &str); 17] = [
    (&["--json"], "`--format json`"),
    (&["--markdown", "--md"], "`--format markdown`"),
    (&["--html"], "report.html is among the files that `--out DIR` holds"),
    (
        &["-f", "--file", "--sql", "--queries", "--workload"],
        "the file of queries follows the verb, without an option",
    ),
    (&["-c", "--command", "--query", "-e"], "write the statement into a file, and give the file"),
    (
        &["--timeout"],
        "`--statement-timeout SECONDS` is for one statement, `--lock-timeout` for waiting, `--connect-timeout` for connecting",
    ),
    (
        &["--iterations", "--runs", "--repeat", "--repetitions", "-n", "--count", "--loops"],
        "`--rounds N`",
    ),
    (&["--concurrency", "--connections", "--jobs", "--threads", "-j"], "`--clients N`"),
    (&["--top", "--limit"], "every query is measured; the report has the dearest first"),
    (&["--debug", "--log", "--log-level", "--trace"], "`-v`, or `-vv` for more"),
    (&["--dry-run"], "nothing is changed unless `--apply` is given"),
    (&["--yes", "-y", "--force"], "no questions are asked"),
    (&["--read-only", "--readonly"], "`--writes refuse`, which is the default"),
    (&["--ssl", "--sslmode", "--ssl-mode", "--tls"], "it belongs into the URL: ?sslmode=require"),
    (&["--schema", "--search-path"], "`--set search_path=NAME`"),
    (&["--storage", "--space", "--max-size"], "`--budget SIZE`"),
    (&["--include-writes", "--allow-writes"], "`--writes rollback`"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_word_has_two_meanings() {
        let mut seen = HashSet::new();
        let aliases = [
            &RUN_ALIASES[..],
            &ADVISE_ALIASES,
            &TUNE_ALIASES,
            &COMPARE_ALIASES,
            &SANDBOX_ALIASES,
            &COMPLETIONS_ALIASES,
        ];
        let words = VERBS.iter().map(|(words, _)| *words).chain(aliases);
        for word in words.flatten() {
            assert!(seen.insert(*word), "{word}");
        }
        let options = OPTIONS.iter().flat_map(|(words, _)| words.iter()).chain(&CONNECTION);
        for word in options {
            assert!(seen.insert(*word), "{word}");
        }
    }
}
