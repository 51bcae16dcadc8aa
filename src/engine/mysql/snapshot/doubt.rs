//! Plans that say nothing where there are no rows.

use crate::plan::Plan;

const RANGE: &str = "the plan reads a range of an index, and this server looks up in the index itself how many rows that is: \
     one without rows says nothing of it";
const LOOKED_UP: &str = "this server looks a row up while it plans, which one without rows does not find: it says nothing of \
     the plan";

/// What rows are looked up for while planning ends in one of these words.
const FOUND_NOTHING: [&str; 5] =
    ["impossible", "no matching", "not found", "zero rows", "zero input"];

pub fn doubt(plan: &Plan) -> Option<&'static str> {
    let labels = plan.visits().map(|(node, _)| node.label.to_ascii_lowercase());
    let labels: Vec<String> = labels.collect();
    let has =
        |words: &[&str]| labels.iter().any(|label| words.iter().any(|word| label.contains(word)));
    if has(&FOUND_NOTHING) {
        return Some(LOOKED_UP);
    }
    has(&["range", "index_merge", "intersect rows", "sorted by row id"]).then_some(RANGE)
}
