//! Functions that a user vouches for.

/// Functions that may be called although what they change may stay.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowedFunctions {
    /// Every function that the database's users made; the server's own have to be named.
    pub own: bool,
    /// `name` or `schema.name`.
    pub names: Vec<String>,
}

impl AllowedFunctions {
    /// `own`: made by a user of the database, neither by the server nor by an extension.
    pub fn allows(&self, schema: &str, name: &str, own: bool) -> bool {
        let named = |allowed: &String| match allowed.rsplit_once('.') {
            Some((its_schema, its_name)) => its_schema == schema && its_name == name,
            None => allowed == name,
        };
        (self.own && own) || self.names.iter().any(named)
    }
}
