//! The files of `--out`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use planwise::report::{AdviceFile, ComparisonFile, FindingsFile, write};
use planwise::run::Run;
use tempfile::TempDir;

use super::sample;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_run_leaves_every_file_and_each_can_be_read_back() {
    let folder = TempDir::new().unwrap();
    let document = sample::tuned();
    let written = write(&document, folder.path()).unwrap();
    assert_eq!(
        names(folder.path()),
        [
            "advice.json",
            "advice.sql",
            "comparison.json",
            "findings.json",
            "plans",
            "report.html",
            "report.md",
            "run-after.json",
            "run.json",
            "undo.sql"
        ]
    );
    assert!(written.paths.iter().all(|path| path.is_file()), "{:?}", written.paths);
    assert_eq!(written.html(), Some(folder.path().join("report.html").as_path()));

    let text = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let run: Run = serde_json::from_str(&text("run.json")).unwrap();
    assert_eq!(run.queries.len(), document.run.queries.len());
    assert_eq!(run.queries[0].latency, document.run.queries[0].latency);
    let findings: FindingsFile = serde_json::from_str(&text("findings.json")).unwrap();
    assert_eq!(findings.findings, document.findings);
    let advice: AdviceFile = serde_json::from_str(&text("advice.json")).unwrap();
    assert_eq!(advice.advice, document.advice);
    let comparison: ComparisonFile = serde_json::from_str(&text("comparison.json")).unwrap();
    assert_eq!(Some(comparison.comparison), document.comparison);
}

#[test]
fn plans_are_the_servers_own_documents_and_the_run_names_them() {
    let folder = TempDir::new().unwrap();
    let document = sample::tuned();
    write(&document, folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("run.json")).unwrap();
    let run: Run = serde_json::from_str(&text).unwrap();
    let file = run.queries[0].plans[0].file.clone().unwrap();
    assert_eq!(file, "plans/rentals_of_a_customer__newest_first-1.json");
    let raw = fs::read_to_string(folder.path().join(file)).unwrap();
    let raw: serde_json::Value = serde_json::from_str(&raw).unwrap();
    assert_eq!(raw, document.run.queries[0].plans[0].raw);
    assert_eq!(names(&folder.path().join("plans")).len(), 10);
}

#[test]
fn files_are_readable_as_the_umask_says_and_no_half_file_stays() {
    let folder = TempDir::new().unwrap();
    write(&sample::judged(), folder.path()).unwrap();
    let mode =
        |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    assert_eq!(mode("report.html"), mode("plain"));
    assert!(!names(folder.path()).iter().any(|name| name.starts_with('.')));
}

#[test]
fn what_cannot_be_written_is_named_and_the_rest_stays() {
    let folder = TempDir::new().unwrap();
    // A folder where a file should go: refused even to root.
    fs::create_dir(folder.path().join("report.md")).unwrap();
    let error = format!("{:#}", write(&sample::judged(), folder.path()).unwrap_err());
    assert!(error.contains("cannot write") && error.contains("report.md"), "{error}");
    assert!(folder.path().join("run.json").is_file());
    assert!(!folder.path().join("report.html").exists());

    let occupied = folder.path().join("run.json").join("out");
    let error = format!("{:#}", write(&sample::judged(), &occupied).unwrap_err());
    assert!(
        error.contains("cannot create the output folder") && error.contains("run.json/out"),
        "{error}"
    );
}

#[test]
fn advice_is_a_script_with_reasons_and_undo() {
    let folder = TempDir::new().unwrap();
    write(&sample::tuned(), folder.path()).unwrap();
    let script = fs::read_to_string(folder.path().join("advice.sql")).unwrap();
    let runnable: Vec<&str> =
        script.lines().filter(|line| !line.starts_with("--") && !line.is_empty()).collect();
    assert_eq!(
        runnable,
        [
            "ANALYZE rental;",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS rental_customer_id_rented_at_idx ON rental (customer_id, rented_at DESC);",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS rental_due_at_overdue_idx ON rental (due_at) WHERE status = 'overdue';",
            "DROP INDEX CONCURRENTLY rental_open_idx;",
            "ALTER SYSTEM SET work_mem = '16MB';",
        ]
    );
    assert!(
        script.contains(
            "-- undo: DROP INDEX CONCURRENTLY IF EXISTS rental_customer_id_rented_at_idx"
        )
    );
    assert!(script.contains("-- TRIED AND TAKEN BACK: no query got measurably faster"));
    let nothing = TempDir::new().unwrap();
    write(&sample::faultless(), nothing.path()).unwrap();
    let script = fs::read_to_string(nothing.path().join("advice.sql")).unwrap();
    assert!(script.contains("-- Nothing worth changing"));
}

#[test]
fn markdown_tells_the_same_story_in_short() {
    let folder = TempDir::new().unwrap();
    write(&sample::tuned(), folder.path()).unwrap();
    let text = fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(text.starts_with("# Workload 3.4× faster (3.1–3.8×) after 3 changes\n"), "{text}");
    let row = "| `overdue` | 18.6 ms | 2.22 ms | 8.4× faster | 7.9–9.0× faster |";
    assert!(text.contains(row), "{text}");
    assert!(text.contains("- `typo` (shop.sql:1), failed: "), "{text}");
    assert!(text.contains("CREATE INDEX") && text.contains("Do this"), "{text}");
    assert!(text.len() < 8_000, "{} bytes", text.len());
    assert!(!text.contains("\n\n\n"), "gaps");
}
