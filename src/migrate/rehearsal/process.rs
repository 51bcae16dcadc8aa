//! One call of a tool, timed.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use nix::sys::resource::{UsageWho, getrusage};
use tokio::process::Command;

use super::PhaseTime;
use crate::engine::migration::ToolStep;
use crate::interrupt::Interrupt;

/// Lines of a tool's words that are kept.
const LINES: usize = 12;

/// Runs it to its end; an interrupt ends the tool.
///
/// # Errors
/// It is not there, or says that it failed.
pub async fn call(step: &ToolStep, folder: &Path, interrupt: &Interrupt) -> Result<PhaseTime> {
    if let Some((path, content)) = &step.file {
        std::fs::write(path, content)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let log = folder.join("tool.log");
    let said = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(&step.program);
    command.args(&step.args).envs(step.environment.iter().cloned()).kill_on_drop(true);
    command.stdin(match &step.stdin {
        Some(path) => Stdio::from(File::open(path).with_context(|| path.display().to_string())?),
        None => Stdio::null(),
    });
    command.stdout(match &step.stdout {
        Some(path) => Stdio::from(File::create(path).with_context(|| path.display().to_string())?),
        None => Stdio::from(said.try_clone()?),
    });
    command.stderr(Stdio::from(said));
    let (started, before) = (Instant::now(), children_cpu());
    let program = step.program.display().to_string();
    let mut child = command.spawn().with_context(|| {
        format!("{program} cannot be started: install it, or say where it is with --tools DIR")
    })?;
    let status = tokio::select! {
        status = child.wait() => status.with_context(|| program.clone())?,
        () = interrupt.wait() => bail!("interrupted while {program} ran"),
    };
    let phase = PhaseTime {
        phase: step.phase.to_owned(),
        seconds: started.elapsed().as_secs_f64(),
        tool_cpu_s: (children_cpu() - before).max(0.0),
        disk_bytes: size_of(folder),
        command: step.shown(),
        said: last_lines(&log),
    };
    match status.success() {
        true => Ok(phase),
        false => bail!("{} failed ({status}): {}", step.shown(), phase.said.join(" / ")),
    }
}

/// Processor time of all children that have ended, seconds.
fn children_cpu() -> f64 {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_CHILDREN) else { return 0.0 };
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

fn last_lines(path: &Path) -> Vec<String> {
    let bytes = crate::bounded::read(path, crate::bounded::LARGE).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| (*line).to_owned()).collect()
}

fn size_of(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => size_of(&entry.path()),
        Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |data| data.len()),
        _ => 0,
    });
    sizes.sum()
}
