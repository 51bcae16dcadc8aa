//! From verb to code.

use anyhow::Result;

use super::{
    Command, Exit, advise, answers, assert, capture, compare, demo, explain, health, history,
    inventory, manual, nightly, parity, rehearse, rules, run, runbook, sandbox, snapshot, tune,
    whatif, workload,
};
use crate::cli::Context;

pub async fn dispatch(command: Command, context: &Context) -> Result<Exit> {
    match command {
        Command::Demo(args) => demo::run(args, context).await,
        Command::Run(args) => run::run(args, context).await,
        Command::Advise(args) => advise::run(args, context).await,
        Command::Tune(args) => tune::run(*args, context).await,
        Command::Compare(args) => compare::run(*args, context).await,
        Command::Capture(args) => capture::run(args, context).await,
        Command::Workload(args) => workload::run(args, context).await,
        Command::Explain(args) => explain::run(args, context).await,
        Command::Nightly(args) => nightly::run(args, context).await,
        Command::Health(args) => health::run(*args, context).await,
        Command::History(args) => history::run(args, context),
        Command::Inventory(args) => inventory::run(args, context).await,
        Command::Parity(args) => parity::run(*args, context).await,
        Command::Answers(args) => answers::run(args, context).await,
        Command::Rehearse(args) => rehearse::run(args, context).await,
        Command::Runbook(args) => runbook::run(&args, context),
        Command::Rules(args) => rules::run(args, context).await,
        Command::Sandbox(args) => sandbox::run(args, context).await,
        Command::Assert(args) => assert::run(*args, context).await,
        Command::Whatif(args) => whatif::run(*args, context).await,
        Command::Snapshot(args) => snapshot::run(args, context).await,
        Command::Completions(args) => manual::completions(&args),
        Command::Man(args) => manual::man(&args),
    }
}
