//! Progress on the terminal, on standard error, and nowhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Decided once in `main`: whether progress is shown at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    shown: bool,
}

impl Progress {
    pub fn new(shown: bool) -> Self {
        Progress { shown }
    }

    pub fn hidden() -> Self {
        Progress { shown: false }
    }

    /// A bar of `length` steps; `label` says what is being done, in the present participle.
    pub fn bar(self, length: u64, label: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), self.target());
        bar.set_style(style("{msg:<32.32} {wide_bar} {pos}/{len} {eta}"));
        bar.set_message(label.to_owned());
        bar
    }

    /// As [`Progress::bar`], counting bytes.
    pub fn bytes(self, length: u64, label: &str) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), self.target());
        bar.set_style(style("{msg:<32.32} {wide_bar} {bytes}/{total_bytes} {eta}"));
        bar.set_message(label.to_owned());
        bar
    }

    /// For work of unknown length.
    pub fn spinner(self, label: &str) -> ProgressBar {
        let spinner = ProgressBar::with_draw_target(None, self.target());
        spinner.set_style(style("{spinner} {msg} {elapsed}"));
        spinner.set_message(label.to_owned());
        if self.shown {
            spinner.enable_steady_tick(Duration::from_millis(120));
        }
        spinner
    }

    /// A line that stays.
    pub fn tell(self, line: &str) {
        if self.shown {
            crate::report::say(line);
        }
    }

    fn target(self) -> ProgressDrawTarget {
        if self.shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
    }
}

/// A template that does not parse is our own bug; the bar is then drawn in the default style.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
