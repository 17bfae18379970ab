//! The report as text.

use std::fmt::{self, Display, Formatter};

use crate::report::{Field, Form, Item, Kind, Outcome, Report, Severity, Verdict};

/// The most hexadecimal digits of octets that are shown as a whole.
const WHOLE: usize = 2 * 64;

impl Display for Form {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Binary => "binary",
            Self::Hexadecimal => "in hexadecimal",
            Self::Base64 => "in base64",
            Self::Attribute => "in an attribute",
            Self::Xml => "in XML",
        })
    }
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IMessage => "SAKKE I_MESSAGE",
            Self::PreSharedKey => "pre-shared-key message",
            Self::Verification => "verification message",
            Self::Error => "error message",
            Self::OtherMessage => "message of an unknown type",
            Self::Certificate => "KMS certificate",
            Self::KeySet => "key set",
            Self::Request => "request to a KMS",
            Self::Response => "response of a KMS",
            Self::Redirect => "redirect response",
            Self::OtherDocument => "unknown document",
        })
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} octets {}: {}", self.input.octets, self.input.form, self.kind)?;
        if !self.structure.is_empty() {
            writeln!(f, "\nstructure")?;
        }
        for item in &self.structure {
            item.write(f)?;
        }
        if let Some(trouble) = &self.trouble {
            writeln!(f, "  {trouble}")?;
        }
        if !self.checks.is_empty() {
            writeln!(f, "\nchecks")?;
        }
        for check in &self.checks {
            let mark = match check.outcome {
                Outcome::Passed => "yes",
                Outcome::Failed => "NO ",
                Outcome::NotMade => "?  ",
            };
            write!(f, "  {mark}  {}", check.what)?;
            check.why.iter().try_for_each(|why| write!(f, ": {why}"))?;
            writeln!(f)?;
        }
        if !self.findings.is_empty() {
            writeln!(f, "\nfindings")?;
        }
        for finding in &self.findings {
            let mark = match finding.severity {
                Severity::Note => "",
                Severity::Deviation => "deviation: ",
            };
            writeln!(f, "  {mark}{}", finding.text)?;
        }
        for key in &self.keys {
            writeln!(f, "\n{}", key.title)?;
            for value in &key.values {
                writeln!(f, "  {:<24} {}", value.name, value.value)?;
            }
        }
        self.write_verdict(f)
    }
}

impl Report {
    fn write_verdict(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.verdict {
            Verdict::NoCheckFailed => writeln!(f, "\nno check failed"),
            Verdict::CheckFailed => {
                let failed = self.with_outcome(Outcome::Failed).count();
                match failed {
                    0 => writeln!(f, "\nNO CHECK FAILED, BUT DEVIATIONS COUNT AS FAILURES"),
                    1 => writeln!(f, "\n1 CHECK FAILED"),
                    _ => writeln!(f, "\n{failed} CHECKS FAILED"),
                }
            }
            Verdict::NotAllMade => {
                writeln!(f, "\nnot checked")?;
                for check in self.with_outcome(Outcome::NotMade) {
                    let why = check.why.as_deref().unwrap_or_default();
                    writeln!(f, "  {}: {why}", check.what)?;
                }
                if self.checks.is_empty() {
                    writeln!(f, "  nothing: the input has no check of the requested groups")?;
                }
                Ok(())
            }
        }
    }
}

impl Item {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.place {
            Some(place) => write!(f, "{:>6}  ", place.start)?,
            None => write!(f, "  ")?,
        }
        match self.summary.as_str() {
            "" => writeln!(f, "{name}")?,
            summary => writeln!(f, "{name:<24} {summary}")?,
        }
        self.fields.iter().try_for_each(|field| field.write(f))
    }
}

impl Field {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{:>8}  ", place.start)?,
            None => write!(f, "    ")?,
        }
        match self.value() {
            Some(value) => writeln!(f, "{:<22} {value}", self.name),
            None => writeln!(f, "{}", self.name),
        }
    }

    /// Its meaning, or else its octets, without the middle of many. None for the tag of an element.
    fn value(&self) -> Option<String> {
        if !self.meaning.is_empty() {
            return Some(self.meaning.clone());
        }
        let octets = self.octets.as_deref()?;
        let ends = (octets.get(..48), octets.get(octets.len().saturating_sub(8)..));
        Some(match ends {
            _ if octets.is_empty() => "none".into(),
            (Some(first), Some(last)) if octets.len() > WHOLE => {
                format!("{first}…{last}, {} octets", octets.len() / 2)
            }
            _ => octets.into(),
        })
    }
}
