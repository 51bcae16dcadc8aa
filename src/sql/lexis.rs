//! How an engine spells strings, identifiers and comments: all that splitting a script needs to know.

/// The lexical habits of one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lexis {
    /// `$tag$ … $tag$` strings.
    pub dollar_quotes: bool,
    /// `\'` inside a plain string is an escaped quote (an `E'…'` string always escapes).
    pub backslash_escapes: bool,
    /// `` `name` `` identifiers.
    pub backtick_identifiers: bool,
    /// `"text"` is a string, not an identifier.
    pub double_quoted_strings: bool,
    /// `# comment` to the end of the line.
    pub hash_comments: bool,
    /// `--` starts a comment only when white space follows.
    pub spaced_dash_comments: bool,
    /// `/* /* */ */` nests.
    pub nested_comments: bool,
    /// `/*! … */` is part of the statement, not a comment.
    pub executable_comments: bool,
    /// The client command `DELIMITER //` changes the statement terminator.
    pub delimiter_command: bool,
    /// Parameters are `$1`, `$2`, …; otherwise each is a `?`, and `@name` is a variable of the session.
    pub numbered_parameters: bool,
    /// `#{name}` is a parameter, even where `#` begins a comment. Never for text as a server reads it.
    pub hash_parameters: bool,
}
