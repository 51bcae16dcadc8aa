//! A move to another release of the same engine: its planner is another one, and may plan otherwise.

use crate::engine::migration::Destination;
use crate::engine::{self, ServerInfo};

use super::Facts;

/// Releases between which plans may change: `15` and `18`, `8.0` and `8.4`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    pub engine: String,
    pub from: String,
    pub to: String,
}

/// `None` where the engine changes too, where the release stays, and where no evidence tells.
pub fn upgrade(facts: &Facts) -> Option<Upgrade> {
    let (from, to) = ends(facts)?;
    let upgrade = Upgrade {
        from: release(&from.engine, from.version_number)?,
        to: release(&to.engine, to.version)?,
        engine: from.engine.clone(),
    };
    (from.engine == to.engine && upgrade.from != upgrade.to).then_some(upgrade)
}

/// The release of a version, as its engine counts them.
pub fn release(engine: &str, version: [u32; 2]) -> Option<String> {
    Some(engine::by_name(engine)?.migration()?.release(version))
}

/// Where the rehearsal went, when that is not where the move is to go.
pub fn rehearsed_elsewhere(facts: &Facts) -> Option<String> {
    let review = facts.inventory.as_ref()?.report.review.as_ref()?;
    let to = review.destination.as_ref()?;
    let went = &facts.rehearsal.as_ref()?.report.target;
    let releases = (release(&went.engine, went.version_number), release(&to.engine, to.version));
    let same = went.engine == to.engine && releases.0 == releases.1;
    (!same).then(|| {
        format!(
            "rehearsed to {} {}, and the move goes to {}",
            went.engine, went.version, review.target
        )
    })
}

/// What was asked for comes before what was rehearsed.
fn ends(facts: &Facts) -> Option<(&ServerInfo, Destination)> {
    let inventory = facts.inventory.as_ref().map(|evidence| &evidence.report);
    let reviewed = inventory.and_then(|report| {
        Some((&report.state.server, report.review.as_ref()?.destination.clone()?))
    });
    reviewed.or_else(|| {
        let report = &facts.rehearsal.as_ref()?.report;
        let target = &report.target;
        let to = Destination { engine: target.engine.clone(), version: target.version_number };
        Some((&report.source, to))
    })
}
