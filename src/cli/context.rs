//! What every command is given by `main`.

use crate::interrupt::Interrupt;
use crate::progress::Progress;

#[derive(Debug, Clone)]
pub struct Context {
    pub interrupt: Interrupt,
    pub progress: Progress,
    /// Colour on standard output, decided once: terminal, NO_COLOR, --no-color.
    pub color: bool,
    /// Columns of the terminal, 80 when it is not one.
    pub width: usize,
    pub quiet: bool,
}
