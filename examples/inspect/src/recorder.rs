//! Collects checks, findings and keys for a report.

use std::fmt::Display;

use crate::report::{Check, Finding, Group, Outcome, Severity, Shown, Verdict};

/// Checks of groups that were not asked for are not recorded.
pub(crate) struct Recorder {
    asked: Vec<Group>,
    pub(crate) checks: Vec<Check>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) keys: Vec<Shown>,
}

/// The group and the name of a check.
pub(crate) type Name = (Group, &'static str);

impl Recorder {
    pub(crate) fn new(asked: &[Group]) -> Self {
        let (checks, findings, keys) = (Vec::new(), Vec::new(), Vec::new());
        Self { asked: asked.to_vec(), checks, findings, keys }
    }

    fn record(&mut self, (group, id): Name, what: String, outcome: Outcome, why: Option<String>) {
        if self.asked.contains(&group) {
            self.checks.push(Check { id, group, what, outcome, why });
        }
    }

    /// Records a check and its outcome.
    pub(crate) fn check<T, E: Display>(
        &mut self,
        name: Name,
        what: impl Into<String>,
        outcome: Result<T, E>,
    ) -> Option<T> {
        match outcome {
            Ok(value) => {
                self.record(name, what.into(), Outcome::Passed, None);
                Some(value)
            }
            Err(error) => {
                self.record(name, what.into(), Outcome::Failed, Some(error.to_string()));
                None
            }
        }
    }

    /// Records a check that either holds or fails for the reason `otherwise`.
    pub(crate) fn holds(
        &mut self,
        name: Name,
        what: impl Into<String>,
        holds: bool,
        otherwise: impl Display,
    ) {
        self.check(name, what, if holds { Ok(()) } else { Err(otherwise) });
    }

    /// Records a check that cannot be made.
    pub(crate) fn missing(&mut self, name: Name, what: impl Into<String>, why: impl Into<String>) {
        self.record(name, what.into(), Outcome::NotMade, Some(why.into()));
    }

    /// Records a note.
    pub(crate) fn note(&mut self, id: &'static str, text: impl Display) {
        self.find(id, Severity::Note, text);
    }

    /// Records something that a receiver would refuse now, or that the strict reading of a standard does not allow.
    pub(crate) fn deviation(&mut self, id: &'static str, text: impl Display) {
        self.find(id, Severity::Deviation, text);
    }

    fn find(&mut self, id: &'static str, severity: Severity, text: impl Display) {
        self.findings.push(Finding { id, severity, text: text.to_string() });
    }

    /// Records a key that was opened.
    pub(crate) fn show(&mut self, shown: Shown) {
        if self.asked.contains(&Group::Key) {
            self.keys.push(shown);
        }
    }

    pub(crate) fn verdict(&self, strict: bool) -> Verdict {
        let has = |outcome| self.checks.iter().any(|check| check.outcome == outcome);
        let deviates = self.findings.iter().any(|found| found.severity == Severity::Deviation);
        if has(Outcome::Failed) || (strict && deviates) {
            Verdict::CheckFailed
        } else if has(Outcome::NotMade) || self.checks.is_empty() {
            Verdict::NotAllMade
        } else {
            Verdict::NoCheckFailed
        }
    }
}
