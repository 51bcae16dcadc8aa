//! From verb to code.

use anyhow::Result;

use super::{Context, Exit, rules, sandbox};
use crate::cli::Command;

pub async fn dispatch(command: Command, context: &Context) -> Result<Exit> {
    match command {
        Command::Rules(args) => rules::run(args, context).await,
        Command::Sandbox(args) => sandbox::run(args, context).await,
    }
}
