//! `planwise sandbox`: a throwaway server that stays until Ctrl-C.

use std::io::{self, Write};
use std::path::PathBuf;

use super::Exit;
use crate::cli::{Context, InputError};
use crate::engine::{self, Engine};
use crate::sandbox::{Loaded, Sandbox, SandboxError, SandboxOptions};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which server to start [default: the first engine of this build]
    #[arg(long, value_name = "NAME")]
    pub engine: Option<String>,

    /// Scripts, dumps (.sql) and tables (.csv) to load, in this order; both may be packed (.gz).
    /// A .csv file goes into the table of its name, which is created with text columns if need be
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub load: Vec<PathBuf>,

    /// Folder of the server's programs, when not the newest installation
    #[arg(long = "pg-bin", alias = "server-bin", value_name = "DIR")]
    pub bin_dir: Option<PathBuf>,
}

pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let engine = chosen(args.engine.as_deref())?;
    tokio::select! {
        biased;
        () = context.interrupt.wait() => Ok(Exit::Interrupted),
        outcome = open(engine, &args, context) => {
            let sandbox = outcome?;
            announce(&sandbox)?;
            context.interrupt.wait().await;
            drop(sandbox);
            Ok(Exit::Fine)
        }
    }
}

/// The engine called `name`, or the first.
pub fn chosen(name: Option<&str>) -> Result<&'static dyn Engine, InputError> {
    let found = match name {
        Some(name) => engine::by_name(name),
        None => engine::all().first().copied(),
    };
    found.ok_or_else(|| {
        let name = name.unwrap_or_default();
        InputError::new(format!("no engine is called \"{name}\"; there are {}", engine::names()))
    })
}

async fn open(
    engine: &'static dyn Engine,
    args: &Args,
    context: &Context,
) -> Result<Sandbox, SandboxError> {
    let options = SandboxOptions { bin_dir: args.bin_dir.clone(), ..SandboxOptions::default() };
    let mut sandbox = Sandbox::start(engine, options).await?;
    let loaded = sandbox.load(&args.load, context.progress).await?;
    if !context.quiet && !args.load.is_empty() {
        let _ = describe(&loaded, &mut io::stderr());
    }
    Ok(sandbox)
}

fn describe(loaded: &Loaded, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "loaded: {} statements, {} rows", loaded.statements, loaded.rows)?;
    for (file, note) in &loaded.notes {
        writeln!(
            out,
            "  {}:{}: {} ({} times)",
            file.display(),
            note.line,
            note.reason,
            note.count
        )?;
    }
    Ok(())
}

/// The URL alone on the first line, for scripts that read it.
fn announce(sandbox: &Sandbox) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let text = format!(
        "{}\n{}\nPress Ctrl-C to stop the server and remove it.\n",
        sandbox.owner_url(sandbox.database()),
        sandbox.client_command()
    );
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
