//! Names and texts as statements have them.

use crate::engine::mysql::dialect::MysqlDialect;
use crate::sql::Dialect;

pub fn identifier(name: &str) -> String {
    MysqlDialect.quote_identifier(name)
}

pub fn literal(text: &str) -> String {
    MysqlDialect.quote_literal(text)
}
