//! From verb to code.

use anyhow::Result;

<<<<<<< HEAD
use super::{Context, Exit, rules, sandbox};
=======
use super::{Context, Exit, rules, run, sandbox};
>>>>>>> 532f412 (planwise run: replay, judge, advise, report; its bad inputs, endings and writes held by tests)
use crate::cli::Command;

pub async fn dispatch(command: Command, context: &Context) -> Result<Exit> {
    match command {
<<<<<<< HEAD
=======
        Command::Run(args) => run::run(args, context).await,
>>>>>>> 532f412 (planwise run: replay, judge, advise, report; its bad inputs, endings and writes held by tests)
        Command::Rules(args) => rules::run(args, context).await,
        Command::Sandbox(args) => sandbox::run(args, context).await,
    }
}
