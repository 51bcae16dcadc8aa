//! Parameters whose type has to be given, because nothing tells it or two places tell different ones.

use tokio_postgres::types::Type;

use crate::engine::DbError;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::sql::{Dialect, Lexeme, LexemeKind, Scanner};

/// Types given to the server with a statement, by parameter: `unknown` leaves it to the server to find out.
pub type Types = Vec<Type>;

/// More types than `types`, so that what `error` says of `sql` is mended. `None` where it says something else, or this
/// was tried already.
pub fn more(sql: &str, types: &[Type], error: &DbError) -> Option<Types> {
    let named = || number(&error.message);
    match error.sqlstate.as_deref()? {
        // It stands in no expression, or only in one that takes any type.
        "42P18" => with(types, named()?, Type::TEXT),
        "42P08" => match &error.detail {
            None => with(types, named()?, Type::TEXT),
            Some(two) => with(types, named()?, wider(two)?),
        },
        // No operator, or more than one.
        "42883" | "42725" => with_days(sql, types),
        _ => None,
    }
}

fn with(types: &[Type], number: usize, kind: Type) -> Option<Types> {
    let mut types = types.to_vec();
    if types.len() < number {
        types.resize(number, Type::UNKNOWN);
    }
    let own = types.get_mut(number.checked_sub(1)?)?;
    if *own != Type::UNKNOWN {
        return None;
    }
    *own = kind;
    Some(types)
}

/// The `$n` of a message, whatever its language. Nobody has more than the protocol counts.
fn number(message: &str) -> Option<usize> {
    let digits = message.split('$').nth(1)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let number = digits.get(..end)?.parse().ok()?;
    (1..=usize::from(u16::MAX)).contains(&number).then_some(number)
}

/// Of two types that one value is used as, the one that the other can be compared with. `two` names them:
/// `integer versus bigint`.
fn wider(two: &str) -> Option<Type> {
    let ranked = [
        ("timestamp with time zone", Type::TIMESTAMPTZ),
        ("timestamp without time zone", Type::TIMESTAMP),
        ("double precision", Type::FLOAT8),
        ("numeric", Type::NUMERIC),
        ("bigint", Type::INT8),
        ("text", Type::TEXT),
        ("character varying", Type::VARCHAR),
        ("integer", Type::INT4),
    ];
    ranked.into_iter().find(|(name, _)| two.contains(name)).map(|(_, kind)| kind)
}

/// Days that are added to or taken from a date: a normalised text does not say that they were a number.
fn with_days(sql: &str, types: &[Type]) -> Option<Types> {
    let lexemes = Scanner::new(sql, PostgresDialect.lexis()).map_while(Result::ok);
    let lexemes: Vec<Lexeme> = lexemes
        .filter(|lexeme| !matches!(lexeme.kind, LexemeKind::Space | LexemeKind::Comment))
        .collect();
    let mut found = None;
    for three in lexemes.windows(3) {
        let [date, sign, days] = three else { continue };
        let is_date =
            ["current_date", "date"].iter().any(|name| date.text(sql).eq_ignore_ascii_case(name));
        let number = number(days.text(sql)).filter(|_| days.kind == LexemeKind::Placeholder);
        if let (true, "+" | "-", Some(number)) = (is_date, sign.text(sql), number) {
            found = with(found.as_deref().unwrap_or(types), number, Type::INT4).or(found);
        }
    }
    found
}

/// For SQL's own PREPARE: ` (unknown, text)`, or nothing.
pub fn list(types: &[Type]) -> String {
    match types.is_empty() {
        true => String::new(),
        false => {
            let names: Vec<&str> = types.iter().map(Type::name).collect();
            format!(" ({})", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::DbErrorKind;

    fn error(state: &str, message: &str) -> DbError {
        let error = DbError::new(DbErrorKind::Statement, message);
        DbError { sqlstate: Some(state.to_owned()), ..error }
    }

    #[test]
    fn an_untold_parameter_becomes_text_once() {
        let untold =
            error("42P18", "konnte Datentyp von Parameter $2 nicht ermitteln at character 9");
        let types = more("", &[], &untold).unwrap();
        assert_eq!(types, [Type::UNKNOWN, Type::TEXT]);
        assert_eq!(list(&types), " (unknown, text)");
        assert_eq!(more("", &types, &untold), None);
    }

    #[test]
    fn of_two_types_the_wider_one_is_given() {
        let mut twice = error("42P08", "inconsistent types deduced for parameter $1");
        twice.detail = Some("integer versus bigint".to_owned());
        assert_eq!(more("", &[], &twice), Some(vec![Type::INT8]));
        twice.detail = Some("point versus box".to_owned());
        assert_eq!(more("", &[], &twice), None);
    }

    #[test]
    fn days_are_numbers() {
        let none = error("42883", "operator does not exist: timestamp with time zone > integer");
        let sql = "SELECT 1 WHERE a > CURRENT_DATE - $2 AND b < x::date + $3 AND c = d - $1";
        let (unknown, days) = (Type::UNKNOWN, Type::INT4);
        assert_eq!(more(sql, &[], &none), Some(vec![unknown, days.clone(), days]));
        assert_eq!(more("SELECT lowr($1)", &[], &none), None);
    }

    #[test]
    fn other_errors_are_left_alone() {
        assert_eq!(more("", &[], &error("42601", "syntax error at or near \"$1\"")), None);
        assert_eq!(more("", &[], &error("42P18", "could not determine polymorphic type")), None);
    }
}
