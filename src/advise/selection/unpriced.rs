//! What to propose when the planner cannot be asked: only where the plan itself leaves no doubt.

use crate::advise::access::Access;
use crate::engine::{IndexDefinition, IndexGrammar};

/// Estimated share of rows above which a full read is likely the cheaper plan anyway.
const MOST_KEPT: f64 = 0.01;

/// The one candidate that serves most of the access, when it reads whole tables to keep little.
/// `candidates` are those of this access that no backend can show to a planner.
pub fn unpriced<'c>(
    access: &Access<'_>,
    candidates: &'c [IndexDefinition],
    grammar: &dyn IndexGrammar,
) -> Option<&'c IndexDefinition> {
    if !access.whole_table || access.kept.is_none_or(|kept| kept > MOST_KEPT) {
        return None;
    }
    let ordered = grammar.ordered_method();
    let served = |index: &IndexDefinition| {
        index
            .keys
            .iter()
            .filter(|key| access.restrictions.iter().any(|r| r.subject == key.subject))
            .count()
    };
    candidates
        .iter()
        .filter(|index| index.predicate.is_none() && served(index) == index.keys.len())
        .rev()
        .max_by_key(|index| (index.method == ordered, served(index)))
}
