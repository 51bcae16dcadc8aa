//! Any text has a shape or an error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use planwise::engine::mysql::dialect::MysqlDialect;
use planwise::engine::postgres::dialect::PostgresDialect;
use planwise::sql::Dialect;

fuzz_target!(|text: &str| {
    let dialects: [&dyn Dialect; 2] = [&PostgresDialect, &MysqlDialect];
    for dialect in dialects {
        if let Ok(shape) = dialect.shape(text) {
            assert_eq!(shape.fingerprint.len(), 16);
        }
    }
});
