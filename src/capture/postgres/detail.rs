//! What stands beside a message: bound values, a prepared statement, the query of a plan.

use super::message::Messages;
use super::words::{PARAMETERS, PREPARE};
use crate::capture::batch::{Batch, Entry, Message, Span, Sql};

/// Reads a DETAIL into `entry`.
pub fn read(batch: &mut Batch, entry: &mut Entry, span: Span, messages: &mut Messages<'_>) {
    let text = batch.get(span);
    if let Some(word) = PARAMETERS.iter().find(|word| text.starts_with(word.as_bytes())) {
        entry.values = parameters(batch, span, word.len());
    } else if let Some(word) = PREPARE.iter().find(|word| text.starts_with(word.as_bytes())) {
        let prepare = Span { start: span.start + word.len() as u32, end: span.end };
        executed(batch, entry, prepare, messages);
    }
}

/// `EXECUTE p(1)` stands for what `PREPARE p AS …` says, with its arguments bound.
fn executed(batch: &mut Batch, entry: &mut Entry, prepare: Span, messages: &mut Messages<'_>) {
    let (Message::Statement { sql, .. } | Message::Duration { sql, .. }) = &mut entry.message
    else {
        return;
    };
    let Some(body) = body_of(batch.get(prepare)) else { return };
    let Some(arguments) = arguments(batch, sql) else { return };
    let first = batch.values.len() as u32;
    for (span, text) in arguments {
        let kept = text.map_or(span, |text| batch.keep(&text));
        batch.values.push(Some(kept));
    }
    if batch.values.len() as u32 > first {
        entry.values = Some((first, batch.values.len() as u32));
    }
    let body = Span { start: prepare.start + body as u32, end: prepare.end };
    *sql = batch.sql(body, messages.lexis, &mut messages.scratch);
}

/// Where the statement of `PREPARE name (types) AS statement` begins.
fn body_of(prepare: &[u8]) -> Option<usize> {
    let lower = prepare[..prepare.len().min(4096)].to_ascii_lowercase();
    let words = [&b" as "[..], b" as\n", b"\nas ", b"\nas\n", b")as ", b" as("];
    let at = words.iter().filter_map(|word| memchr::memmem::find(&lower, word)).min()?;
    Some(at + 3)
}

/// The literals that stand in the brackets of an EXECUTE, with their quotes taken off; `None` where one is no literal.
fn arguments(batch: &Batch, sql: &Sql) -> Option<Vec<(Span, Option<Vec<u8>>)>> {
    let text = batch.get(sql.text);
    let Some(open) = memchr::memchr(b'(', text) else { return Some(Vec::new()) };
    let gaps: Vec<_> = batch.gaps(sql).iter().filter(|gap| !gap.comment).collect();
    let mut rest = text[open..].to_vec();
    for gap in &gaps {
        let from = (gap.span.start - sql.text.start) as usize;
        let to = (gap.span.end - sql.text.start) as usize;
        rest.get_mut(from.checked_sub(open)?..to - open)?.fill(b'_');
    }
    let plain =
        rest.iter().all(|byte| matches!(byte, b'(' | b')' | b',' | b' ' | b'_' | b';' | b'\n'));
    let commas = rest.iter().filter(|byte| **byte == b',').count();
    if !plain || (commas + 1 != gaps.len()) {
        return None;
    }
    let value = |span: Span| {
        let text = batch.get(span);
        match text.strip_prefix(b"'").and_then(|text| text.strip_suffix(b"'")) {
            Some(inner) if inner.contains(&b'\'') => (span, Some(undoubled(inner))),
            Some(_) => (Span { start: span.start + 1, end: span.end - 1 }, None),
            None => (span, None),
        }
    };
    Some(gaps.iter().map(|gap| value(gap.span)).collect())
}

/// An error's CONTEXT may hold the values: `unnamed portal with parameters: $1 = '1'`.
pub fn context(batch: &mut Batch, entry: &mut Entry, span: Span) {
    let text = batch.get(span);
    let found = memchr::memmem::find(text, b"arameters: $1 = ");
    if let Some(at) = found.filter(|_| entry.values.is_none()) {
        entry.values = parameters(batch, span, at + b"arameters: ".len());
    }
}

/// `$1 = '42', $2 = NULL, $3 = 'it''s'`: exact whatever the values hold, because quotes are doubled.
fn parameters(batch: &mut Batch, span: Span, skip: usize) -> Option<(u32, u32)> {
    let first = batch.values.len() as u32;
    let base = span.start as usize;
    let mut at = skip;
    loop {
        let text = batch.get(span);
        let Some(rest) = text.get(at..).filter(|rest| rest.starts_with(b"$")) else { break };
        let Some(equals) = memchr::memmem::find(&rest[..rest.len().min(24)], b" = ") else { break };
        let value = at + equals + 3;
        if text[value..].starts_with(b"NULL") {
            batch.values.push(None);
            at = value + 4;
        } else if text.get(value) == Some(&b'\'') {
            let (end, doubled) = closing_quote(text, value + 1);
            let kept = match doubled {
                false => Span::new(base + value + 1, base + end),
                true => {
                    let plain = undoubled(&text[value + 1..end]);
                    batch.keep(&plain)
                }
            };
            batch.values.push(Some(kept));
            at = end + 1;
        } else {
            break;
        }
        let text = batch.get(span);
        match text.get(at..) {
            Some(rest) if rest.starts_with(b", $") => at += 2,
            _ => break,
        }
    }
    let last = batch.values.len() as u32;
    (last > first).then_some((first, last))
}

