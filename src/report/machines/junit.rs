//! JUnit XML: a test case for each query, one for the workload as a whole, one for the A/A self-check.

use std::time::Duration;

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Standing, Verdicts};
use crate::compare::Verdict;
use crate::report::text::one_line;

/// Slower is a *failure*, what could not be told is *skipped*, a refused gate is an *error*.
pub fn junit(verdicts: &Verdicts<'_>) -> Result<String> {
    let mut suite = TestSuite::new(one_line(&verdicts.run.workload.name));
    for told in verdicts.told() {
        let message = one_line(&told.sentence);
        let kind = match told.standing {
            Standing::Failed => "regression",
            _ => "inconclusive",
        };
        let mut case = case(verdicts, &told.query.query, told.standing, kind, &message);
        let median = told.query.after.as_ref().map_or(0.0, |side| side.typical_ms()[1]);
        case.set_time(Duration::from_secs_f64((median / 1e3).clamp(0.0, 1e9)));
        if told.standing == Standing::Warned {
            case.set_system_out(message);
        }
        suite.add_test_case(case);
    }
    suite.add_test_case(whole(verdicts));
    suite.add_test_cases(self_check(verdicts));
    suite.set_time(Duration::from_secs(elapsed(verdicts)));
    let mut report = Report::new("planwise");
    report.add_test_suite(suite);
    Ok(without_skipped_in_root(&report.to_string()?))
}

fn case(
    verdicts: &Verdicts<'_>,
    name: &str,
    standing: Standing,
    kind: &str,
    message: &str,
) -> TestCase {
    let status = match standing {
        Standing::Fine | Standing::Warned => TestCaseStatus::success(),
        Standing::Open => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_type(kind).set_message(message);
            skipped
        }
        Standing::Failed => {
            let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failed.set_type(kind).set_message(message).set_description(message);
            failed
        }
    };
    let mut case = TestCase::new(one_line(name), status);
    case.set_classname(format!("planwise.{}", one_line(&verdicts.run.workload.name)));
    case
}

fn whole(verdicts: &Verdicts<'_>) -> TestCase {
    let standing = match verdicts.comparison.workload_verdict {
        Some(Verdict::Regressed) if !verdicts.refused() => Standing::Failed,
        Some(Verdict::Improved | Verdict::Unchanged) => Standing::Fine,
        _ => Standing::Open,
    };
    let ratio = verdicts.comparison.workload_ratio;
    let message = match ratio {
        Some(ratio) => {
            format!("the workload as a whole: {}", crate::report::format::speedup(ratio))
        }
        None => "nothing was measured on both sides".to_owned(),
    };
    case(verdicts, "the workload as a whole", standing, "workload", &message)
}

fn self_check(verdicts: &Verdicts<'_>) -> Option<TestCase> {
    const NAME: &str = "A/A self-check";
    let check = verdicts.comparison.self_check.as_ref()?;
    if check.passed {
        return Some(case(verdicts, NAME, Standing::Fine, "", ""));
    }
    let message = one_line(&check.failures.join("; "));
    let mut error = TestCaseStatus::non_success(NonSuccessKind::Error);
    error.set_type("self-check").set_message(message);
    let mut case = TestCase::new(NAME, error);
    case.set_classname(format!("planwise.{}", one_line(&verdicts.run.workload.name)));
    Some(case)
}

fn elapsed(verdicts: &Verdicts<'_>) -> u64 {
    let run = verdicts.run;
    (run.finished.as_second() - run.started.as_second()).max(0) as u64
}

/// The usual schema knows `skipped` on a suite, but not on the root.
pub fn without_skipped_in_root(xml: &str) -> String {
    let root = xml.find("<testsuites").unwrap_or(0);
    let end = xml[root..].find('>').map_or(xml.len(), |end| root + end);
    let (head, rest) = xml.split_at(end);
    let Some(from) = head.rfind(" skipped=\"") else { return xml.to_owned() };
    let value = from + " skipped=\"".len();
    let to = head[value..].find('"').map_or(head.len(), |quote| value + quote + 1);
    format!("{}{}{rest}", &head[..from], &head[to..])
}
