//! Why state couldn't be read or written.

use std::path::PathBuf;
use std::{fmt, io};

use eccsi_sakke::kms::{self, ErrorReport};
use eccsi_sakke::stored;

/// Why state couldn't be read or written. Whatever it is, no record was lost by it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The record of this name was refused, or couldn't be made.
    Record {
        /// The name.
        name: String,
        /// Why.
        source: stored::Error,
    },
    /// Another process has the folder.
    InUse(PathBuf),
    /// There is no record of this name.
    Missing(String),
    /// There is no record of this name, and the counter of the device says that there was one.
    Lost(String),
    /// There is a record of this name already.
    Exists(String),
    /// The name is empty or too long for a file.
    Name(String),
    /// Key material, or an answer of the KMS, isn't right.
    Kms(kms::Error),
    /// The KMS refuses: its report says why.
    Refused(ErrorReport),
    /// The way to the KMS failed.
    Line(Box<dyn std::error::Error>),
}

impl From<kms::Error> for Error {
    fn from(error: kms::Error) -> Self {
        Self::Kms(error)
    }
}

/// What a KMS tells its user. **Log the error before**: it says more than the user may know.
impl From<Error> for kms::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Kms(error) => error,
            // The disk may be there again when the user asks again.
            Error::Io { .. } => Self::Primitive(eccsi_sakke::Error::Unavailable),
            _ => Self::Primitive(eccsi_sakke::Error::Fault),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, source } => {
                write!(f, "{doing} {} failed ({source}): mend that, and try again", path.display())
            }
            Self::Record { name, source } => write!(f, "record {name:?}: {source}"),
            Self::InUse(path) => {
                write!(f, "{} is in use by another process: stop that one first", path.display())
            }
            Self::Missing(name) => {
                write!(f, "there is no record {name:?}: create it, or start anew as after a loss")
            }
            Self::Lost(name) => write!(f, "record {name:?} is lost: start anew as after a loss"),
            Self::Exists(name) => write!(f, "there is a record {name:?} already: open that one"),
            Self::Kms(error) => error.fmt(f),
            Self::Refused(report) => write!(f, "the KMS refuses: {}", report.message),
            Self::Line(error) => write!(f, "no answer of the KMS ({error}): ask again later"),
            Self::Name(name) => write!(f, "{name:?} is no name for a record: use a shorter one"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Record { source, .. } => Some(source),
            // Its text is this one's.
            Self::Kms(error) => error.source(),
            Self::Line(error) => Some(&**error),
            _ => None,
        }
    }
}