/// Where the string that begins at `from` ends, and whether quotes inside of it are doubled.
fn closing_quote(text: &[u8], from: usize) -> (usize, bool) {
    let (mut at, mut doubled) = (from, false);
    while let Some(found) = memchr::memchr(b'\'', text.get(at..).unwrap_or_default()) {
        at += found;
        if text.get(at + 1) != Some(&b'\'') {
            return (at, doubled);
        }
        doubled = true;
        at += 2;
    }
    (text.len(), doubled)
}

fn undoubled(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        plain.push(*byte);
        if *byte == b'\'' {
            bytes.next();
        }
    }
    plain
}

/// The statement that a plan of `auto_explain` is of.
#[derive(Debug, PartialEq, Eq)]
pub enum PlanQuery {
    None,
    /// Its range in the plan's text.
    At(usize, usize),
    /// JSON, XML and YAML escape it.
    Unescaped(Vec<u8>),
}

pub fn query_of_plan(plan: &[u8]) -> PlanQuery {
    let begin = plan.len() - plan.trim_ascii_start().len();
    match plan.get(begin) {
        Some(b'{' | b'[') => after(plan, b"\"Query Text\":").map_or(PlanQuery::None, json_string),
        Some(b'<') => xml_text(plan),
        _ => text_or_yaml(plan, begin),
    }
}

fn after<'t>(text: &'t [u8], word: &[u8]) -> Option<&'t [u8]> {
    memchr::memmem::find(text, word).map(|at| &text[at + word.len()..])
}

fn json_string(rest: &[u8]) -> PlanQuery {
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<String>();
    match values.next() {
        Some(Ok(text)) => PlanQuery::Unescaped(text.into_bytes()),
        _ => PlanQuery::None,
    }
}

fn xml_text(plan: &[u8]) -> PlanQuery {
    let Some(rest) = after(plan, b"<Query-Text>") else { return PlanQuery::None };
    let end = memchr::memmem::find(rest, b"</Query-Text>").unwrap_or(rest.len());
    let text = String::from_utf8_lossy(&rest[..end]);
    match quick_xml::escape::unescape(&text) {
        Ok(text) => PlanQuery::Unescaped(text.into_owned().into_bytes()),
        Err(_) => PlanQuery::None,
    }
}

fn text_or_yaml(plan: &[u8], begin: usize) -> PlanQuery {
    let word = b"Query Text: ";
    let Some(rest) = plan[begin..].strip_prefix(word) else { return PlanQuery::None };
    let start = begin + word.len();
    if rest.starts_with(b"\"") {
        let quoted = json_string(rest);
        if quoted != PlanQuery::None {
            return quoted;
        }
    }
    // The plan's first line bears the planner's figures, or those of the execution.
    let figures = [&b"  (cost="[..], b" (cost=", b" (actual ", b"\nQuery Parameters: "];
    let end = figures
        .iter()
        .filter_map(|word| memchr::memmem::find(rest, word))
        .min()
        .unwrap_or(rest.len());
    let before = &rest[..end];
    let end = match rest[end..].starts_with(b"\nQuery Parameters: ") {
        true => end,
        false => memchr::memrchr(b'\n', before).unwrap_or(end),
    };
    PlanQuery::At(start, start + rest[..end].trim_ascii_end().len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(detail: &str) -> Vec<Option<String>> {
        let mut batch = Batch { bytes: detail.as_bytes().to_vec(), ..Batch::default() };
        let mut entry = Entry::default();
        let lexis = crate::sql::Dialect::lexis(&crate::engine::postgres::dialect::PostgresDialect);
        let mut messages = Messages { lexis: &lexis, scratch: Vec::new() };
        read(&mut batch, &mut entry, Span::new(0, detail.len()), &mut messages);
        let Some((from, to)) = entry.values else { return Vec::new() };
        let of = |value: &Option<Span>| {
            value.map(|span| String::from_utf8(batch.get(span).to_vec()).unwrap())
        };
        batch.values[from as usize..to as usize].iter().map(of).collect()
    }

    #[test]
    fn values_are_read_in_both_spellings() {
        for word in ["parameters", "Parameters"] {
            let read =
                values(&format!("{word}: $1 = '42', $2 = NULL, $3 = 'it''s, $4 = ''x''', $4 = ''"));
            let expected =
                [Some("42"), None, Some("it's, $4 = 'x'"), Some("")].map(|v| v.map(str::to_owned));
            assert_eq!(read, expected);
        }
        assert_eq!(values("Key (id)=(1) already exists."), []);
        assert_eq!(values("parameters: $1 = 'cut o"), [Some("cut o".to_owned())]);
    }

    #[test]
    fn plans_tell_their_query_in_every_format() {
        let of = |plan: &str| match query_of_plan(plan.as_bytes()) {
            PlanQuery::At(from, to) => plan[from..to].to_owned(),
            PlanQuery::Unescaped(text) => String::from_utf8(text).unwrap(),
            PlanQuery::None => String::new(),
        };
        let sql = "SELECT \"a\"\nFROM t";
        assert_eq!(
            of(&format!("Query Text: {sql}\nSeq Scan on t  (cost=0.00..1.00 rows=1 width=4)")),
            sql
        );
        assert_eq!(of("{\n  \"Query Text\": \"SELECT \\\"a\\\"\\nFROM t\",\n \"Plan\": {}}"), sql);
        assert_eq!(of("<explain>\n <Query-Text>SELECT &quot;a&quot;\nFROM t</Query-Text>"), sql);
        assert_eq!(
            of("Query Text: \"SELECT \\\"a\\\"\\nFROM t\"\nPlan: \n  Node Type: \"Result\""),
            sql
        );
        assert_eq!(of("Result"), "");
    }
}
