//! `scripts/`: what has to be on a machine is asked for as the build itself asks.

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

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
