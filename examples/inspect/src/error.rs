//! Why nothing was inspected.

use std::fmt;

use eccsi_sakke::kms;

/// Why nothing was inspected: there is no input, or keys that are none.
///
/// A message that is broken, or that a check refuses, is no error: the [report](crate::Report) says so.
#[non_exhaustive]
#[derive(Debug)]
pub enum Error {
    /// There is nothing in the input.
    Empty,
    /// A file has more octets than [`MAX_INPUT`](crate::MAX_INPUT).
    TooLarge,
    /// Text in UTF-16.
    Utf16,
    /// Text that is neither XML, nor hexadecimal, nor base64.
    Form,
    /// So many lines say `mikey`.
    Several(usize),
    /// A time that is none.
    Time,
    /// KEYS.json is malformed, or has a name that is unknown or comes twice, or a value of another type.
    Json(serde_json::Error),
    /// The value of this name is not hexadecimal.
    Hexadecimal(&'static str, hex::FromHexError),
    /// The value of this name is no key, or no period.
    Key(&'static str, eccsi_sakke::Error),
    /// This name is given in two files.
    Twice(&'static str),
    /// The first name means nothing without the second.
    Alone(&'static str, &'static str),
    /// A document that was given as keys can't be read.
    Document(kms::xml::Error),
    /// A certificate that was given can't be used.
    Certificate(kms::Error),
    /// A file that was given as keys has none.
    NotKeys,
    /// A file of vectors has no such test, or one without a message.
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
                write!(f, "{lines} lines say mikey: give the one that is to be inspected")
            }
            Self::Time => f.write_str(
                "not a time: write it as 2027-01-15T08:00:00Z, or in seconds since 1970",
            ),
            Self::Json(error) => write!(f, "not the JSON of keys: {error}"),
            Self::Hexadecimal(name, error) => write!(f, "{name}: not hexadecimal: {error}"),
            Self::Key(name, error) => write!(f, "{name}: {error}"),
            Self::Twice(name) => write!(f, "{name}: given in two files: give it in one"),
            Self::Alone(name, other) => write!(f, "{name}: means nothing alone: give {other} too"),
            Self::Document(error) => write!(f, "not a document with keys: {error}"),
            Self::Certificate(error) => write!(f, "not a certificate to be used: {error}"),
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
