//! Why state couldn't be read or written.

use std::path::PathBuf;
use std::{fmt, io};

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
    /// There is a record of this name already.
    Exists(String),
    /// The name is empty or too long for a file.
    Name(String),
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
            Self::Exists(name) => write!(f, "there is a record {name:?} already: open that one"),
            Self::Name(name) => write!(f, "{name:?} is no name for a record: use a shorter one"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Record { source, .. } => Some(source),
            _ => None,
        }
    }
}
