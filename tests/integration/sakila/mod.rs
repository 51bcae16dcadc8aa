//! Every form of every plan, of more than two hundred queries over Sakila: each parses, and says what the server says.

pub mod forms;
pub mod queries;
mod totals;

use planwise::engine::by_name;
use planwise::progress::Progress;
use planwise::sandbox::{Sandbox, SandboxOptions};

use crate::parts;
use forms::{Form, Server, Shape};

pub async fn loaded(engine: &str) -> Option<Sandbox> {
    let files =
        [parts::dataset("sakila/mysql-schema.sql")?, parts::dataset("sakila/mysql-data.sql")?];
    let mut sandbox = parts::sandbox(engine, SandboxOptions::default()).await?;
    sandbox.load(&files, Progress::hidden()).await.unwrap();
    Some(sandbox)
}

async fn all_forms(engine: &str, server: Server, forms: &[Form]) {
    let Some(sandbox) = loaded(engine).await else { return };
    let mut conn = forms::connect(&sandbox).await;
    let parser = by_name(engine).unwrap();
    let queries = queries::queries(server);
    assert!(queries.len() >= 200, "only {}", queries.len());
    let mut wrong = Vec::new();
    let changes = queries::CHANGES.iter().map(|sql| ((*sql).to_owned(), false));
    let all = queries.into_iter().map(|sql| (sql, true)).chain(changes);
    for (turn, (sql, reads)) in all.enumerate() {
        for form in forms.iter().filter(|form| reads || !form.measured) {
            let text = match form.ask(&mut conn, &sql).await {
                Ok(text) => text,
                Err(error) => {
                    wrong.push(format!("{sql}\n  the server: {error}"));
                    continue;
                }
            };
            let pasted = match form.shape {
                Shape::Table => text.clone(),
                _ => forms::framed(&text, turn),
            };
            match parser.parse_plan(&pasted) {
                // The server prints in this form that it has none for such a change.
                Err(_) if !reads && text.contains("<not executable") => {}
                Err(error) => {
                    wrong.push(format!("{sql}\n  {} does not parse: {error}\n{pasted}", form.name));
                }
                Ok(plan) => wrong.extend(
                    totals::differences(form, &text, &plan)
                        .into_iter()
                        .map(|what| format!("{sql}\n  {}: {what}\n{text}", form.name)),
                ),
            }
        }
    }
    let shown: Vec<&str> = wrong.iter().take(12).map(String::as_str).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), shown.join("\n\n"));
}

#[tokio::test]
async fn every_form_of_mysql_parses_and_adds_up() {
    all_forms("mysql", Server::Mysql, &forms::OF_MYSQL).await;
}

#[tokio::test]
async fn every_form_of_mariadb_parses_and_adds_up() {
    all_forms("mariadb", Server::Mariadb, &forms::OF_MARIADB).await;
}
