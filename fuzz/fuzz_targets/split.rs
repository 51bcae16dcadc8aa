//! Statements lie where they say, and nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use planwise::engine::mysql::dialect::MysqlDialect;
use planwise::engine::postgres::dialect::PostgresDialect;
use planwise::sql::{Dialect, split};

fuzz_target!(|script: &str| {
    let dialects: [&dyn Dialect; 2] = [&PostgresDialect, &MysqlDialect];
    for dialect in dialects {
        for statement in split(script, &dialect.lexis()).unwrap_or_default() {
            assert!(script[statement.offset..].starts_with(&statement.text));
        }
    }
});
