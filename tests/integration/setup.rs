//! `scripts/`: what has to be on a machine is asked for as the build itself asks.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::program::{Desk, assert_says, assert_status, planwise, stdout};

fn script(name: &str, arguments: &[&Path]) -> Output {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts").join(name);
    let mut command = Command::new(&path);
    let output = command.args(arguments).env_remove("LIBCLANG_PATH").output();
    output.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The one that the tests themselves were built with.
fn libclang() -> std::path::PathBuf {
    let output = script("have-libclang", &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().into()
}

fn folder_with(name: &str, contents: &Path) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::os::unix::fs::symlink(contents, folder.path().join(name)).unwrap();
    folder
}

#[test]
fn libclang_is_the_library_that_bindgen_can_load() {
    let real = libclang().canonicalize().unwrap();
    let other = std::env::current_exe().unwrap();
    // Right names around another library, and the right library under another's name, count for nothing.
    for (name, contents) in [
        ("libclang-cpp.so.14", &real),
        ("libclang-cpp.so", &real),
        ("libclang.so", &other),
        ("libclang-14.so", &other),
        ("libLLVM-14.so", &real),
    ] {
        let folder = folder_with(name, contents);
        let output = script("have-libclang", &[folder.path()]);
        assert_eq!(output.status.code(), Some(1), "{name}");
    }
    let empty = TempDir::new().unwrap();
    assert_eq!(script("have-libclang", &[empty.path()]).status.code(), Some(1));
}

#[test]
fn libclang_is_found_beside_libclang_cpp() {
    let folder = folder_with("libclang-cpp.so.14", &std::env::current_exe().unwrap());
    let found = libclang();
    let name = folder.path().join("libclang-99.so.1");
    std::os::unix::fs::symlink(&found, &name).unwrap();
    let output = script("have-libclang", &[folder.path()]);
    assert!(output.status.success());
    assert_eq!(Path::new(String::from_utf8_lossy(&output.stdout).trim()), name);
}

#[test]
fn an_unknown_part_is_wrong_usage() {
    assert_eq!(script("setup", &[Path::new("kitchen")]).status.code(), Some(2));
    assert_eq!(script("setup", &[]).status.code(), Some(2));
}

#[test]
fn completions_and_manual_know_every_verb() {
    let help = planwise().arg("--help").output().unwrap();
    let help = stdout(&help);
    let listed = help.split("Commands:").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(verbs.len() >= 10, "{verbs:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = planwise().args(["completions", shell]).output().unwrap();
        assert_status(&output, 0);
        assert_says(&stdout(&output), &verbs);
    }
    assert_status(&planwise().args(["completions", "abacus"]).output().unwrap(), 2);
    let desk = Desk::new();
    let pages = desk.path("man1");
    let output = planwise().args(["man", "--out"]).arg(&pages).output().unwrap();
    assert_status(&output, 0);
    for verb in verbs.into_iter().filter(|verb| *verb != "help") {
        let page = pages.join(format!("planwise-{verb}.1"));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{page:?}: {e}"));
        assert!(page.contains(".SH SYNOPSIS"), "{verb}");
    }
    let main = planwise().arg("man").output().unwrap();
    assert_status(&main, 0);
    assert_says(&stdout(&main), &[".TH planwise 1", "EXTRA"]);
}
