//! Any text is a condition or is not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use planwise::engine::mysql::dialect::MysqlDialect;
use planwise::engine::postgres::dialect::PostgresDialect;
use planwise::sql::Dialect;

fuzz_target!(|condition: &str| {
    let _ = PostgresDialect.predicates(condition);
    let _ = MysqlDialect.predicates(condition);
});
