use std::io::{IsTerminal, stderr, stdout};
use std::process::ExitCode;

use clap::Parser;
use planwise::cli::{Cli, Global};
use planwise::commands::{self, Context, Exit};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::report::say;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    log_to_stderr(cli.global.verbose);
    let exit = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => {
            say(&format!("error: the asynchronous runtime did not start: {error}"));
            Exit::Usage
        }
    };
    ExitCode::from(exit as u8)
}

async fn run(cli: Cli) -> Exit {
    let context = context(&cli.global);
    if let Err(error) = context.interrupt.listen() {
        say(&format!("warning: Ctrl-C will not save results: {error}"));
    }
    match commands::dispatch(cli.command, &context).await {
        Ok(exit) => exit,
        Err(error) => report(&error, &context.interrupt),
    }
}

/// Every error that ends the program is said here, once.
fn report(error: &anyhow::Error, interrupt: &Interrupt) -> Exit {
    if commands::is_broken_pipe(error) {
        return Exit::Fine;
    }
    if interrupt.is_set() {
        say(&format!("interrupted: {error:#}"));
        return Exit::Interrupted;
    }
    say(&format!("error: {error:#}"));
    commands::exit_of(error)
}

/// Colour, width and progress are decided here and nowhere else.
fn context(global: &Global) -> Context {
    let no_color = global.no_color || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    Context {
        interrupt: Interrupt::new(),
        progress: Progress::new(stderr().is_terminal() && !global.quiet),
        color: stdout().is_terminal() && !no_color,
        width: console_width(),
        quiet: global.quiet,
    }
}

/// Columns of the terminal; 80 when standard output is none, so that files read the same everywhere.
fn console_width() -> usize {
    let columns = terminal_size::terminal_size_of(stdout()).map(|(width, _)| width.0);
    columns.map_or(80, |columns| usize::from(columns).clamp(60, 160))
}

fn log_to_stderr(verbose: u8) {
    let default = match verbose {
        0 => "off",
        1 => "planwise=info",
        _ => "planwise=debug,info",
    };
    let filter =
        EnvFilter::try_from_env("PLANWISE_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).init();
}
