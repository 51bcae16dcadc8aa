//! The schema on both sides of a first copy: tables with their keys before, everything else after it.

use super::tools::{login, program, statistics};
use crate::engine::DbError;
use crate::engine::migration::{AFTER_COPY, ToolPlan, ToolStep};

/// Lines of `pg_restore --list` for keys, without foreign keys: rows are told apart by them while they are followed.
const KEYS: &str = "^[0-9]+; [0-9]+ [0-9]+ CONSTRAINT ";

pub fn steps(plan: &ToolPlan) -> Result<Vec<ToolStep>, DbError> {
    let bin = plan.bin_dir.as_deref();
    let (source, source_environment) = login(&plan.source_url)?;
    let (target, target_environment) = login(&plan.target_url)?;
    let file = |name: &str| plan.folder.join(name);
    let shown = |name: &str| file(name).display().to_string();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let restore = |phase, more: &[&str]| {
        let args = [
            words(&["--no-owner", "--no-privileges"]),
            words(more),
            target.clone(),
            vec![shown("schema.dump")],
        ];
        let mut step = ToolStep::new(phase, program(bin, "pg_restore"), args.concat());
        step.environment.clone_from(&target_environment);
        step
    };
    let mut dump = ToolStep::new(
        "schema",
        program(bin, "pg_dump"),
        [
            words(&["--format=custom", "--schema-only", "--no-owner", "--no-privileges"]),
            // What a rehearsal publishes is no part of the schema.
            words(&["--no-publications", "--no-subscriptions", "--file", &shown("schema.dump")]),
            source,
        ]
        .concat(),
    );
    dump.environment = source_environment;
    let mut list = ToolStep::new(
        "schema",
        program(bin, "pg_restore"),
        words(&["--list", &shown("schema.dump")]),
    );
    list.stdout = Some(file("all.list"));
    let picked = |name: &str, script: String, of: &[&str]| {
        let args = [words(of), vec![script, shown("all.list")]].concat();
        let mut step = ToolStep::new("schema", "sed".into(), args);
        step.stdout = Some(file(name));
        step
    };
    let jobs = plan.jobs.to_string();
    Ok(vec![
        dump,
        restore("schema", &["--section=pre-data"]),
        list,
        picked("keys.list", format!("/{KEYS}/p"), &["--quiet", "--regexp-extended"]),
        picked("rest.list", format!("/{KEYS}/d"), &["--regexp-extended"]),
        restore("schema", &["--section=post-data", "--use-list", &shown("keys.list")]),
        restore(
            AFTER_COPY,
            &["--section=post-data", "--use-list", &shown("rest.list"), "--jobs", &jobs],
        ),
        statistics(bin, &plan.target_url)?,
    ])
}
