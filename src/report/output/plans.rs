//! `plans/`: the server's own documents, one file a plan.

use std::path::Path;

use anyhow::Result;

use super::atomic::write_atomically;
use super::file_names::FileNames;
use crate::report::Document;
use crate::run::Run;

const FOLDER: &str = "plans";

/// Notes in each plan record which file will hold its document. Plans without one keep what they say.
pub fn assign_files(document: &mut Document) {
    let mut names = FileNames::default();
    assign(&mut document.run, &mut names, "");
    if let Some(after) = &mut document.after {
        assign(after, &mut names, "-after");
    }
}

fn assign(run: &mut Run, names: &mut FileNames, suffix: &str) {
    for query in &mut run.queries {
        for (index, record) in query.plans.iter_mut().enumerate() {
            if !record.raw.is_null() {
                let name = names.name(&query.id, index + 1, suffix);
                record.file = Some(format!("{FOLDER}/{name}"));
            }
        }
    }
}

/// Relative paths of the files written.
pub fn write_plans(document: &Document, out: &Path) -> Result<Vec<String>> {
    let runs = [Some(&document.run), document.after.as_ref()];
    let mut written = Vec::new();
    for record in runs.into_iter().flatten().flat_map(|r| &r.queries).flat_map(|q| &q.plans) {
        if let (false, Some(file)) = (record.raw.is_null(), &record.file) {
            write_atomically(&out.join(file), &serde_json::to_vec_pretty(&record.raw)?)?;
            written.push(file.clone());
        }
    }
    Ok(written)
}
