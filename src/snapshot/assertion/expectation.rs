//! What a plan is expected to be, as written beside a query:
//! `-- expect: index(orders_customer_idx) | no seq scan on orders | rows < 1000 | cost < 5000 | no sort spill`.

use std::fmt;

use crate::workload::Expected;

/// One expectation. All of a query's have to hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    pub what: What,
    /// `no …`.
    pub negated: bool,
    /// Line of its comment in the file; 0 where it was recorded.
    pub line: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The plan reads by this index.
    Index(String),
    /// … and by it alone, without the table.
    IndexOnly(String),
    /// The whole of this table is read; of any table where none is named.
    SeqScan(Option<String>),
    /// Estimated rows of the whole.
    Rows(Bound),
    /// Estimated cost of the whole, in the planner's unit.
    Cost(Bound),
    /// Something is sorted.
    Sort,
    /// Something is sorted that is estimated not to fit into the memory for it.
    SortSpill,
    /// A hash table is estimated not to fit.
    HashSpill,
    Join(Join),
    /// Workers are planned for.
    Parallel,
    /// One of the shapes that were recorded.
    SamePlan(Vec<String>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    NestedLoop,
    Hash,
    Merge,
}

/// `< 1000`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    pub is_upper: bool,
    /// The bound itself is allowed.
    pub inclusive: bool,
    pub limit: f64,
}

impl Bound {
    pub fn holds(&self, value: f64) -> bool {
        match (self.is_upper, self.inclusive) {
            (true, true) => value <= self.limit,
            (true, false) => value < self.limit,
            (false, true) => value >= self.limit,
            (false, false) => value > self.limit,
        }
    }
}

/// A message and the line it is about.
pub type Complaint = (usize, String);

pub const FORMS: &str = "index(NAME), index only(NAME), seq scan on TABLE, rows < N, cost < N, sort, sort spill, hash spill, \
     nested loop, hash join, merge join, parallel; each may begin with `no`, and several are separated by `|`";

/// All expectations of a query.
///
/// # Errors
/// A text that is none of [`FORMS`].
pub fn read(expected: &[Expected]) -> Result<Vec<Expectation>, Complaint> {
    let mut all = Vec::new();
    for Expected { text, line } in expected {
        for part in text.split('|') {
            let (what, negated) = one(part.trim()).map_err(|message| (*line, message))?;
            all.push(Expectation { what, negated, line: *line });
        }
    }
    Ok(all)
}

fn one(text: &str) -> Result<(What, bool), String> {
    let (text, negated) = match after(text, "no ") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let unknown = || format!("`{text}` is no expectation; known: {FORMS}");
    let what = named(text).or_else(|| bounded(text)).or_else(|| plain(text)).ok_or_else(unknown)?;
    let is_bound = matches!(what, What::Rows(_) | What::Cost(_));
    if negated && is_bound {
        return Err(format!("`no {text}`: turn the bound round instead"));
    }
    Ok((what, negated))
}

/// What follows `word`, in any case.
fn after<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let head = text.get(..word.len())?;
    head.eq_ignore_ascii_case(word).then(|| text[word.len()..].trim_start())
}

fn named(text: &str) -> Option<What> {
    for (word, make) in [
        ("index only", What::IndexOnly as fn(String) -> What),
        ("index-only", What::IndexOnly),
        ("index", What::Index),
    ] {
        if let Some(rest) = after(text, word)
            && let Some(name) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
        {
            let name = unquoted(name)?;
            return Some(make(name));
        }
    }
    let rest = after(text, "seq scan").or_else(|| after(text, "sequential scan"))?;
    match (rest, after(rest, "on ")) {
        ("", _) => Some(What::SeqScan(None)),
        (_, Some(table)) => Some(What::SeqScan(Some(unquoted(table)?))),
        _ => None,
    }
}

/// A name, with its schema or without, as plans print it.
fn unquoted(name: &str) -> Option<String> {
    let name = name.trim();
    let bare = name.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let name = bare.map_or_else(|| name.to_owned(), |bare| bare.replace("\"\"", "\""));
    (!name.is_empty()).then_some(name)
}

