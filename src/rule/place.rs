//! Where a rule's condition held, and what a finding there is about.

use super::LogPlace;
use super::facts::{
    DAY_S, ForeignKeySite, HabitSite, IndexSite, NodeSite, QuerySite, SequenceSite, TableSite,
    TextSite,
};
use super::gain;
use super::score::{self, Weight};
use crate::engine::Table;
use crate::plan::{Evidence, Node};
use crate::run::QueryRun;

/// Where a rule's condition held.
pub enum Place<'s, 'a> {
    Node { site: &'s NodeSite<'a>, plan: usize },
    Query { site: &'s QuerySite<'a>, plan: usize },
    Text(&'s TextSite<'a>),
    Sequence(&'s SequenceSite<'a>),
    Habit(&'s HabitSite<'a>),
    Table(&'s TableSite<'a>),
    Index(&'s IndexSite<'a>),
    ForeignKey(&'s ForeignKeySite<'a>),
    Settings,
}

impl<'s, 'a> Place<'s, 'a> {
    pub fn query(&self) -> Option<&'a String> {
        match self {
            Place::Node { site, .. } => site.query.query.map(|query| &query.id),
            Place::Query { site, .. } => site.query.map(|query| &query.id),
            Place::Text(site) => site.query.query.map(|query| &query.id),
            Place::Sequence(site) => Some(&site.second.query),
            Place::Habit(site) => site.habit.query.as_ref(),
            _ => None,
        }
    }

    pub fn node(&self) -> Option<&'a Node> {
        match self {
            Place::Node { site, .. } => Some(site.node),
            _ => None,
        }
    }

    pub fn plan(&self) -> usize {
        match self {
            Place::Node { plan, .. } | Place::Query { plan, .. } => *plan,
            _ => 0,
        }
    }

    /// Line of the statement that it is about.
    pub fn line(&self) -> Option<usize> {
        match self {
            Place::Text(site) => Some(site.line()),
            _ => None,
        }
    }

    /// Kind of the habit.
    pub fn habit(&self) -> Option<String> {
        match self {
            Place::Habit(site) => Some(site.habit.kind.clone()),
            _ => None,
        }
    }

    /// Line of a captured log.
    pub fn seen_at(&self) -> Option<LogPlace> {
        let Place::Habit(site) = self else { return None };
        let (file, line) = (site.habit.file.clone(), site.habit.line.max(1));
        (!file.is_empty()).then_some(LogPlace { file, line })
    }

    /// How often a day its gain can be had, where the pace of the workload is known.
    pub fn a_day(&self) -> Option<f64> {
        let query = match self {
            Place::Node { site, .. } => &site.query,
            Place::Query { site, .. } => *site,
            Place::Text(site) => &site.query,
            Place::Habit(site) => return site.a_day(),
            _ => return None,
        };
        let observed_s = query.around.run?.workload.observed_s?;
        Some(query.query?.weight / observed_s * DAY_S)
    }

    /// Table or index concerned.
    pub fn subject(&self) -> Option<String> {
        let full = |table: &Table| format!("{}.{}", table.schema, table.name);
        match self {
            Place::Node { site, .. } => {
                site.table.map(full).or_else(|| site.relation().map(str::to_owned))
            }
            Place::Table(site) => Some(full(site.table)),
            Place::Text(site) => site.table().map(full),
            Place::ForeignKey(site) => Some(full(site.on.table)),
            Place::Index(site) => Some(site.index.name.clone()),
            Place::Query { .. } | Place::Sequence(_) | Place::Habit(_) | Place::Settings => None,
        }
    }

    /// Queries concerned beside [`Place::query`].
    pub fn queries(&self) -> Vec<String> {
        match self {
            Place::Sequence(site) => vec![site.first.query.clone(), site.second.query.clone()],
            Place::Habit(site) => site.habit.others.clone(),
            Place::Table(site) => site.queries(),
            Place::ForeignKey(site) => site.queries(),
            Place::Index(_)
            | Place::Settings
            | Place::Node { .. }
            | Place::Text(_)
            | Place::Query { .. } => Vec::new(),
        }
    }

    pub fn columns(&self) -> Vec<String> {
        match self {
            Place::Node { site, .. } => site.columns(),
            Place::ForeignKey(site) => site.key.columns.clone(),
            Place::Text(site) => site.construct.columns.clone(),
            _ => Vec::new(),
        }
    }

    pub fn evidence(&self) -> Evidence {
        match self {
            Place::Node { site, .. } => site.plan.evidence,
            Place::Query { site, .. } => site.plan.map_or(Evidence::A, |(plan, _)| plan.evidence),
            _ => Evidence::A,
        }
    }

    pub fn gain_site(&self) -> gain::Site<'s, 'a> {
        match self {
            Place::Node { site, .. } => gain::Site::Node(site),
            Place::Query { site, .. } => gain::Site::Query(site),
            Place::Sequence(site) => gain::Site::Sequence(site),
            Place::Habit(site) => gain::Site::Habit(site),
            _ => gain::Site::Elsewhere,
        }
    }

    pub fn weight(&self, confidence: f64) -> Weight {
        let (total_ms, share, known) = match self {
            Place::Node { site, .. } => {
                let known = site.query.around.catalog().is_some();
                (site.query.total_ms(), site.wall_share().unwrap_or(0.0), known)
            }
            Place::Query { site, .. } => (site.total_ms(), 1.0, true),
            Place::Sequence(site) => {
                let all: f64 = site.session.steps.iter().map(|step| step.total_ms).sum();
                (Some(all), site.second.total_ms / all.max(f64::MIN_POSITIVE), true)
            }
            Place::Habit(site) if site.habit.total_ms > 0.0 => {
                // Of the whole capture, shared out to the occurrences: a gain is what one of them saves.
                let all = site.habit.capture_ms / site.habit.occurrences.max(1) as f64;
                (Some(all), site.share(), true)
            }
            _ => (None, 0.0, true),
        };
        Weight {
            total_ms,
            share,
            more_than_told: matches!(self, Place::Habit(_)),
            of_workload: self.of_workload().unwrap_or(1.0),
            confidence: score::confidence(confidence, self.evidence(), known),
        }
    }

    /// Share of its query in the time of a workload whose calls are known.
    fn of_workload(&self) -> Option<f64> {
        let query = match self {
            Place::Node { site, .. } => &site.query,
            Place::Query { site, .. } => *site,
            Place::Text(site) => &site.query,
            _ => return None,
        };
        let run = query.around.run.filter(|run| run.workload.observed_s.is_some())?;
        let all: f64 = run.queries.iter().map(QueryRun::weighted_ms).sum();
        (all > 0.0).then(|| (query.query.map_or(0.0, QueryRun::weighted_ms) / all).clamp(0.0, 1.0))
    }

    /// Its node and all below it: `[first, last]` in pre-order.
    pub fn reach(&self) -> Option<(usize, usize)> {
        self.node().map(reach)
    }
}

fn reach(node: &Node) -> (usize, usize) {
    let mut last = node.id.0;
    let mut pending = vec![node];
    while let Some(node) = pending.pop() {
        last = last.max(node.id.0);
        pending.extend(&node.children);
    }
    (node.id.0, last)
}
