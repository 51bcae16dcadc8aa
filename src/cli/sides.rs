//! Which two things are measured against each other.

use std::path::PathBuf;

use anyhow::Result;

use super::TargetArgs;
use super::target::Opened;
use super::{Context, InputError};
use crate::compare::Labels;
use crate::ddl::Script;
use crate::engine::{Access, DbErrorKind, SessionOptions};
use crate::run::Target;
use crate::sandbox::Sandbox;
use crate::workload::Workload;

/// The two sides of a workload that is measured now. One kind of difference at a time, so that
/// what is found has one cause.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Sides (exactly one kind)")]
pub struct SideArgs {
    /// Two databases: the one to compare with
    #[arg(long, value_name = "URL")]
    pub db_a: Option<String>,
    /// … and the one that may have changed
    #[arg(long, value_name = "URL")]
    pub db_b: Option<String>,
    /// One database under two settings: side A's; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::setting)]
    pub set_a: Vec<(String, String)>,
    /// … and side B's
    #[arg(long, value_name = "NAME=VALUE", value_parser = super::setting)]
    pub set_b: Vec<(String, String)>,
    /// One database, two schemas: where side A looks for tables, e.g. old,public
    #[arg(long, value_name = "SCHEMAS")]
    pub search_path_a: Option<String>,
    /// … and side B
    #[arg(long, value_name = "SCHEMAS")]
    pub search_path_b: Option<String>,
    /// A sandbox as loaded, and a copy of it with the schema changes of this file
    #[arg(long, value_name = "FILE")]
    pub ddl_b: Option<PathBuf>,
    /// What side A is called in the report, e.g. a commit
    #[arg(long, value_name = "TEXT")]
    pub label_a: Option<String>,
    /// … and side B
    #[arg(long, value_name = "TEXT")]
    pub label_b: Option<String>,
}

/// What differs between the sides.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Databases(String, String),
    Settings,
    SearchPaths(String, String),
    Ddl(PathBuf),
}

/// Both sides, ready. Dropping it removes the sandbox, if there is one.
pub struct Sides {
    pub before: Target,
    pub after: Target,
    pub labels: Labels,
    _sandbox: Option<Sandbox>,
}

impl SideArgs {
    pub fn is_empty(&self) -> bool {
        self.kinds().is_empty()
    }

    fn kinds(&self) -> Vec<&'static str> {
        let given = [
            (self.db_a.is_some() || self.db_b.is_some(), "--db-a/--db-b"),
            (!self.set_a.is_empty() || !self.set_b.is_empty(), "--set-a/--set-b"),
            (
                self.search_path_a.is_some() || self.search_path_b.is_some(),
                "--search-path-a/--search-path-b",
            ),
            (self.ddl_b.is_some(), "--ddl-b"),
        ];
        given.into_iter().filter(|(given, _)| *given).map(|(_, name)| name).collect()
    }

    /// Refuses what is no comparison of two sides, before anything is opened.
    pub fn kind(&self, target: &TargetArgs) -> Result<Kind> {
        let wrong = |message: String| Err(InputError::new(message).into());
        let pair = |a: &Option<String>, b: &Option<String>| a.clone().zip(b.clone());
        match self.kinds().as_slice() {
            [] => wrong(
                "nothing differs between the sides: say --db-a and --db-b, --set-a and --set-b, \
                 --search-path-a and --search-path-b, or --sandbox with --ddl-b; \
                 or give two run records"
                    .to_owned(),
            ),
            [_] => match (pair(&self.db_a, &self.db_b), &self.ddl_b) {
                (Some((a, b)), _) => databases(target, a, b),
                (None, Some(file)) if target.sandbox.is_some() => Ok(Kind::Ddl(file.clone())),
                (None, Some(_)) => wrong(
                    "--ddl-b changes a schema, so it needs a throwaway server: add --sandbox, \
                     and --load with the schema and data"
                        .to_owned(),
                ),
                _ => match pair(&self.search_path_a, &self.search_path_b) {
                    Some((a, b)) => Ok(Kind::SearchPaths(a, b)),
                    None if !self.set_a.is_empty() || !self.set_b.is_empty() => Ok(Kind::Settings),
                    None => wrong(format!("{} needs both of them", self.kinds()[0])),
                },
            },
            several => wrong(format!(
                "{} name different kinds of sides; choose one, so that a difference has one cause",
                several.join(" and ")
            )),
        }
    }

    pub async fn open(
        &self,
        kind: Kind,
        target: &TargetArgs,
        workload: &Workload,
        context: &Context,
    ) -> Result<Sides> {
        let sides = match kind {
            Kind::Databases(a, b) => {
                let before = on(target, a).open(workload, context).await?.target;
                let after = on(target, b).open(workload, context).await?.target;
                if before.engine.name() != after.engine.name() {
                    let message = "--db-a and --db-b are servers of different kinds";
                    return Err(InputError::new(message).into());
                }
                Sides { before, after, labels: self.labels("A", "B"), _sandbox: None }
            }
            Kind::Settings => {
                let opened = target.open(workload, context).await?;
                let sides = (with(&opened.target, &self.set_a), with(&opened.target, &self.set_b));
                let labels = self.labels(&named("A", &self.set_a), &named("B", &self.set_b));
                Sides::of(opened, sides, labels)
            }
            Kind::SearchPaths(a, b) => {
                let opened = target.open(workload, context).await?;
                let sides = (looking(&opened.target, &a)?, looking(&opened.target, &b)?);
                let labels = self.labels(&a, &b);
                Sides::of(opened, sides, labels)
            }
            Kind::Ddl(file) => {
                let script = Script::read(&file, target.engine()?.dialect())?;
                let opened = target.open(workload, context).await?;
                let after = changed(&opened, &script, context).await?;
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let labels = self.labels("as loaded", &format!("with {name}"));
                let before = opened.target.clone();
                Sides::of(opened, (before, after), labels)
            }
        };
        sides.check().await?;
        Ok(sides)
    }

    fn labels(&self, before: &str, after: &str) -> Labels {
        let or = |given: &Option<String>, else_: &str| given.as_deref().unwrap_or(else_).to_owned();
        Labels { before: or(&self.label_a, before), after: or(&self.label_b, after) }
    }
}

