//! Values on their way to and from the server as text.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type, to_sql_checked};

/// A parameter sent in text format: the server's own input function reads it, whatever its type.
#[derive(Debug)]
pub struct TextParam<'a>(pub Option<&'a str>);

impl ToSql for TextParam<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            None => Ok(IsNull::Yes),
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

pub fn text_params(params: &[Option<String>]) -> Vec<TextParam<'_>> {
    params.iter().map(|value| TextParam(value.as_deref())).collect()
}

/// A `json` or `text` value, both of which travel as their text.
pub struct TextValue(pub String);

impl<'a> FromSql<'a> for TextValue {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(TextValue(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::JSON | Type::TEXT | Type::VARCHAR | Type::NAME | Type::XML)
    }
}
