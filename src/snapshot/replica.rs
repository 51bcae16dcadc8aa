//! A throwaway server that plans as the source of a snapshot would.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::{Snapshot, SnapshotError};
use crate::engine::{
    self, Access, DbError, Engine, Installation, LeftOut, PlannerState, PlannerStates,
    RestorePlace, ScalePlace, SessionOptions, SizedFile, StandIns,
};
use crate::progress::Progress;
use crate::sandbox::{Sandbox, SandboxError, SandboxOptions};

/// Dropping it removes the server.
pub struct Replica {
    pub sandbox: Sandbox,
    pub engine: &'static dyn Engine,
    /// Whom queries are planned for; the owner, where it is nobody else.
    pub role: Option<String>,
    /// What is not as on the source, as sentences without their full stop.
    pub differing: Vec<String>,
    /// What of the source could not be made.
    pub left_out: Vec<LeftOut>,
    /// Extensions of the source that are not installed here.
    pub missing_extensions: Vec<String>,
    files: Vec<SizedFile>,
    /// What is set anew each time the server starts: the state without its tables.
    settings: PlannerState,
}

impl Replica {
    /// Starts a server of the version nearest to the source's among the installed ones, or among those in `bin_dir`.
    ///
    /// # Errors
    /// No server is installed, or it failed; the snapshot is of an engine that has none.
    pub async fn start(
        snapshot: &Snapshot,
        bin_dir: Option<&Path>,
        progress: Progress,
    ) -> Result<Replica> {
        Replica::changed(snapshot, bin_dir, &[], progress).await
    }

    /// The same with a change of its schema, by statements of the user.
    ///
    /// # Errors
    /// Those of [`Replica::start`], and a statement that is refused.
    pub async fn changed(
        snapshot: &Snapshot,
        bin_dir: Option<&Path>,
        change: &[String],
        progress: Progress,
    ) -> Result<Replica> {
        let states = snapshot.states()?;
        let state = &snapshot.state;
        let unsupported = || SnapshotError::Unsupported { engine: state.engine.clone() };
        let engine = engine::by_name(&state.engine).ok_or_else(unsupported)?;
        let installed = engine.launcher().find(bin_dir);
        let nearest = nearest(&installed, state.version_number[0]);
        let bin_dir = nearest.map(|found| found.bin_dir.clone()).or(bin_dir.map(Path::to_owned));
        let spinner = progress.spinner("making a server that plans as the source does");
        let options = SandboxOptions { bin_dir, ..SandboxOptions::default() };
        let mut sandbox = Sandbox::start(engine, options).await?;
        let (name, attempts) = states.create_database(state);
        create(&sandbox, &attempts).await?;
        sandbox.set_database(name);
        let database = sandbox.database().to_owned();
        let (url, owner_url) = (sandbox.url(&database), sandbox.owner_url(&database));
        let place = RestorePlace {
            url: &url,
            owner_url: &owner_url,
            installation: sandbox.installation(),
            data: sandbox.data_folder().0,
            data_owner: sandbox.data_folder().1,
            change,
        };
        let restored = states.restore(state, place).await?;
        let files = &restored.files;
        sandbox
            .reshape(states.server_settings(), |data, owner| states.resize(data, files, owner))
            .await?;
        let mut differing = restored.differing;
        differing.extend(states.started(state, &sandbox.url(sandbox.database())).await?);
        spinner.finish_and_clear();
        Ok(Replica {
            sandbox,
            engine,
            role: None,
            differing,
            left_out: restored.left_out,
            missing_extensions: restored.missing_extensions,
            files: restored.files,
            settings: state.restricted(&BTreeSet::new()),
        })
    }

    /// For indexes that are tried here; `None` where this engine's cannot stand without rows. `state` is that of the
    /// snapshot.
    ///
    /// # Errors
    /// The replica takes no connections.
    pub async fn stand_ins<'a>(
        &'a self,
        state: &'a PlannerState,
    ) -> Result<Option<Box<dyn StandIns + 'a>>, DbError> {
        let Some(states) = self.engine.planner_states() else { return Ok(None) };
        let (sandbox, database) = (&self.sandbox, self.sandbox.database());
        let (url, owner_url) = (sandbox.url(database), sandbox.owner_url(database));
        states.stand_ins(state, (&url, &owner_url), sandbox.data_folder()).await
    }

    /// Has the server read again what it reads when it starts.
    ///
    /// # Errors
    /// It does not start again.
    pub async fn restart(&mut self, states: &dyn PlannerStates) -> Result<()> {
        self.sandbox.restart(states.server_settings()).await?;
        let url = self.sandbox.url(self.sandbox.database());
        states.started(&self.settings, &url).await?;
        Ok(())
    }

    /// What has a size here. `url` is for who may do anything.
    pub fn scale_place<'a>(&'a self, url: &'a str) -> ScalePlace<'a> {
        let (data, data_owner) = self.sandbox.data_folder();
        ScalePlace { url, data, data_owner, files: &self.files }
    }
}

/// The first attempt that succeeds; the reason of the last one that does not.
async fn create(sandbox: &Sandbox, attempts: &[String]) -> Result<(), SandboxError> {
    let options = SessionOptions {
        access: Access::Commit,
        statement_timeout: std::time::Duration::ZERO,
        ..SessionOptions::default()
    };
    let mut session = sandbox.connect(&options).await?;
    let mut outcome = Ok(());
    for attempt in attempts {
        outcome = session.command(attempt).await;
        if outcome.is_ok() {
            break;
        }
    }
    Ok(outcome?)
}

/// The same major version, or the next newer one, or the next older one.
fn nearest(installed: &[Installation], major: u32) -> Option<&Installation> {
    let distance = |found: &&Installation| {
        let own = found.version_number[0];
        (own.abs_diff(major), own < major)
    };
    installed.iter().min_by_key(distance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_version_comes_first_and_of_two_neighbours_the_newer() {
        let installed: Vec<Installation> = [18, 16, 14, 13]
            .into_iter()
            .map(|major| Installation {
                bin_dir: format!("/{major}").into(),
                version: format!("{major}.1"),
                version_number: [major, 1],
            })
            .collect();
        let found = |major| nearest(&installed, major).map(|found| found.version_number[0]);
        assert_eq!(found(16), Some(16));
        assert_eq!(found(15), Some(16));
        assert_eq!(found(12), Some(13));
        assert_eq!(found(20), Some(18));
        assert_eq!(nearest(&[], 15), None);
    }
}
