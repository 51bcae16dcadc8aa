//! Sorting, and what is built on it: reading a sorted file, window functions.

use super::fields::Fields;
use super::operation::{operations, passing};
use super::timed::{Measured, Run, Timed};
use crate::plan::{Node, NodeKind, Relationship, Sorting};

/// A sort of a table, read while it sorts, or of a temporary table that was filled before. Of the
/// latter the server's time is the sorting alone.
pub fn filesort(mut fields: Fields, analysed: bool) -> Timed {
    let fills_first = fields.has("temporary_table");
    let mut node = Node::new(NodeKind::Sort, "filesort");
    node.sort = Some(Box::new(sorting(&mut fields)));
    let loops = fields.number("r_loops").unwrap_or(0.0);
    let output = fields.number("r_output_rows");
    let sort_ms = fields.number("r_total_time_ms").unwrap_or(0.0);
    let limited = fields.has("r_limit");
    let mut children = operations(&mut fields, analysed);
    if let Some(input) = children.first_mut() {
        input.node.relationship = Relationship::Outer;
        let complete = output.filter(|_| !limited && loops > 0.0).map(|rows| rows * loops);
        know_rows(input, complete);
    }
    let input_rows = children.first().map_or(0.0, Timed::rows);
    node.extra = fields.rest();
    let measured = analysed.then(|| Measured {
        loops,
        rows: output.map_or(input_rows, |rows| rows * loops),
        own_ms: if fills_first { sort_ms } else { 0.0 },
        declared_ms: (!fills_first).then_some(sort_ms),
    });
    Timed::build(node, measured, children)
}

/// A temporary table's rows are not counted when it is filled, but all of them are sorted.
fn know_rows(input: &mut Timed, rows: Option<f64>) {
    if input.node.label != "temporary_table" {
        return;
    }
    if let (Some(rows), Some(run), Some(actual)) = (rows, &mut input.run, &mut input.node.actual) {
        *run = Run { rows, ..*run };
        actual.rows = if run.loops > 0.0 { rows / run.loops } else { 0.0 };
    }
}

fn sorting(fields: &mut Fields) -> Sorting {
    let passes = fields.number("r_sort_passes");
    let queue = fields.flag("r_used_priority_queue");
    Sorting {
        keys: fields.text("sort_key").map(|keys| split_keys(&keys)).unwrap_or_default(),
        presorted_keys: Vec::new(),
        method: Some(if queue { "priority queue" } else { "filesort" }.to_owned()),
        space_kb: fields.text("r_buffer_size").and_then(|size| kilobytes(&size)),
        on_disk: passes.is_some_and(|passes| passes > 0.0),
        merge_passes: passes,
        groups: None,
    }
}

/// Commas outside brackets and quotes separate keys.
pub fn split_keys(text: &str) -> Vec<String> {
    let (mut keys, mut depth, mut quote) = (vec![String::new()], 0i32, None);
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                keys.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(key) = keys.last_mut() {
            key.push(c);
        }
    }
    keys.into_iter().map(|key| key.trim().to_owned()).filter(|key| !key.is_empty()).collect()
}

/// `1159KiB`, `2MiB`, or bytes without a unit.
fn kilobytes(size: &str) -> Option<u64> {
    let digits = size.bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = size.get(..digits)?.parse().ok()?;
    match size.get(digits..)? {
        "KiB" => Some(number),
        "MiB" => number.checked_mul(1024),
        "GiB" => number.checked_mul(1024 * 1024),
        "" => Some(number.div_ceil(1024)),
        _ => None,
    }
}

/// The result of a sort, row by row. Its own reading is not measured.
pub fn read_sorted_file(mut fields: Fields, analysed: bool) -> Timed {
    let rows = fields.number("r_rows");
    let filtered = fields.number("r_filtered").unwrap_or(100.0).min(100.0);
    let Some(sort) = fields.take("filesort") else {
        return passing(NodeKind::Other, "read_sorted_file", fields, analysed);
    };
    let mut sort = filesort(Fields::of(sort), analysed);
    sort.node.relationship = Relationship::Outer;
    let mut node = Node::new(NodeKind::Other, "read_sorted_file");
    let loops = sort.loops();
    let measured = analysed.then(|| Measured {
        loops,
        rows: rows.map_or(sort.rows(), |rows| rows * loops * filtered / 100.0),
        ..Measured::default()
    });
    node.extra = fields.rest();
    Timed::build(node, measured, vec![sort])
}

/// Window functions over a temporary table that was filled first and is then sorted, once for each
/// different window.
pub fn window(mut fields: Fields, analysed: bool) -> Timed {
    let sorts = fields.list("sorts").unwrap_or_default();
    let mut input = operations(&mut fields, analysed).into_iter().next();
    for sort in sorts {
        let mut sort = Fields::of(sort);
        if let Some(value) = sort.object("filesort") {
            input = Some(sorted(value, input, analysed));
        }
    }
    let mut node = Node::new(NodeKind::Window, "window_functions_computation");
    node.extra = fields.rest();
    let run = input.as_ref().and_then(|input| input.run);
    let measured =
        run.map(|run| Measured { loops: run.loops, rows: run.rows, ..Measured::default() });
    let mut children: Vec<Timed> = input.into_iter().collect();
    children.iter_mut().for_each(|child| child.node.relationship = Relationship::Outer);
    Timed::build(node, measured, children)
}

/// A window's sort with its input below it. Its time is the sorting alone.
fn sorted(mut fields: Fields, input: Option<Timed>, analysed: bool) -> Timed {
    let mut node = Node::new(NodeKind::Sort, "filesort");
    node.sort = Some(Box::new(sorting(&mut fields)));
    let loops = fields.number("r_loops").unwrap_or(0.0);
    let rows = fields.number("r_output_rows").unwrap_or(0.0) * loops;
    let own_ms = fields.number("r_total_time_ms").unwrap_or(0.0);
    let mut children: Vec<Timed> = input.into_iter().collect();
    for child in &mut children {
        child.node.relationship = Relationship::Outer;
        know_rows(child, (loops > 0.0).then_some(rows));
    }
    node.extra = fields.rest();
    let measured = analysed.then_some(Measured { loops, rows, own_ms, declared_ms: None });
    Timed::build(node, measured, children)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_split_outside_brackets_and_quotes() {
        let keys = split_keys("concat(a.x, ','), b.`odd, name` desc,c");
        assert_eq!(keys, ["concat(a.x, ',')", "b.`odd, name` desc", "c"]);
    }

    #[test]
    fn sizes_are_kilobytes() {
        assert_eq!(kilobytes("1159KiB"), Some(1159));
        assert_eq!(kilobytes("2MiB"), Some(2048));
        assert_eq!(kilobytes("360"), Some(1));
        assert_eq!(kilobytes("much"), None);
    }
}
