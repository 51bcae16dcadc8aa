//! Keeping shapes and the distribution of values without the values: equal values become equal tokens, drawn anew for each
//! capture, so that nobody can compare them with known ones.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use super::queries::Queries;
use crate::sql::Dialect;
use crate::trace::{Event, Summary};

/// Different in every process, and never written.
static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);

fn number(value: &[u8]) -> u64 {
    KEY.hash_one(value)
}

/// A token of the kind that `literal` is: a number stays one of about its size, a text becomes `'r1f3…'`.
fn token(literal: &[u8]) -> Vec<u8> {
    match literal.first() {
        Some(b'/') => b"/**/".to_vec(),
        Some(b'-' | b'#') => b"--".to_vec(),
        Some(b'0'..=b'9' | b'.') => digits(literal),
        _ => format!("'r{:012x}'", number(literal) & 0xffff_ffff_ffff).into_bytes(),
    }
}

/// As many digits, none of them the same but by chance.
fn digits(literal: &[u8]) -> Vec<u8> {
    let hashed = number(literal);
    let mut state = hashed;
    let digit = |byte: &u8| match byte {
        b'0'..=b'9' => {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(hashed | 1);
            b'1' + ((state >> 33) % 9) as u8
        }
        b'.' => b'.',
        _ => b'1',
    };
    literal.iter().map(digit).collect()
}

fn value(bytes: &[u8]) -> Vec<u8> {
    let numeric = !bytes.is_empty()
        && bytes.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    match numeric {
        true => {
            let sign = usize::from(bytes[0] == b'-');
            [&bytes[..sign], &digits(&bytes[sign..])].concat()
        }
        false => format!("r{:012x}", number(bytes) & 0xffff_ffff_ffff).into_bytes(),
    }
}

/// Takes the values out of `event`.
pub fn event(queries: &Queries, event: &mut Event) {
    let digest = &queries.digests[event.query as usize];
    if event.skeleton == 0 {
        // What was no whole statement, or has no skeleton: its normalised text is all that is safe.
        let text = digest.normalised.clone();
        event.set_whole_text(text.as_bytes());
    } else {
        let tokens: Vec<Vec<u8>> = event.each_piece().into_iter().map(token).collect();
        event.set_pieces(event.skeleton, tokens.iter().map(Vec::as_slice));
    }
    if let Some(bound) = event.bound() {
        event.bind(&bound.iter().map(|one| one.as_deref().map(value)).collect());
    }
    if let Some(failure) = &mut event.failure {
        failure.message.clear();
    }
}

/// What the digest may still hold: messages, hosts, first lines of what was rejected, names that stand for values.
pub fn summary(summary: &mut Summary, dialect: &dyn Dialect) {
    for rejected in &mut summary.rejects {
        rejected.begins.clear();
    }
    for class in summary.error_classes.values_mut() {
        class.message.clear();
    }
    for query in &mut summary.queries {
        query.plans.clear();
        query.errors.values_mut().for_each(|class| class.message.clear());
        if query.unparsed.is_some() {
            query.unparsed = Some("its text could not be parsed".to_owned());
        }
        // What a parser leaves of a statement that steers the server may hold a password.
        if dialect.shape(&query.normalised).is_ok_and(|shape| {
            matches!(
                shape.kind,
                crate::sql::StatementKind::Ddl | crate::sql::StatementKind::Utility
            )
        }) {
            query.normalised = without_literals(&query.normalised, dialect);
        }
    }
}

/// The text with `?` for each literal.
pub fn without_literals(text: &str, dialect: &dyn Dialect) -> String {
    let (mut gaps, mut skeleton) = (Vec::new(), Vec::new());
    super::scan::scan(text.as_bytes(), 0, &dialect.lexis(), &mut gaps, &mut skeleton);
    super::collapse::readable(&super::collapse::collapsed(&skeleton))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_stay_equal_and_nothing_else_stays() {
        assert_eq!(token(b"'secret'"), token(b"'secret'"));
        assert_ne!(token(b"'secret'"), token(b"'other'"));
        let secret = String::from_utf8(token(b"$tag$secret$tag$")).unwrap();
        assert!(!secret.contains("secret") && secret.starts_with("'r"), "{secret}");
        assert_eq!(token(b"4711.25").len(), 7);
        assert_eq!(value(b"-12").len(), 3);
        assert_eq!(token(b"/* user 12 */"), b"/**/");
    }
}
