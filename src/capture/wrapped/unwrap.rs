//! The seam between a shipper's form and the server's own lines.

/// Takes the server's own lines out of what a shipper made of them.
pub trait Unwrap: Send {
    /// Appends what `line` (without its line break) completes; `false` where it is none of its kind.
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> bool;

    /// Appends what is still held back.
    fn end(&mut self, out: &mut Vec<u8>);
}
