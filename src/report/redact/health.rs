//! A server's health without literals. Statements of its sessions were hidden when it was looked at.

use super::redactor::Redactor;
use crate::health::{HealthReport, Place};

impl Redactor {
    /// Statements that help are made of names and of planwise's own numbers, and stay runnable.
    pub fn health(&self, report: &mut HealthReport) {
        let ailments = report.ailments.iter_mut().chain(&mut report.notes);
        let places = ailments.flat_map(|ailment| &mut ailment.places);
        places.for_each(|place: &mut Place| self.prose(&mut place.message));
        for setting in &mut report.settings {
            self.proses([&mut setting.evidence, &mut setting.trial]);
        }
    }
}
