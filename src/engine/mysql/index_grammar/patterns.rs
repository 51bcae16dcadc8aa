//! What an ordered index can use of a LIKE pattern.

/// The pattern does not begin with a wildcard, so that matching values lie together.
pub fn has_beginning(pattern: &str) -> bool {
    !pattern.is_empty() && !pattern.starts_with(['%', '_'])
}
