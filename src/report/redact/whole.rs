//! The document as a whole.

use super::redactor::Redactor;
use crate::report::Document;

/// The document as it may be written: a copy, without literals when it asks for that.
pub fn redacted(document: &Document) -> Document {
    let mut copy = document.clone();
    if document.redact {
        let redactor = Redactor::for_document(document);
        for run in std::iter::once(&mut copy.run).chain(&mut copy.after) {
            redactor.run(run);
        }
        redactor.findings(&mut copy.findings);
        redactor.advice(&mut copy.advice);
        if let Some(health) = &mut copy.health {
            redactor.health(health);
        }
        if let Some(comparison) = &mut copy.comparison {
            redactor.comparison(comparison);
        }
    }
    copy
}
