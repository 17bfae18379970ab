//! `ErrorType`: the type of `ClientError` and `KmsError`.

use alloc::string::ToString;

use super::Error;
use super::reader::Reader;
use super::tag::Name;
use super::writer::Writer;
use crate::kms::ErrorReport;

impl Reader<'_> {
    pub(super) fn report_if(&mut self, name: &'static str) -> Result<Option<ErrorReport>, Error> {
        let Some(tag) = self.open_if(Name::kms(name))? else { return Ok(None) };
        // The schema fixes no version here, and the attribute may be missing.
        let [_, version] = tag.attributes(name, ["Id", "Version"])?;
        let report = ErrorReport {
            version: version.unwrap_or_default(),
            code: self.text_of(Name::kms("ErrorCode"))?.signed()?,
            message: self.string("ErrorMsg")?,
        };
        self.skip_others()?;
        self.close()?;
        Ok(Some(report))
    }
}

impl Writer {
    pub(super) fn report_if(
        &mut self,
        name: &'static str,
        report: &Option<ErrorReport>,
    ) -> Result<(), Error> {
        let Some(report) = report else { return Ok(()) };
        let version = (!report.version.is_empty()).then_some(report.version.as_str());
        self.open(Name::kms(name), &[("Version", version)], None)?;
        self.plain("ErrorCode", &report.code.to_string())?;
        self.string("ErrorMsg", &report.message)?;
        self.close();
        Ok(())
    }
}
