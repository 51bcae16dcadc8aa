//! Findings about missing indexes get the statement that mends them.

use crate::rule::{Action, ActionKind, Finding};

use super::{Advice, IndexAdvice};

/// Adds the index that was chosen for a finding's query and table to the finding's actions.
pub fn attach(findings: &mut [Finding], advice: &Advice) {
    for finding in findings {
        let has_action = finding.actions.iter().any(|action| action.kind != ActionKind::Rewrite);
        if has_action {
            continue;
        }
        if let Some(index) = advice.indexes.iter().find(|index| answers(index, finding)) {
            finding.actions.push(Action {
                kind: ActionKind::Index,
                statement: index.ddl.clone(),
                undo: Some(index.undo.clone()),
                caution: index.requires.as_ref().map(|first| format!("First: {first}")),
                setting: None,
            });
        }
    }
}

fn answers(index: &IndexAdvice, finding: &Finding) -> bool {
    let table = finding.subject.as_deref().unwrap_or_default();
    let same_table = table == index.table || table == format!("{}.{}", index.schema, index.table);
    let same_query = finding.query.as_ref().is_some_and(|query| index.queries.contains(query));
    let mentions = |column: &String| {
        let keyed = index.columns.iter().chain(index.predicate.iter());
        keyed.into_iter().any(|text| text == column || has_word(text, column))
    };
    same_table && same_query && (finding.columns.is_empty() || finding.columns.iter().any(mentions))
}

/// `word` stands in `text` by itself: `i_manufact` does not stand in `lower(i_manufact_id)`.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_names_count() {
        assert!(has_word("lower(i_manufact)", "i_manufact") && has_word("(a = 1)", "a"));
        assert!(!has_word("lower(i_manufact_id)", "i_manufact") && !has_word("(ba = 1)", "a"));
        assert!(!has_word("", "a"));
    }
}
