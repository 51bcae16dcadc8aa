//! What a condition asks of a node before anything else: most rules are about one kind of operator, and are done with all
//! other nodes without evaluating anything.

/// Flags named `node.is_…` with which a condition begins: of each group one must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guard(Vec<Vec<String>>);

impl Guard {
    pub fn of(condition: &str) -> Guard {
        let mut groups = Vec::new();
        for conjunct in conjuncts(condition) {
            match flags(conjunct) {
                Some(group) => groups.push(group),
                None => break,
            }
        }
        Guard(groups)
    }

    /// Whether the condition may hold where flags are as `flag` says; `None` of it is not known, and left to the condition.
    pub fn may_hold(&self, flag: impl Fn(&str) -> Option<bool>) -> bool {
        for group in &self.0 {
            let mut known_false = true;
            for name in group {
                match flag(name) {
                    Some(false) => {}
                    Some(true) => {
                        known_false = false;
                        break;
                    }
                    // The condition itself says that it cannot judge.
                    None => return true,
                }
            }
            if known_false {
                return false;
            }
        }
        true
    }
}

/// The parts between `and` outside of brackets and quotes. A condition with an `or` at that level, or a choice, is one part.
fn conjuncts(condition: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start, mut quote) = (Vec::new(), 0_i32, 0, None);
    for (at, c) in condition.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ' ') if depth == 0 && at >= start => {
                let rest = &condition[at..];
                if rest.starts_with(" or ") || rest.starts_with(" if ") {
                    return vec![condition];
                }
                if rest.starts_with(" and ") {
                    parts.push(condition[start..at].trim());
                    start = at + " and ".len();
                }
            }
            _ => {}
        }
    }
    parts.push(condition[start..].trim());
    parts
}

/// `node.is_a`, or `(node.is_a or node.is_b)`.
fn flags(conjunct: &str) -> Option<Vec<String>> {
    let inside = conjunct.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inside.unwrap_or(conjunct).split(" or ").map(flag).collect()
}

fn flag(term: &str) -> Option<String> {
    let name = term.trim().strip_prefix("node.")?;
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (plain && name.starts_with("is_")).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_asked_first_guards() {
        let of = |condition: &str| Guard::of(condition).0;
        assert_eq!(of("node.is_sort and node.rows >= 3"), [["is_sort"]]);
        assert_eq!(
            of("(node.is_index_scan or node.is_index_only_scan) and node.is_top_n and x.y == ' and ' or z").len(),
            0
        );
        assert_eq!(
            of("(node.is_index_scan or node.is_sort) and node.is_top_n and node.x"),
            [vec!["is_index_scan", "is_sort"], vec!["is_top_n"]]
        );
        assert_eq!(of("node.rows >= 3 and node.is_sort").len(), 0);
        assert_eq!(of("not node.is_sort and node.rows >= 3").len(), 0);
        assert_eq!(of("node.is_sort == false and node.rows").len(), 0);
    }

    #[test]
    fn a_known_no_ends_it_and_what_is_not_known_does_not() {
        let guard = Guard::of("(node.is_a or node.is_b) and node.is_c and node.rows > 1");
        let with = |a, b, c| {
            guard.may_hold(|name| match name {
                "is_a" => a,
                "is_b" => b,
                _ => c,
            })
        };
        assert!(with(Some(false), Some(true), Some(true)));
        assert!(!with(Some(false), Some(false), None));
        assert!(!with(Some(true), None, Some(false)));
        assert!(with(None, Some(false), Some(false)));
        assert!(with(Some(true), Some(true), None));
    }
}
