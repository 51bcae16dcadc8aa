//! Expressions and conditions cut out of plans, made fit for an index definition.

use crate::engine::postgres::dialect::parse::written;
use pg_query::protobuf::{ScanToken, Token};

use super::ddl::identifier;

/// Drops the qualifier `alias.`; `None` for text that an index cannot hold: parameters,
/// sub-plans, columns of other relations, or text the scanner refuses.
pub fn unqualified(text: &str, alias: &str) -> Option<String> {
    let tokens = pg_query::scan_tokens(text).ok()?;
    let spelling = |token: &ScanToken| text.get(token.start as usize..token.end as usize);
    let mut bare = String::with_capacity(text.len());
    let mut copied = 0;
    let mut position = 0;
    while let Some(token) = tokens.get(position) {
        if token.token() == Token::Param || spelling(token)? == "SubPlan" {
            return None;
        }
        if starts_column_reference(&tokens, position) {
            if spelling(token)? != identifier(alias) {
                return None;
            }
            bare.push_str(text.get(copied..token.start as usize)?);
            copied = tokens.get(position + 1)?.end as usize;
            position += 2;
        }
        position += 1;
    }
    bare.push_str(text.get(copied..)?);
    parses(&bare).then_some(bare)
}

/// `name . name`, but neither a qualified function call nor a qualified type.
fn starts_column_reference(tokens: &[ScanToken], position: usize) -> bool {
    let kind = |at: usize| tokens.get(at).map(ScanToken::token);
    let is_type = position > 0 && kind(position - 1) == Some(Token::Typecast);
    let is_operator = position > 0
        && tokens.get(position - 1).is_some_and(|t| t.token() == Token::Ascii40)
        && position > 1
        && kind(position - 2) == Some(Token::Operator);
    !is_type
        && !is_operator
        && tokens.get(position).is_some_and(is_name)
        && kind(position + 1) == Some(Token::Ascii46)
        && tokens.get(position + 2).is_some_and(is_name)
        && kind(position + 3) != Some(Token::Ascii40)
}

fn is_name(token: &ScanToken) -> bool {
    token.token() == Token::Ident || token.keyword_kind != 0
}

fn parses(expression: &str) -> bool {
    pg_query::parse(&format!("SELECT {expression}"), pg_query::ParserOptions::default()).is_ok()
}

pub fn same(a: &str, b: &str) -> bool {
    a == b || matches!((canonical(a), canonical(b)), (Some(a), Some(b)) if a == b)
}

/// The expression as one deparser prints it: spacing and needless parentheses are gone.
fn canonical(expression: &str) -> Option<String> {
    let parsed =
        pg_query::parse(&format!("SELECT {expression}"), pg_query::ParserOptions::default())
            .ok()?;
    written(&parsed.protobuf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alias_goes_and_nothing_else() {
        assert_eq!(unqualified("lower(c.email)", "c").unwrap(), "lower(email)");
        assert_eq!(
            unqualified("(c.profile ->> 'c.segment'::text)", "c").unwrap(),
            "(profile ->> 'c.segment'::text)"
        );
        assert_eq!(
            unqualified("to_tsvector('english'::pg_catalog.regconfig, p.body)", "p").unwrap(),
            "to_tsvector('english'::pg_catalog.regconfig, body)"
        );
        assert_eq!(unqualified("public.slug(t.name)", "t").unwrap(), "public.slug(name)");
        assert_eq!(
            unqualified("(\"select; --\".\"a\"\"b\" = 4)", "select; --").unwrap(),
            "(\"a\"\"b\" = 4)"
        );
    }

    #[test]
    fn what_an_index_cannot_hold_is_refused() {
        assert_eq!(unqualified("lower($1)", "c"), None);
        assert_eq!(unqualified("(c.a = o.a)", "c"), None);
        assert_eq!(unqualified("(SubPlan 1)", "c"), None);
        assert_eq!(unqualified("(a = ", "c"), None);
        assert_eq!(unqualified("'open", "c"), None);
    }

    #[test]
    fn spelling_does_not_make_a_difference() {
        assert!(same("((profile ->> 'plan'::text))", "profile ->> 'plan'::text"));
        assert!(same("(status = 'open'::text)", "status='open'::text"));
        assert!(!same("lower(email)", "upper(email)"));
        assert!(!same("(status = 'open'::text)", "(status = 'Open'::text)"));
    }
}
