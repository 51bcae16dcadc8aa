//! One assertion in words, the same in every form.

use crate::report::format;
use crate::report::text::one_line;
use crate::snapshot::assertion::{Assertion, Margin, Standing};

/// What was found, and how far it is from being otherwise.
pub fn sentence(assertion: &Assertion) -> String {
    if let Some(error) = &assertion.error {
        return one_line(&format!("{}: there is no plan: {error}", assertion.expectation));
    }
    let verdict = match assertion.standing {
        Standing::Holds => "holds",
        Standing::HoldsNarrowly => "holds, narrowly",
        Standing::FailsNarrowly => "does not hold, narrowly",
        Standing::Fails => "does not hold",
        Standing::Unplanned => "has no plan",
    };
    let found = &assertion.found;
    let margin = margin(&assertion.margin);
    one_line(&format!("{} {verdict}: {found}; {margin}", assertion.expectation))
}

fn margin(margin: &Margin) -> String {
    let mut parts = Vec::new();
    match (margin.next_cost, margin.factor) {
        (Some(next), _) => {
            let cost = margin.cost.unwrap_or(0.0);
            let how = margin.next_plan.as_ref().filter(|how| !how.is_empty());
            let how = how.map(|how| format!(" ({how})")).unwrap_or_default();
            parts.push(format!(
                "the next plan by which it would be otherwise costs {} instead of {}{how}",
                format::count(next),
                format::count(cost)
            ));
        }
        (None, Some(factor)) => parts.push(format!("{} from the limit", times(factor))),
        (None, None) => parts.push("no other plan was found by which it would be otherwise".into()),
    }
    match margin.growth {
        Some(growth) => parts.push(format!("tables {} as large turn it", times(growth))),
        None if margin.samples > 0 => parts.push("no growth up to 100× turns it".to_owned()),
        None => {}
    }
    if margin.turned > 0 {
        parts.push(format!("{} of {} other samples turn it", margin.turned, margin.samples));
    }
    parts.join(", ")
}

fn times(factor: f64) -> String {
    match factor < 1.095 {
        true => format!("{:.1} %", (factor - 1.0) * 100.0),
        false => format!("{:.2}×", factor),
    }
}
