//! The example workflows, by a linter and by what the services demand.

use std::path::PathBuf;
use std::process::Command;

use crate::parts;

fn workflow(name: &str) -> PathBuf {
    let docs = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/nightly/workflows");
    docs.join(name)
}

/// One that builds and tests planwise itself.
fn own_workflow(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".github/workflows").join(name)
}

/// The step that other repositories use.
fn action() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("action.yml")
}

/// The scripts of the action's steps.
fn scripts() -> Vec<String> {
    let text = std::fs::read_to_string(action()).unwrap();
    let parts = text.split("      run: |\n").skip(1);
    let script = |part: &str| {
        let lines = part.lines().take_while(|line| line.starts_with("        "));
        lines.map(|line| format!("{}\n", &line[8..])).collect::<String>()
    };
    parts.map(script).collect()
}

#[test]
fn the_actions_scripts_are_shell_and_take_nothing_of_their_inputs_as_text() {
    let scripts = scripts();
    assert_eq!(scripts.len(), 2);
    for script in &scripts {
        assert!(!script.contains("${{"), "an input would be part of the script:\n{script}");
        let output = Command::new("bash").args(["-n", "-c", script]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let help = crate::program::planwise().args(["run", "--help"]).output().unwrap();
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for option in ["--out", "--sarif", "--annotate", "--sandbox", "--load", "--fail-on"] {
        assert!(scripts[1].contains(option) && help.contains(option), "{option}");
    }
}

/// The step as a service runs it: its summary and its outputs, also where findings make it fail.
#[test]
fn the_action_judges_and_hands_on_what_was_found() {
    let folder = tempfile::tempdir().unwrap();
    let (sql, load) = (folder.path().join("q.sql"), folder.path().join("schema.sql"));
    std::fs::write(&sql, "-- name: all\nSELECT * FROM item WHERE name = 'x';\n").unwrap();
    std::fs::write(&load, "CREATE TABLE item (id int, name text);\n").unwrap();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_planwise"));
    let path =
        format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .args(["-c", &scripts()[1]])
        .env("PATH", path)
        .env("VERB", "run")
        .env("WORKLOAD", &sql)
        .env("LOAD", &load)
        .env("FAIL_ON", "")
        .env("OUT", folder.path().join("out"))
        .env("GITHUB_OUTPUT", folder.path().join("outputs"))
        .env("GITHUB_STEP_SUMMARY", folder.path().join("summary"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("outputs").contains("sarif="), "{}", read("outputs"));
    assert!(read("out/planwise.sarif").contains("\"version\": \"2.1.0\""));
    assert!(read("summary").contains("## Findings"), "{}", read("summary"));
}

#[test]
fn the_workflows_pass_the_linter() {
    let Some(yamllint) = parts::program("yamllint") else { return };
    let rules = "{extends: default, rules: {line-length: {max: 120}}}";
    let output = Command::new(yamllint)
        .args(["--strict", "-d", rules])
        .args([workflow("github.yml"), workflow("gitlab.yml")])
        .args(["release.yml", "test.yml"].map(own_workflow))
        .arg(action())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// The command in the workflows is one that this program understands, and the paths are those that the configuration writes to.
#[test]
fn the_workflows_say_what_the_program_and_the_configuration_say() {
    let config = workflow("../planwise.toml");
    let config: toml::Table = std::fs::read_to_string(config).unwrap().parse().unwrap();
    let output = |key: &str| format!("docs/nightly/{}", config["output"][key].as_str().unwrap());
    let gitlab = std::fs::read_to_string(workflow("gitlab.yml")).unwrap();
    assert!(gitlab.contains(&format!("junit: {}", output("junit"))));
    assert!(gitlab.contains(&format!("codequality: {}", output("gitlab"))));
    let folder = config["history"]["folder"].as_str().unwrap();
    for name in ["github.yml", "gitlab.yml"] {
        let text = std::fs::read_to_string(workflow(name)).unwrap();
        assert!(text.contains(&format!("docs/nightly/{folder}")), "{name} keeps the history");
        let call = text.lines().find_map(|line| line.split_once("planwise nightly ")).unwrap().1;
        let mut command = crate::program::planwise();
        command.arg("nightly").args(call.split_whitespace()).arg("--help");
        assert!(command.output().unwrap().status.success(), "{name}: planwise nightly {call}");
        assert!(text.contains("docs/nightly/out"), "{name} keeps the report");
    }
}
