//! From verb to code.

use anyhow::Result;

use super::{Context, Exit};
use crate::cli::Command;

pub async fn dispatch(command: Command, _context: &Context) -> Result<Exit> {
    match command {}
}
