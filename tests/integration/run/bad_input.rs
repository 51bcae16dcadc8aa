use serde_json::json;

use super::shop::Shop;
use crate::program::{Desk, assert_says, assert_status, planwise, query, stderr};

const NO_SERVER: &str = "postgres://localhost:1/nowhere";

#[test]
fn no_server() {
    let desk = Desk::new();
    let file = desk.write("one.sql", "SELECT 1;");
    let output = planwise()
        .args(["run", "--db", NO_SERVER, "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 3);
    assert_says(&stderr(&output), &["error:", "localhost", "1"]);
}

#[test]
fn wrong_password_is_said_and_not_shown() {
    let Some(shop) = Shop::open() else { return };
    shop.command(
        "COPY (SELECT 'local all limited scram-sha-256' UNION ALL SELECT 'local all all trust') \
         TO PROGRAM 'cat > pg_hba.conf'",
    );
    shop.command("SELECT pg_reload_conf()");
    let desk = Desk::new();
    let file = desk.write("one.sql", "SELECT 1;");
    let url = shop.url_of("limited", "very-wrong-indeed");
    let output =
        planwise().args(["run", "--db", &url, "--out"]).arg(desk.out()).arg(file).output().unwrap();
    assert_status(&output, 3);
    assert_says(&stderr(&output), &["password", "limited"]);
    assert!(!stderr(&output).contains("very-wrong-indeed"), "{}", stderr(&output));
}

#[test]
fn a_login_without_rights_on_one_table() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let sql =
        "-- name: allowed\nSELECT count(*) FROM orders;\n-- name: denied\nSELECT * FROM secret;";
    let file = desk.write("two.sql", sql);
    let url = shop.url_of("limited", "limited-password");
    let output = planwise()
        .args(["run", "--rounds", "3", "--db", &url, "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 3);
    let run = desk.run_json();
    assert_eq!(query(&run, "allowed")["status"]["state"], "measured");
    let denied = query(&run, "denied");
    assert_eq!(denied["status"]["error"]["sqlstate"], "42501");
    assert_eq!(denied["plans"], json!([]));
}

#[test]
fn one_syntax_error_in_ten() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let mut sql = String::new();
    for i in 1..=10 {
        let verb = if i == 7 { "SELEKT" } else { "SELECT" };
        sql += &format!("-- name: q{i}\n{verb} count(*) FROM orders WHERE customer = {i};\n");
    }
    let file = desk.write("ten.sql", sql);
    let output = planwise()
        .args(["run", "--rounds", "3", "--db", &shop.url(), "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 2);
    let run = desk.run_json();
    for i in (1..=10).filter(|i| *i != 7) {
        assert_eq!(query(&run, &format!("q{i}"))["latency"]["count"], 3, "q{i}");
    }
    let wrong = query(&run, "q7");
    assert_eq!(wrong["status"]["error"]["sqlstate"], "42601");
    assert_says(wrong["status"]["error"]["message"].as_str().unwrap(), &["SELEKT"]);
    let html = std::fs::read_to_string(desk.out().join("report.html")).unwrap();
    assert_says(&html, &["q7", "42601"]);
}

#[test]
fn files_that_are_no_workload() {
    let desk = Desk::new();
    let cases: [(&str, &[u8], &str); 4] = [
        ("empty.sql", b"", "empty.sql"),
        ("comments.sql", b"-- nothing here\n", "no statement"),
        ("picture.sql", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0", "picture.sql"),
        ("latin1.sql", b"SELECT 'caf\xe9';\n", "iconv"),
    ];
    for (name, content, says) in cases {
        let file = desk.write(name, content);
        let output = planwise()
            .args(["run", "--db", NO_SERVER, "--out"])
            .arg(desk.out())
            .arg(file)
            .output()
            .unwrap();
        assert_status(&output, 2);
        assert_says(&stderr(&output), &[says]);
    }
}

#[test]
fn prose_is_not_sql() {
    let desk = Desk::new();
    let file =
        desk.write("letter.sql", "Dear database, why are you slow today? Yours; a developer.");
    let output = planwise()
        .args(["run", "--db", NO_SERVER, "--out"])
        .arg(desk.out())
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["letter.sql", "SQL"]);
}

#[test]
fn a_missing_file_and_an_unknown_option() {
    let output = planwise().args(["run", "nowhere.sql", "--db", NO_SERVER]).output().unwrap();
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["nowhere.sql"]);
    let output = planwise().args(["run", "x.sql", "--quick"]).output().unwrap();
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["--quick", "help"]);
    let output = planwise().args(["run", "x.sql", "--db", "oracle://h/d"]).output().unwrap();
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["oracle", "postgres://"]);
}

#[test]
fn an_output_folder_that_cannot_be_written_is_said_before_anything_runs() {
    let desk = Desk::new();
    let file = desk.write("one.sql", "SELECT 1;");
    let blocked = desk.write("blocked", "a file, not a folder").join("out");
    let output = planwise()
        .args(["run", "--db", NO_SERVER, "--out"])
        .arg(&blocked)
        .arg(file)
        .output()
        .unwrap();
    assert_status(&output, 2);
    assert_says(&stderr(&output), &["--out", "blocked"]);
}
