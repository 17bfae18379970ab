//! `ErrorType`: what `ClientError` and `KmsError` are.

use super::Error;
use super::reader::Reader;
use super::tag::Name;
use super::writer::Writer;
use crate::kms::ErrorReport;

pub(super) fn read_if(
    reader: &mut Reader<'_>,
    name: &'static str,
) -> Result<Option<ErrorReport>, Error> {
    let Some(tag) = reader.open_if(Name::kms(name))? else { return Ok(None) };
    // The schema fixes no version, and there may be none.
    let [_, version] = tag.attributes(name, ["Id", "Version"])?;
    let report = ErrorReport {
        version: version.unwrap_or_default(),
        code: reader.text_of(Name::kms("ErrorCode"))?.signed()?,
        message: reader.string("ErrorMsg")?,
    };
    reader.skip_others()?;
    reader.close()?;
    Ok(Some(report))
}

pub(super) fn write_if(
    report: Option<&ErrorReport>,
    name: &'static str,
    writer: &mut Writer,
) -> Result<(), Error> {
    let Some(report) = report else { return Ok(()) };
    let version = (!report.version.is_empty()).then_some(report.version.as_str());
    writer.open(Name::kms(name), &[("Version", version)], None)?;
    writer.integer("ErrorCode", report.code)?;
    writer.string("ErrorMsg", &report.message)?;
    writer.close();
    Ok(())
}
