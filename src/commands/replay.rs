//! `planwise run FILE.workload --as captured`: the capture played back as it happened.

use std::io::{self, Write};

use anyhow::Result;

use super::{Exit, run};
use crate::cli::{Context, InputError};
use crate::report::terminal::Format;
use crate::report::workload::replay_text;
use crate::report::write_atomically;
use crate::run::captured::{CapturedReplay, replay_captured};
use crate::trace::{Reader, is_workload_file};
use crate::workload;

pub async fn as_captured(args: &run::Args, context: &Context) -> Result<Exit> {
    let file = args.workload.workload.as_ref().filter(|file| is_workload_file(file));
    let Some(file) = file else {
        let message = "--as captured plays a .workload file back; `planwise capture LOG -o FILE.workload` makes one";
        return Err(InputError::new(message).into());
    };
    let reader = Reader::open(file)?;
    if !reader.has_events() {
        let message = format!(
            "{} holds a digest and no single statements ({}): only a capture of a log can be played back as it happened",
            file.display(),
            reader.summary.origin
        );
        return Err(InputError::new(message).into());
    }
    if reader.summary.redacted {
        let message = format!(
            "{} is redacted: its values are not those of the database, and nothing would be found by them",
            file.display()
        );
        return Err(InputError::new(message).into());
    }
    let engine = args.target.engine()?;
    let queries = workload::read(file, engine.dialect())?;
    args.output.prepare()?;
    let opened = args.target.open(&queries, context).await?;
    let options = args.as_captured.options(args.measure.clients, opened.target.options.access)?;
    let bar = context.progress.bar(reader.summary.statements, "replaying");
    let replayed = replay_captured(&opened.target, reader, options, &context.interrupt, |events| {
        bar.inc(events)
    })
    .await;
    bar.finish_and_clear();
    let replayed = replayed?;
    publish(&replayed, args, context)?;
    Ok(match context.interrupt.is_set() {
        true => Exit::Interrupted,
        false if replayed.sent > 0 && replayed.succeeded == 0 => Exit::Database,
        // A connection was lost: not all of the capture was played.
        false if replayed.not_reached > 0 => Exit::Database,
        false => Exit::Fine,
    })
}

fn publish(replayed: &CapturedReplay, args: &run::Args, context: &Context) -> Result<()> {
    let json = serde_json::to_vec_pretty(replayed)?;
    let file = args.output.out.join("replay.json");
    write_atomically(&file, &json)?;
    let mut out = io::stdout().lock();
    match args.output.format {
        Format::Json => {
            out.write_all(&json)?;
            writeln!(out)?;
        }
        Format::Text | Format::Markdown => {
            out.write_all(replay_text(replayed, context.width).as_bytes())?;
            writeln!(
                out,
                "\nWritten: {}",
                crate::printable::one_line(&file.display().to_string())
            )?;
        }
    }
    Ok(())
}
