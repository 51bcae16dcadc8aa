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

#[test]
fn the_workflows_pass_the_linter() {
    let Some(yamllint) = parts::program("yamllint") else { return };
    let rules = "{extends: default, rules: {line-length: {max: 120}}}";
    let output = Command::new(yamllint)
        .args(["--strict", "-d", rules])
        .args([workflow("github.yml"), workflow("gitlab.yml")])
        .args(["release.yml", "test.yml"].map(own_workflow))
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
