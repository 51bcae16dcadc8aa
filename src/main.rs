use std::io::{IsTerminal, stderr, stdout};
use std::process::ExitCode;
use std::time::Duration;

use planwise::cli::Context;
use planwise::commands::{self, Cli, Exit, Global};
use planwise::interrupt::Interrupt;
use planwise::progress::Progress;
use planwise::progress::say;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    own_up_to_defects();
    let cli = Cli::of_process();
    log_to_stderr(&cli.global);
    let exit = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => {
            say(&format!("error: the asynchronous runtime did not start: {error}"));
            commands::exit_of(&error.into())
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
    let exit = commands::exit_of(error);
    if exit == Exit::Defect {
        say(DEFECT);
    }
    exit
}

const DEFECT: &str = "This is a defect of planwise, not of your database or your files. Please report it \
with the lines above and what `planwise -vv …` says.";

/// A panic says whose fault it is, after its own words.
fn own_up_to_defects() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        say(DEFECT);
    }));
}

/// Colour, width and progress are decided here and nowhere else.
fn context(global: &Global) -> Context {
    Context {
        interrupt: Interrupt::new(),
        progress: progress(global),
        color: stdout().is_terminal() && !no_color(global),
        width: console_width(),
        quiet: global.quiet,
    }
}

fn no_color(global: &Global) -> bool {
    global.no_color || std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
}

/// Without a terminal a line is said this often.
const LINE_SECONDS: f64 = 10.0;

/// A bar would draw over the lines of a log. `PLANWISE_PROGRESS` is the number of seconds between two lines.
fn progress(global: &Global) -> Progress {
    if global.quiet {
        return Progress::hidden();
    }
    if stderr().is_terminal() && global.verbose == 0 {
        return Progress::bars();
    }
    let wanted = std::env::var("PLANWISE_PROGRESS").ok().and_then(|text| text.parse().ok());
    let seconds: f64 = wanted.unwrap_or(LINE_SECONDS);
    Progress::lines(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

/// Columns of the terminal; 80 when standard output is none, so that files read the same everywhere.
fn console_width() -> usize {
    let columns = terminal_size::terminal_size_of(stdout()).map(|(width, _)| width.0);
    columns.map_or(80, |columns| usize::from(columns).clamp(40, 160))
}

fn log_to_stderr(global: &Global) {
    let default = match global.verbose {
        0 => "off",
        1 => "planwise=info",
        _ => "planwise=debug,info",
    };
    let filter =
        EnvFilter::try_from_env("PLANWISE_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let colored = stderr().is_terminal() && !no_color(global);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    log.with_ansi(colored)
        .with_target(false)
        .with_timer(tracing_subscriber::fmt::time::uptime())
        .init();
}
