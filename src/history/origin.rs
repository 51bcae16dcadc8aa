//! Which commit a run belongs to.

use std::path::Path;
use std::process::{Command, Stdio};

/// Set by the build services: GitHub, GitLab, Jenkins and others, Bitbucket, CircleCI, Buildkite.
const VARIABLES: [&str; 6] = [
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "GIT_COMMIT",
    "BITBUCKET_COMMIT",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
];

/// What was given, else what the environment says, else the commit checked out in `folder`.
pub fn commit(given: Option<&str>, folder: &Path) -> Option<String> {
    let said = |name: &&str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let given = given.map(str::to_owned).or_else(|| VARIABLES.iter().find_map(said));
    given.or_else(|| checked_out(folder))
}

fn checked_out(folder: &Path) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(folder).args(["rev-parse", "--verify", "HEAD"]);
    let output = git.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let commit = text.trim();
    let plausible = commit.len() >= 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    (output.status.success() && plausible).then(|| commit.to_owned())
}
