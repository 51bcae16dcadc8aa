//! Progress on standard error: bars on a terminal, a line now and then elsewhere, or nothing.

mod lines;
mod standard_error;

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

pub use standard_error::say;

/// Decided once in `main`: whether progress is shown at all, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    shown: Shown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Hidden,
    Bars,
    /// At most one line in so much time.
    Lines(Duration),
}

/// How often a bar that prints lines looks whether one is due.
const TICK: Duration = Duration::from_secs(1);

impl Progress {
    /// Bars that are drawn over themselves: for terminals.
    pub fn bars() -> Self {
        Progress { shown: Shown::Bars }
    }

    /// One line in `interval` at most, for logs of build services: somebody who waits sees that it goes on, and short
    /// commands say nothing.
    pub fn lines(interval: Duration) -> Self {
        Progress { shown: Shown::Lines(interval) }
    }

    pub fn hidden() -> Self {
        Progress { shown: Shown::Hidden }
    }

    /// A bar of `length` steps; `label` says what is being done, in the present participle.
    pub fn bar(self, length: u64, label: &str) -> ProgressBar {
        let counted = if length == 0 { "" } else { ", {pos} of {len}" };
        self.start(Some(length), label, "{msg:<32.32} {wide_bar} {pos}/{len} {eta}", counted)
    }

    /// As [`Progress::bar`], counting bytes.
    pub fn bytes(self, length: u64, label: &str) -> ProgressBar {
        let template = "{msg:<32.32} {wide_bar} {bytes}/{total_bytes} {eta}";
        self.start(Some(length), label, template, ", {bytes} of {total_bytes}")
    }

    /// For work of unknown length.
    pub fn spinner(self, label: &str) -> ProgressBar {
        let spinner = self.start(None, label, "{spinner} {msg} {elapsed}", "");
        if self.shown == Shown::Bars {
            spinner.enable_steady_tick(Duration::from_millis(120));
        }
        spinner
    }

    /// A line that stays.
    pub fn tell(self, line: &str) {
        if self.shown != Shown::Hidden {
            say(line);
        }
    }

    fn start(self, length: Option<u64>, label: &str, template: &str, counted: &str) -> ProgressBar {
        // Shown once its style is known: the usual one would be drawn before.
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        match self.shown {
            Shown::Lines(_) => {
                bar.set_style(style(&format!("{{msg}}{counted}, {{elapsed_precise}}")));
            }
            Shown::Bars | Shown::Hidden => bar.set_style(style(template)),
        }
        bar.set_message(label.to_owned());
        bar.set_draw_target(self.target());
        if let Shown::Lines(_) = self.shown {
            bar.enable_steady_tick(TICK);
        }
        bar
    }

    fn target(self) -> ProgressDrawTarget {
        match self.shown {
            Shown::Hidden => ProgressDrawTarget::hidden(),
            Shown::Bars => ProgressDrawTarget::stderr(),
            Shown::Lines(interval) => lines::target(interval),
        }
    }
}

/// A template that does not parse is our own bug; the bar is then drawn in the default style.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
