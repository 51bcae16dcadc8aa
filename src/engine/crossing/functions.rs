//! Functions that are called otherwise in PostgreSQL.

use super::dates::to_char;

/// The call in PostgreSQL's words, from arguments that are already in them, and what to know about it.
pub struct Call {
    pub text: String,
    pub note: Option<&'static str>,
}

/// What becomes of a call.
pub enum Fate {
    /// PostgreSQL has the same.
    Same,
    Becomes(Call),
    /// It has no counterpart, for this reason.
    None(String),
}

fn becomes(text: String) -> Fate {
    Fate::Becomes(Call { text, note: None })
}

fn noted(text: String, note: &'static str) -> Fate {
    Fate::Becomes(Call { text, note: Some(note) })
}

/// `name` in upper case.
pub fn fate(name: &str, args: &[String]) -> Fate {
    let one = |form: &str| match args {
        [a] => becomes(form.replace("{}", a)),
        _ => Fate::None(format!("{name} with {} arguments is not known", args.len())),
    };
    match (name, args) {
        ("IFNULL", [a, b]) => becomes(format!("coalesce({a}, {b})")),
        ("IF", [c, a, b]) => becomes(format!("CASE WHEN {c} THEN {a} ELSE {b} END")),
        ("ISNULL", _) => one("({} IS NULL)"),
        ("CURDATE" | "CURRENT_DATE", []) => becomes("CURRENT_DATE".to_owned()),
        ("CURTIME", []) => becomes("LOCALTIME(0)".to_owned()),
        ("NOW" | "CURRENT_TIMESTAMP" | "SYSDATE" | "LOCALTIMESTAMP", []) => noted(
            "LOCALTIMESTAMP(0)".to_owned(),
            "the time now is without a zone and in whole seconds, as in the source",
        ),
        ("UTC_TIMESTAMP", []) => becomes("(now() AT TIME ZONE 'UTC')::timestamp(0)".to_owned()),
        ("YEAR", _) => one("extract(year FROM ({})::timestamp)::int"),
        ("MONTH", _) => one("extract(month FROM ({})::timestamp)::int"),
        ("DAY" | "DAYOFMONTH", _) => one("extract(day FROM ({})::timestamp)::int"),
        ("HOUR", _) => one("extract(hour FROM {})::int"),
        ("MINUTE", _) => one("extract(minute FROM {})::int"),
        ("SECOND", _) => one("floor(extract(second FROM {}))::int"),
        ("DAYOFWEEK", _) => one("(extract(dow FROM ({})::timestamp)::int + 1)"),
        ("WEEKDAY", _) => one("(extract(isodow FROM ({})::timestamp)::int - 1)"),
        ("DAYOFYEAR", _) => one("extract(doy FROM ({})::timestamp)::int"),
        ("QUARTER", _) => one("extract(quarter FROM ({})::timestamp)::int"),
        ("DATE", _) => one("({})::date"),
        ("TIME", _) => one("({})::time"),
        ("DATEDIFF", [a, b]) => becomes(format!("(({a})::date - ({b})::date)")),
        ("LAST_DAY", _) => {
            one("(date_trunc('month', ({})::timestamp) + interval '1 month - 1 day')::date")
        }
        ("UNIX_TIMESTAMP", []) => becomes("extract(epoch FROM now())::bigint".to_owned()),
        ("UNIX_TIMESTAMP", [a]) => {
            becomes(format!("extract(epoch FROM ({a})::timestamptz)::bigint"))
        }
        ("FROM_UNIXTIME", [a]) => becomes(format!("to_timestamp({a})::timestamp")),
        ("DATE_FORMAT", [a, format]) => match quoted(format).and_then(to_char) {
            Some(format) => {
                becomes(format!("to_char(({a})::timestamp, '{}')", format.replace('\'', "''")))
            }
            None => Fate::None(format!("the format {format} has no counterpart in to_char")),
        },
        ("STR_TO_DATE", [a, format]) => match quoted(format).and_then(to_char) {
            Some(format) => noted(
                format!("to_timestamp({a}, '{}')::timestamp", format.replace('\'', "''")),
                "to_timestamp is laxer than STR_TO_DATE: a text that is no date fails instead of giving NULL",
            ),
            None => Fate::None(format!("the format {format} has no counterpart in to_timestamp")),
        },
        ("LENGTH", _) => one("octet_length(({})::text)"),
        ("CHAR_LENGTH" | "CHARACTER_LENGTH", _) => one("char_length(({})::text)"),
        ("UCASE", _) => one("upper({})"),
        ("LCASE", _) => one("lower({})"),
        ("CONCAT", [_, _, ..]) => noted(
            format!(
                "({})",
                args.iter().map(|a| format!("({a})::text")).collect::<Vec<_>>().join(" || ")
            ),
            "concat skips NULL in PostgreSQL and gives NULL in the source: || keeps that",
        ),
        ("CONCAT", [a]) => becomes(format!("({a})::text")),
        ("LOCATE", [a, b]) => becomes(format!("strpos(({b})::text, ({a})::text)")),
        ("INSTR", [a, b]) => becomes(format!("strpos(({a})::text, ({b})::text)")),
        ("SUBSTR" | "MID", [a, b]) => becomes(format!("substr(({a})::text, {b})")),
        ("SUBSTR" | "MID", [a, b, c]) => becomes(format!("substr(({a})::text, {b}, {c})")),
        ("SPACE", _) => one("repeat(' ', {})"),
        ("HEX", _) => one("upper(encode(convert_to(({})::text, 'UTF8'), 'hex'))"),
        ("RAND", []) => becomes("random()".to_owned()),
        ("POW", [a, b]) => becomes(format!("power({a}, {b})")),
        ("LOG2", _) => one("log(2, ({})::numeric)"),
        ("TRUNCATE", [a, b]) => becomes(format!("trunc(({a})::numeric, {b})")),
        ("ROUND", [a, b]) => becomes(format!("round(({a})::numeric, {b})")),
        ("GREATEST" | "LEAST", [_, _, ..]) => {
            let nulls =
                args.iter().map(|a| format!("({a}) IS NULL")).collect::<Vec<_>>().join(" OR ");
            noted(
                format!(
                    "CASE WHEN {nulls} THEN NULL ELSE {}({}) END",
                    name.to_lowercase(),
                    args.join(", ")
                ),
                "greatest and least skip NULL in PostgreSQL and give NULL in the source",
            )
        }
        ("FIND_IN_SET", [a, b]) => noted(
            format!("coalesce(array_position(string_to_array(({b})::text, ','), ({a})::text), 0)"),
            "FIND_IN_SET gives a number: as a condition it needs > 0 behind it",
        ),
        ("FIELD", [a, _, ..]) => noted(
            format!("coalesce(array_position(ARRAY[{}], {a}), 0)", args[1..].join(", ")),
            "FIELD compares as numbers or as texts, array_position by one type for all",
        ),
        ("SUBSTRING_INDEX", [a, b, n]) if n.trim() == "1" => {
            becomes(format!("split_part({a}, {b}, 1)"))
        }
        ("SUBSTRING_INDEX", [a, b, n]) if n.trim() == "-1" => noted(
            format!("split_part({a}, {b}, -1)"),
            "split_part counts from the end from PostgreSQL 14 on",
        ),
        ("UUID", []) => becomes("gen_random_uuid()".to_owned()),
        ("DATABASE" | "SCHEMA", []) => becomes("current_schema()".to_owned()),
        ("VERSION" | "USER" | "CURRENT_USER", _) => {
            Fate::None(format!("{name}() answers otherwise on every server"))
        }
        ("LAST_INSERT_ID", []) => {
            noted("lastval()".to_owned(), "RETURNING is safer than lastval()")
        }
        (
            "ROW_COUNT" | "FOUND_ROWS" | "SLEEP" | "GET_LOCK" | "RELEASE_LOCK" | "BENCHMARK"
            | "WEEK" | "ELT" | "FIELD" | "INET_ATON" | "INET_NTOA" | "TIMESTAMPDIFF" | "TIMEDIFF"
            | "SEC_TO_TIME" | "TIME_TO_SEC" | "MAKEDATE" | "ADDTIME" | "FORMAT" | "CONV" | "CRC32"
            | "EXTRACTVALUE" | "ANY_VALUE" | "SUBSTRING_INDEX" | "JSON_EXTRACT" | "JSON_UNQUOTE"
            | "JSON_CONTAINS" | "JSON_ARRAYAGG" | "JSON_OBJECTAGG" | "SHA2" | "SHA1"
            | "AES_ENCRYPT" | "AES_DECRYPT" | "UUID_TO_BIN" | "BIN_TO_UUID" | "BIT_COUNT" | "CHAR"
            | "ORD" | "PERIOD_ADD" | "PERIOD_DIFF" | "TO_DAYS" | "FROM_DAYS" | "YEARWEEK"
            | "WEEKOFYEAR" | "DAYNAME" | "MONTHNAME" | "INET6_ATON" | "INET6_NTOA" | "EXPORT_SET"
            | "MAKE_SET" | "STRCMP" | "VALUES" | "INSERT" | "MATCH" | "CONVERT_TZ" | "TIMESTAMPADD"
            | "DATE_ADD" | "DATE_SUB" | "ADDDATE" | "SUBDATE",
            _,
        ) => Fate::None(format!("{name} has no counterpart that planwise writes by itself")),
        _ => Fate::Same,
    }
}

/// The text of a string literal.
fn quoted(literal: &str) -> Option<&str> {
    literal.trim().strip_prefix('\'')?.strip_suffix('\'')
}