impl Sides {
    fn of(opened: Opened, (before, after): (Target, Target), labels: Labels) -> Sides {
        Sides { before, after, labels, _sandbox: opened.sandbox }
    }

    /// A setting that a session cannot have is wrong input, and said before anything is measured.
    async fn check(&self) -> Result<()> {
        for (side, target) in [("A", &self.before), ("B", &self.after)] {
            match target.connect().await {
                Ok(_) => {}
                Err(error)
                    if matches!(error.kind, DbErrorKind::Permission | DbErrorKind::BadTarget) =>
                {
                    let message = format!(
                        "side {side}: {}; only settings that a session of this login may change can \
                         be compared on one server: for others start two servers and give --db-a \
                         and --db-b",
                        error.message
                    );
                    return Err(InputError::new(message).into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The environment may name a database all the same; only what was typed is in the way.
fn databases(target: &TargetArgs, a: String, b: String) -> Result<Kind> {
    let from_environment = target.db.is_some() && target.db == std::env::var("DATABASE_URL").ok();
    if target.sandbox.is_some() || (target.db.is_some() && !from_environment) {
        let message = "--db-a and --db-b name both databases: leave out --db and --sandbox";
        return Err(InputError::new(message).into());
    }
    Ok(Kind::Databases(a, b))
}

fn on(target: &TargetArgs, url: String) -> TargetArgs {
    TargetArgs { db: Some(url), ..target.clone() }
}

fn with(target: &Target, settings: &[(String, String)]) -> Target {
    let mut side = target.clone();
    side.options.settings.extend_from_slice(settings);
    side
}

fn looking(target: &Target, schemas: &str) -> Result<Target> {
    match target.engine.search_path(schemas) {
        Some(setting) => Ok(with(target, &[setting])),
        None => {
            let message =
                format!("--search-path-a/-b: {} knows no search path", target.engine.name());
            Err(InputError::new(message).into())
        }
    }
}

fn named(side: &str, settings: &[(String, String)]) -> String {
    match settings {
        [] => format!("{side}: as it is"),
        settings => {
            let pairs: Vec<String> =
                settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
            pairs.join(", ")
        }
    }
}

/// A copy beside the first database, with the script's changes.
async fn changed(opened: &Opened, script: &Script, context: &Context) -> Result<Target> {
    let Some(sandbox) = &opened.sandbox else {
        return Err(InputError::new("--ddl-b needs --sandbox").into());
    };
    let spinner = context.progress.spinner("copying the database");
    let copied = sandbox.duplicate("after").await;
    spinner.finish_and_clear();
    let after = Target { url: copied?, ..opened.target.clone() };
    let options = SessionOptions {
        access: Access::Commit,
        statement_timeout: std::time::Duration::ZERO,
        ..after.options.clone()
    };
    let mut session = after.engine.connect(&after.url, &options).await?;
    script.run(session.as_mut(), &context.interrupt).await.map_err(|error| {
        let refused = !error.ends_session() && !context.interrupt.is_set();
        match refused {
            true => anyhow::Error::from(InputError::new(format!("--ddl-b: {error}"))),
            false => error.into(),
        }
    })?;
    Ok(after)
}
