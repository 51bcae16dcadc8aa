//! This machine stands in the way: full disks, missing rights, too few file handles. None of it is wrong usage.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use super::failures::PLAN;
use crate::program::{Desk, assert_says, assert_status, planwise, stderr, stdout};
use crate::run::shop::Shop;

/// The program below a limit that `limit` sets in a shell.
fn limited(limit: &str) -> Command {
    let own = planwise();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{limit}; exec \"$0\" \"$@\"")).arg(own.get_program());
    for (name, value) in own.get_envs().filter(|(_, value)| value.is_none()) {
        assert!(value.is_none());
        shell.env_remove(name);
    }
    shell
}

fn assert_machine(output: &Output, says: &[&str]) {
    assert_status(output, 5);
    assert_says(&stderr(output), says);
}

#[test]
fn a_full_disk_is_named_with_the_file() {
    let desk = Desk::new();
    let plan = desk.write("plan.txt", PLAN);
    // One block: less than any report, whether a block is 512 or 1,024 bytes.
    let mut command = limited("ulimit -f 1");
    let output = command.arg("explain").arg(plan).arg("--out").arg(desk.out()).output().unwrap();
    assert_machine(&output, &["explain.html", "File too large"]);
}

#[test]
fn what_was_measured_is_printed_though_the_disk_is_full() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let file = desk.write("one.sql", "-- name: counted\nSELECT count(*) FROM orders;");
    let mut command = limited("ulimit -f 1");
    command.args(["run", "--rounds", "3", "--db", &shop.url(), "--out"]).arg(desk.out()).arg(file);
    let output = command.output().unwrap();
    assert_machine(&output, &["run.json", "File too large", "free some space"]);
    assert_says(&stdout(&output), &["counted"]);
}

#[test]
fn a_full_standard_output_is_no_success() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [vec!["rules", "list"], vec!["completions", "bash"]] {
        let full = full.try_clone().unwrap();
        let output = planwise().args(&arguments).stdout(full).output().unwrap();
        assert_machine(&output, &["No space left on device"]);
    }
}

#[test]
fn too_few_file_handles() {
    let Some(shop) = Shop::open() else { return };
    let desk = Desk::new();
    let file = desk.write("one.sql", "SELECT count(*) FROM orders;");
    // From a limit at which nothing starts to one at which only connections are missing.
    for handles in [4, 8, 12] {
        let mut command = limited(&format!("ulimit -n {handles}"));
        command.args(["run", "--clients", "40", "--db", &shop.url(), "--out"]).arg(desk.out());
        let output = command.arg(&file).output().unwrap();
        assert_status(&output, 5);
        assert_says(&(stdout(&output) + &stderr(&output)), &["oo many open"]);
    }
}

#[test]
fn a_sandbox_says_how_many_open_files_it_needs() {
    let desk = Desk::new();
    let file = desk.write("one.sql", "SELECT 1;");
    for handles in [10, 12, 20, 48] {
        let mut command = limited(&format!("ulimit -n {handles}"));
        let output = command.args(["run", "--sandbox"]).arg(&file).output().unwrap();
        assert_machine(&output, &[&format!("{handles} open files"), "ulimit -n 1024"]);
    }
}

/// The program as a user without rights: root may read everything, so root becomes nobody first.
fn without_rights(desk: &Desk) -> Command {
    let own = planwise();
    if !nix::unistd::geteuid().is_root() {
        return own;
    }
    let program: PathBuf = desk.path("planwise");
    std::fs::copy(own.get_program(), &program).unwrap();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(desk.path(""), open).unwrap();
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.uid(65_534).gid(65_534);
    command
}

#[test]
fn a_missing_right_is_named_with_its_file() {
    let desk = Desk::new();
    let closed = std::fs::Permissions::from_mode(0o000);
    let shut = desk.write("shut.sql", "SELECT 1;");
    std::fs::set_permissions(&shut, closed.clone()).unwrap();
    std::fs::create_dir(desk.path("folder")).unwrap();
    std::fs::set_permissions(desk.path("folder"), closed).unwrap();
    let plan = desk.write("plan.txt", PLAN);
    let url = "postgres://localhost:1/nowhere";
    let own = |name: &str| desk.path(name).display().to_string();
    let cases: [Vec<String>; 5] = [
        vec![
            "run".into(),
            own("shut.sql"),
            "--db".into(),
            url.into(),
            "--out".into(),
            "/tmp".into(),
        ],
        vec!["run".into(), own("folder"), "--db".into(), url.into()],
        vec!["explain".into(), own("shut.sql")],
        vec!["compare".into(), own("shut.sql"), own("shut.sql")],
        vec!["explain".into(), plan.display().to_string(), "--out".into(), own("folder/x.html")],
    ];
    for arguments in cases {
        let output = without_rights(&desk).args(&arguments).output().unwrap();
        assert_status(&output, 5);
        let name =
            if arguments.iter().any(|a| a.contains("folder")) { "folder" } else { "shut.sql" };
        assert_says(&stderr(&output), &[name, "Permission denied"]);
    }
    std::fs::set_permissions(desk.path("folder"), std::fs::Permissions::from_mode(0o700)).unwrap();
}
