//! JUnit XML: a test case for each expectation. A near tie passes, with what there is to say in its output.

use anyhow::Result;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::sentence::sentence;
use crate::report::machines::without_skipped_in_root;
use crate::report::text::one_line;
use crate::snapshot::assertion::{Assertion, Assertions, Standing};

pub fn junit(assertions: &Assertions) -> Result<String> {
    let mut suite = TestSuite::new(one_line(&assertions.workload));
    for one in &assertions.assertions {
        suite.add_test_case(case(one, &assertions.workload));
    }
    if !assertions.notes.is_empty() {
        suite.set_system_out(
            assertions.notes.iter().map(|note| one_line(note)).collect::<Vec<_>>().join("\n"),
        );
    }
    let mut report = Report::new("planwise");
    report.add_test_suite(suite);
    Ok(without_skipped_in_root(&report.to_string()?))
}

fn case(one: &Assertion, workload: &str) -> TestCase {
    let message = sentence(one);
    let status = match one.standing {
        Standing::Holds | Standing::HoldsNarrowly | Standing::FailsNarrowly => {
            TestCaseStatus::success()
        }
        Standing::Fails | Standing::Unplanned => {
            let (kind, word) = match one.standing {
                Standing::Fails => (NonSuccessKind::Failure, "plan"),
                _ => (NonSuccessKind::Error, "no plan"),
            };
            let mut failed = TestCaseStatus::non_success(kind);
            failed.set_type(word).set_message(&message).set_description(&message);
            failed
        }
    };
    let name = one_line(&format!("{}: {}", one.query, one.expectation));
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("planwise.{}", one_line(workload)));
    if matches!(one.standing, Standing::HoldsNarrowly | Standing::FailsNarrowly) {
        case.set_system_out(format!("warning: {message}"));
    }
    case
}
