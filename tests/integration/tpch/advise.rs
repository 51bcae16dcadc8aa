//! Budgets on real join queries.

use planwise::advise::advise_with;
use planwise::advise::{
    Advice, CostFeedback, Hypotheses, Limits, Request, SizeModel, Thresholds, WhatIf,
};
use planwise::engine::SessionOptions;
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::run::{Run, Target, estimate};
use planwise::sandbox::Sandbox;
use planwise::workload::{self, Workload};

use super::data;
use crate::parts;

const SCALE: f64 = 0.02;

struct Small {
    sandbox: Sandbox,
    run: Run,
}

impl Small {
    /// With the first `most` queries.
    async fn open(most: usize) -> Option<Small> {
        let folder = parts::dataset("tpch")?;
        let sandbox = parts::postgres().await?;
        data::load(&sandbox, &folder, SCALE).await;
        let engine = sandbox.engine();
        let mut workload: Workload =
            workload::read(&folder.join("queries.sql"), engine.dialect()).unwrap();
        assert_eq!(workload.queries.len(), 19);
        workload.queries.truncate(most);
        let url = sandbox.url(sandbox.database());
        let target = Target { engine, url, options: SessionOptions::default() };
        let run =
            estimate(&target, &workload, &Interrupt::new(), Progress::hidden()).await.unwrap();
        Some(Small { sandbox, run })
    }

    async fn advise(&self, budget: u64, planners: usize) -> Advice {
        let request = Request {
            run: &self.run,
            findings: &[],
            engine: self.sandbox.engine(),
            thresholds: Thresholds::default(),
            limits: Limits {
                budget: Some(budget),
                size_model: SizeModel::Hypothetical,
                ..Limits::default()
            },
            cost_feedback: CostFeedback::default(),
            interrupt: Interrupt::new(),
        };
        let grammar = self.sandbox.engine().index_grammar().unwrap();
        let mut sessions = Vec::new();
        for _ in 0..planners {
            sessions.push(self.sandbox.connect(&SessionOptions::default()).await.unwrap());
        }
        let mut backends = Vec::new();
        for session in &mut sessions {
            backends.push(Hypotheses::open(session.as_mut(), grammar).await.unwrap());
        }
        let mut backends = backends.iter_mut().map(|backend| backend as &mut dyn WhatIf);
        let lead = backends.next();
        advise_with(&request, lead, backends.collect()).await
    }
}

/// 500 and 1500 MB, scaled. So small, plans begin at costs that no index lowers: the published figures
/// are held at scale 1, by the benchmark.
#[tokio::test(flavor = "multi_thread")]
async fn budgets_buy_what_was_published_and_more() {
    let Some(small) = Small::open(19).await else { return };
    let megabytes = |megabytes: f64| (megabytes * SCALE * 1048576.0) as u64;
    let mut left = 1.0;
    for (budget, most) in [(500.0, 0.75), (1500.0, 0.60)] {
        let advice = small.advise(megabytes(budget), 2).await;
        let selection = advice.selection.as_ref().unwrap();
        let (before, after) =
            (advice.workload_cost_before.unwrap(), advice.workload_cost_after.unwrap());
        assert!(selection.size_bytes <= megabytes(budget), "{selection:?}");
        assert!(after / before <= most, "{budget} MB: {} left", after / before);
        assert!(after / before <= left, "more space, but {} left", after / before);
        assert!(selection.lower_bound.unwrap() <= after);
        left = after / before;
    }
}

/// However many planners answer, and in whatever order.
#[tokio::test(flavor = "multi_thread")]
async fn one_planner_and_three_find_the_same_set() {
    let Some(small) = Small::open(8).await else { return };
    let ddl = |advice: &Advice| -> Vec<String> {
        advice.indexes.iter().map(|index| index.ddl.clone()).collect()
    };
    let budget = 8 << 20;
    let (alone, together) = (small.advise(budget, 1).await, small.advise(budget, 3).await);
    assert_eq!(ddl(&alone), ddl(&together));
    assert!(!alone.indexes.is_empty());
    let mut session = small.sandbox.connect(&SessionOptions::default()).await.unwrap();
    let left = session.query_text("SELECT indexrelid FROM pg_index WHERE NOT indisprimary AND indrelid = 'lineitem'::regclass").await;
    assert!(left.unwrap().is_empty());
}
