//! The name that was meant: whoever misspells one is told the nearest there is.

/// Of `known` the name most like `given`; nothing where none is alike.
pub fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let ranked = known.map(|name| (distance(given, name), name));
    let (distance, name) = ranked.min_by_key(|(distance, _)| *distance)?;
    let bearable = (given.chars().count() / 3).max(2);
    (distance <= bearable).then_some(name)
}

/// Letters to add, take away or exchange; two neighbours in the wrong order count once.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let other = usize::from(a[i - 1] != b[j - 1]);
            let mut least =
                (rows[i - 1][j - 1] + other).min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if swapped {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_its_name() {
        let known = ["node.rows", "node.removed_low", "query.rows", "node.is_seq_scan"];
        let of = |given| nearest(given, known.into_iter());
        assert_eq!(of("node.remvoed_low"), Some("node.removed_low"));
        assert_eq!(of("node.row"), Some("node.rows"));
        assert_eq!(of("node.is_seqscan"), Some("node.is_seq_scan"));
        assert_eq!(of("something.else_altogether"), None);
    }
}
