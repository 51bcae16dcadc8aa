//! How a capture is played back.

use crate::engine::Access;

/// When statements are due.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// At their own offsets from the capture's beginning, so many times as fast. Without think time a session's statements
    /// follow each other at once.
    Captured { speed: f64, think: bool },
    /// Open loop: so many statements a second, whatever the server does.
    Rate(f64),
    /// Closed loop: each connection sends its next statement when the one before is answered.
    Closed,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CapturedOptions {
    pub pace: Pace,
    /// Connections of an open or a closed loop. As captured each session has its own.
    pub clients: usize,
    pub access: Access,
    /// Failures that are told one by one.
    pub most_failures: usize,
}
