//! Did everything arrive? What parity says, as lines of the checklist.

use super::checklist::{CheckState, Checked, Judge};
use super::facts::Facts;
use crate::migrate::parity::Verdict;

impl Judge<'_> {
    pub fn parity(&self, facts: &Facts) -> Checked {
        self.from("Every row arrived", facts.parity.as_ref(), "parity", |report| {
            let of = |verdict| report.tables.iter().filter(move |table| table.verdict == verdict);
            let names =
                |verdict| of(verdict).map(|t| t.source.as_str()).collect::<Vec<_>>().join(", ");
            let missing = report.schema.iter().filter(|d| d.id == "missing-table").count();
            if missing > 0 || of(Verdict::Different).count() > 0 {
                let different = names(Verdict::Different);
                return (
                    CheckState::Failed,
                    format!("{missing} tables are missing; different: {different}"),
                );
            }
            let open = report.interrupted || report.tables.is_empty();
            match (open, of(Verdict::Inconclusive).count()) {
                (false, 0) => {
                    (CheckState::Proven, format!("{} tables are equal", report.tables.len()))
                }
                (false, _) => (
                    CheckState::NotChecked,
                    format!("not decided: {}", names(Verdict::Inconclusive)),
                ),
                (true, _) => (CheckState::NotChecked, "not all rows were compared".to_owned()),
            }
        })
    }

    pub fn schema(&self, facts: &Facts) -> Checked {
        self.from("The schema is the same", facts.parity.as_ref(), "parity", |report| match report
            .differences_of_schema()
            .count()
        {
            0 => (CheckState::Proven, "no difference".to_owned()),
            count => (CheckState::Failed, format!("{count} differences")),
        })
    }

    pub fn constraints(&self, facts: &Facts) -> Checked {
        self.from(
            "Constraints hold, and no row is orphaned",
            facts.parity.as_ref(),
            "parity",
            |report| match report
                .constraints
                .iter()
                .filter(|finding| !finding.on_source_too)
                .count()
            {
                0 => (CheckState::Proven, "none was found that does not".to_owned()),
                found => (CheckState::Failed, format!("{found} do not")),
            },
        )
    }
}
