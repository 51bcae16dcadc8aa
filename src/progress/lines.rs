//! A bar for what is no terminal: what it would draw becomes a line of a log, now and then.

use std::io::{self, Write, stderr};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressDrawTarget, TermLike};

/// Wider than any line, so that none is cut.
const WIDTH: u16 = 200;

/// When the process last said something: all of its bars share the interval.
static PACE: LazyLock<Arc<Mutex<Instant>>> = LazyLock::new(|| Arc::new(Mutex::new(Instant::now())));

pub fn target(interval: Duration) -> ProgressDrawTarget {
    let log = Log { interval, pace: Arc::clone(&PACE), drawn: Mutex::default(), out: stderr };
    ProgressDrawTarget::term_like(Box::new(log))
}

/// Collects a drawing and prints it when a line is due.
struct Log<W> {
    interval: Duration,
    pace: Arc<Mutex<Instant>>,
    drawn: Mutex<String>,
    out: fn() -> W,
}

impl<W> std::fmt::Debug for Log<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log").field("interval", &self.interval).finish_non_exhaustive()
    }
}

impl<W: Write> Log<W> {
    fn is_due(&self) -> bool {
        let mut last = self.pace.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.elapsed() >= self.interval;
        if due {
            *last = Instant::now();
        }
        due
    }
}

impl<W: Write> TermLike for Log<W> {
    fn width(&self) -> u16 {
        WIDTH
    }

    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.drawn.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        Ok(())
    }

    /// The end of a drawing. That a line cannot be written is no reason to stop.
    fn flush(&self) -> io::Result<()> {
        let drawn = std::mem::take(&mut *self.drawn.lock().unwrap_or_else(PoisonError::into_inner));
        let line = drawn.trim();
        if !line.is_empty() && self.is_due() {
            let _ = writeln!((self.out)(), "planwise: {line}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    struct Page;

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            WRITTEN.with_borrow_mut(|written| written.extend_from_slice(bytes));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(interval: Duration) -> Log<Page> {
        let pace = Arc::new(Mutex::new(Instant::now()));
        Log { interval, pace, drawn: Mutex::default(), out: || Page }
    }

    fn draw(log: &Log<Page>, text: &str) {
        log.write_str("\r").unwrap();
        log.write_str(text).unwrap();
        log.write_str("     ").unwrap();
        log.flush().unwrap();
    }

    fn written() -> String {
        WRITTEN.with_borrow(|written| String::from_utf8(written.clone()).unwrap())
    }

    #[test]
    fn a_drawing_is_a_plain_line() {
        let log = log(Duration::ZERO);
        draw(&log, "measuring, 3 of 40, 12s");
        draw(&log, "");
        assert_eq!(written(), "planwise: measuring, 3 of 40, 12s\n");
    }

    #[test]
    fn nothing_is_said_before_a_line_is_due() {
        let log = log(Duration::from_secs(3600));
        draw(&log, "measuring, 3 of 40, 12s");
        assert_eq!(written(), "");
    }

    #[test]
    fn a_bar_draws_its_count_without_escapes() {
        let target = ProgressDrawTarget::term_like(Box::new(log(Duration::ZERO)));
        let bar = indicatif::ProgressBar::with_draw_target(Some(40), target);
        bar.set_style(super::super::style("{msg}, {pos} of {len}"));
        bar.set_message("measuring");
        bar.inc(3);
        bar.tick();
        let said = written();
        assert!(said.contains("planwise: measuring, 3 of 40\n"), "{said:?}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
}
