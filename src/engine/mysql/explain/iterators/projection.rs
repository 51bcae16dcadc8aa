//! Subqueries of the select list run wherever rows are put together, and are printed elsewhere: beside the inputs
//! of a materialisation, or outside the tree, where no operation's time holds theirs.

use super::step::Step;

/// Hangs each under the operation whose own time has room for it. What is left over ran outside the tree.
pub fn settle(step: &mut Step) -> Vec<Step> {
    let mut outside = take_projected(step);
    for input in &mut step.inputs {
        outside.extend(settle(input));
    }
    outside.into_iter().filter_map(|subquery| place(step, subquery)).collect()
}

fn take_projected(step: &mut Step) -> Vec<Step> {
    // One that never ran costs nothing wherever it hangs.
    let moves = |input: &Step| input.is_projected() && input.total_ms() > 0.0;
    let (projected, others) = std::mem::take(&mut step.inputs).into_iter().partition(moves);
    step.inputs = others;
    projected
}

/// Down the main stream, to the first operation with room; the subquery itself where there is none.
fn place(step: &mut Step, subquery: Step) -> Option<Step> {
    if has_room(step, &subquery) {
        step.inputs.push(subquery);
        return None;
    }
    match step.inputs.iter_mut().find(|input| !input.is_subquery()) {
        Some(input) => place(input, subquery),
        None => Some(subquery),
    }
}

/// Clocks are read apart for the two, so a little may be missing.
fn has_room(step: &Step, subquery: &Step) -> bool {
    const SLACK: f64 = 0.98;
    let wanted = subquery.total_ms();
    let inputs: f64 = step.inputs.iter().map(Step::total_ms).sum();
    step.total_ms() - inputs >= wanted * SLACK
}
