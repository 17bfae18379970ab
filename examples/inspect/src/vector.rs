//! Tests in files of test vectors.

use serde_json::Value;

use crate::{Error, Keys};

/// The message and the keys of the test with this `id` in a file of test vectors.
///
/// Errors: [`Error::Json`] for a file that is not JSON; [`Error::Vector`] if it has no such test, or if the test has no
/// message; those of [`Keys::add`].
pub fn vector(file: &str, id: &str) -> Result<(String, Keys), Error> {
    let document: Value = serde_json::from_str(file).map_err(Error::Json)?;
    let groups = document["groups"].as_array().into_iter().flatten();
    let mut tests = groups.flat_map(|group| group["tests"].as_array().into_iter().flatten());
    let number = id.parse::<u64>();
    let is_it = |test: &&Value| {
        test["id"] == *id || number.as_ref().is_ok_and(|number| test["id"] == *number)
    };
    let test = tests.find(is_it).ok_or(Error::Vector)?;
    let message = test["message"].as_str().ok_or(Error::Vector)?;
    Ok((message.into(), Keys::of_vector(test)?))
}
