//! Why state could not be read or written.

use std::path::PathBuf;
use std::{fmt, io};

use eccsi_sakke::kms::{self, ErrorReport};
use eccsi_sakke::stored;

/// Why state could not be read or written. None of these errors loses a record.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file system refused an operation.
    Io {
        /// The operation.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The record with this name was refused, or could not be made.
    Record {
        /// The name of the record.
        name: String,
        /// The reason.
        source: stored::Error,
    },
    /// Another process has opened the folder.
    InUse(PathBuf),
    /// There is no record with this name.
    Missing(String),
    /// There is no record with this name, but the counter of the device says that there was one.
    Lost(String),
    /// A record with this name already exists.
    Exists(String),
    /// The name is empty or too long for a file.
    Name(String),
    /// Key material or an answer of the KMS is not valid.
    Kms(kms::Error),
    /// The KMS refuses the request. Its report gives the reason.
    Refused(ErrorReport),
    /// The connection to the KMS failed.
    Line(Box<dyn std::error::Error>),
}

impl From<kms::Error> for Error {
    fn from(error: kms::Error) -> Self {
        Self::Kms(error)
    }
}

/// The error that a KMS sends to its user. **Log the original error first**: it may reveal more than the user may know.
impl From<Error> for kms::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Kms(error) => error,
            // The disk may work again when the user repeats the request.
            Error::Io { .. } => Self::Primitive(eccsi_sakke::Error::Unavailable),
            _ => Self::Primitive(eccsi_sakke::Error::Fault),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, source } => {
                write!(
                    f,
                    "{doing} {} failed ({source}): remove the cause, and try again",
                    path.display()
                )
            }
            Self::Record { name, source } => write!(f, "record {name:?}: {source}"),
            Self::InUse(path) => {
                write!(f, "{} is in use by another process: stop that one first", path.display())
            }
            Self::Missing(name) => {
                write!(f, "there is no record {name:?}: create it, or start anew as after a loss")
            }
            Self::Lost(name) => write!(f, "record {name:?} is lost: start anew as after a loss"),
            Self::Exists(name) => write!(f, "record {name:?} already exists: open it instead"),
            Self::Kms(error) => error.fmt(f),
            Self::Refused(report) => write!(f, "the KMS refuses: {}", report.message),
            Self::Line(error) => write!(f, "no answer from the KMS ({error}): ask again later"),
            Self::Name(name) => write!(
                f,
                "{name:?} is not a valid name for a record: use a shorter name that is not empty"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Record { source, .. } => Some(source),
            // This error shows the same text.
            Self::Kms(error) => error.source(),
            Self::Line(error) => Some(&**error),
            _ => None,
        }
    }
}
