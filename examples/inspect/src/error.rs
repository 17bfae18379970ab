//! The reasons why nothing is inspected.

use std::fmt;

use eccsi_sakke::kms;

/// The reason why nothing is inspected: there is no input, or the keys cannot be used.
///
/// A broken message, or one that fails a check, is no error. The [report](crate::Report) says what is wrong with it.
#[non_exhaustive]
#[derive(Debug)]
pub enum Error {
    /// The input is empty.
    Empty,
    /// A file has more octets than [`MAX_INPUT`](crate::MAX_INPUT).
    TooLarge,
    /// The text is in UTF-16.
    Utf16,
    /// The text is neither XML, nor hexadecimal, nor base64.
    Form,
    /// This number of lines contain the word `mikey`.
    Several(usize),
    /// The text is not a time.
    Time,
    /// KEYS.json is malformed, or contains an unknown or repeated name, or a value of another type.
    Json(serde_json::Error),
    /// The value of this name is not hexadecimal.
    Hexadecimal(&'static str, hex::FromHexError),
    /// The value of this name is not a key, or not a period.
    Key(&'static str, eccsi_sakke::Error),
    /// This name is given in two files.
    Twice(&'static str),
    /// The first name has no meaning without the second.
    Alone(&'static str, &'static str),
    /// A document that was given for its keys cannot be read.
    Document(kms::xml::Error),
    /// A certificate that was given cannot be used.
    Certificate(kms::Error),
    /// A file that was given for its keys contains none.
    NotKeys,
    /// A file of test vectors does not contain such a test, or the test has no message.
    Vector,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there is no message: give its octets"),
            Self::TooLarge => {
                write!(f, "more than {} octets: give a smaller file", crate::MAX_INPUT)
            }
            Self::Utf16 => f.write_str("text in UTF-16: write it in UTF-8"),
            Self::Form => f.write_str(
                "neither XML, hexadecimal nor base64, with or without the word mikey: give one of these, or a binary file",
            ),
            Self::Several(lines) => {
                write!(f, "{lines} lines contain mikey: give the one to inspect")
            }
            Self::Time => f.write_str(
                "not a time: write it as 2027-01-15T08:00:00Z, or in seconds since 1970",
            ),
            Self::Json(error) => write!(f, "not valid as KEYS.json: {error}"),
            Self::Hexadecimal(name, error) => write!(f, "{name}: not hexadecimal: {error}"),
            Self::Key(name, error) => write!(f, "{name}: {error}"),
            Self::Twice(name) => write!(f, "{name}: given in two files: give it in one"),
            Self::Alone(name, other) => write!(f, "{name}: has no meaning alone: give {other} too"),
            Self::Document(error) => write!(f, "not a document with keys: {error}"),
            Self::Certificate(error) => write!(f, "the certificate cannot be used: {error}"),
            Self::Vector => f.write_str("there is no such test with a message: give the id of another"),
            Self::NotKeys => f.write_str(
                "no keys: give KEYS.json, a KMS certificate, a key set, or a response with these, in XML",
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            Self::Hexadecimal(_, error) => Some(error),
            Self::Key(_, error) => Some(error),
            Self::Document(error) => Some(error),
            Self::Certificate(error) => Some(error),
            _ => None,
        }
    }
}