fn bounded(text: &str) -> Option<What> {
    let (make, rest): (fn(Bound) -> What, &str) = match (after(text, "rows"), after(text, "cost")) {
        (Some(rest), _) => (What::Rows, rest),
        (_, Some(rest)) => (What::Cost, rest),
        _ => return None,
    };
    let signs = [("<=", true, true), (">=", false, true), ("<", true, false), (">", false, false)];
    let (is_upper, inclusive, number) =
        signs.into_iter().find_map(|(sign, upper, inclusive)| {
            Some((upper, inclusive, rest.strip_prefix(sign)?.trim()))
        })?;
    let limit = number.replace(['_', ','], "").parse::<f64>().ok()?;
    (limit.is_finite() && limit >= 0.0).then(|| make(Bound { is_upper, inclusive, limit }))
}

fn plain(text: &str) -> Option<What> {
    let words = text.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>().join(" ");
    Some(match words.as_str() {
        "sort" => What::Sort,
        "sort spill" => What::SortSpill,
        "hash spill" => What::HashSpill,
        "nested loop" => What::Join(Join::NestedLoop),
        "hash join" => What::Join(Join::Hash),
        "merge join" => What::Join(Join::Merge),
        "parallel" => What::Parallel,
        _ => return None,
    })
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("no ")?;
        }
        match &self.what {
            What::Index(name) => write!(f, "index({name})"),
            What::IndexOnly(name) => write!(f, "index only({name})"),
            What::SeqScan(None) => f.write_str("seq scan"),
            What::SeqScan(Some(table)) => write!(f, "seq scan on {table}"),
            What::Rows(bound) => write!(f, "rows {bound}"),
            What::Cost(bound) => write!(f, "cost {bound}"),
            What::Sort => f.write_str("sort"),
            What::SortSpill => f.write_str("sort spill"),
            What::HashSpill => f.write_str("hash spill"),
            What::Join(Join::NestedLoop) => f.write_str("nested loop"),
            What::Join(Join::Hash) => f.write_str("hash join"),
            What::Join(Join::Merge) => f.write_str("merge join"),
            What::Parallel => f.write_str("parallel"),
            What::SamePlan(_) => f.write_str("the recorded plan"),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_upper { '<' } else { '>' };
        let equal = if self.inclusive { "=" } else { "" };
        write!(f, "{sign}{equal} {}", self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Result<Vec<String>, String> {
        let expected = Expected { text: text.to_owned(), line: 3 };
        let read = read(&[expected]).map_err(|(_, message)| message)?;
        Ok(read.iter().map(Expectation::to_string).collect())
    }

    #[test]
    fn every_form_is_read_and_printed_alike() {
        let all = "index(orders_customer_idx) | no seq scan on orders | rows < 1000 | cost <= 5000.5 | no sort spill | \
                   index only(a.b) | no seq scan | hash join | no merge join | nested loop | parallel | no hash spill | sort";
        assert_eq!(texts(all).unwrap().join(" | "), all);
        assert_eq!(
            texts("Index( \"A b\" )|NO SEQ SCAN ON T|rows>=1_000").unwrap(),
            ["index(A b)", "no seq scan on T", "rows >= 1000"]
        );
    }

    #[test]
    fn slips_are_refused_with_what_is_known() {
        for text in
            ["indx(a)", "index()", "rows 5", "cost < -1", "cost < many", "seq scan of t", "", "a |"]
        {
            assert!(texts(text).unwrap_err().contains("known: index(NAME)"), "{text}");
        }
        assert!(texts("no cost < 5").unwrap_err().contains("turn the bound round"));
    }

    #[test]
    fn bounds_hold_as_written() {
        let bound = |text: &str| match read(&[Expected { text: text.into(), line: 1 }])
            .unwrap()
            .remove(0)
            .what
        {
            What::Rows(bound) => bound,
            other => panic!("{other:?}"),
        };
        assert!(bound("rows < 5").holds(4.0) && !bound("rows < 5").holds(5.0));
        assert!(bound("rows <= 5").holds(5.0) && bound("rows > 5").holds(6.0));
        assert!(!bound("rows >= 5").holds(4.9));
    }
}
