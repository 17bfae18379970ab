//! D.2.2: `KmsRequest`.

use alloc::vec::Vec;

use super::reader::{Reader, is_element};
use super::tag::{Name, Space, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind, Limits, VERSIONS, error_report, known_version};
use crate::kms::Request;

pub(super) const NAME: Name = Name::kms("KmsRequest");
const KRR_LIST: Name = Name::kms("KrrList");

/// The most redirect responses in a request.
const REDIRECTS: usize = 64;

/// What is inside of a request's start tag.
pub(super) fn read(reader: &mut Reader<'_>, tag: &Tag<'_>) -> Result<Request, Error> {
    let [id, version] = tag.attributes(NAME.1, ["Id", "Version"])?;
    let request = Request {
        version: known_version(version, Some(Request::VERSION), &VERSIONS, tag, NAME.1)?,
        id,
        user_uri: reader.token("UserUri")?,
        kms_uri: reader.token("KmsUri")?,
        time: reader.time("Time")?,
        client_id: reader.string_if("ClientId")?,
        device_id: reader.string_if("DeviceId")?,
        client_req_url: reader.token("ClientReqUrl")?,
        krr_list: redirects(reader)?,
        client_error: error_report::read_if(reader, "ClientError")?,
        trk_id: reader.key_id_if("TrK-ID")?,
        signature_id: reader.key_id_if("Signature-ID")?,
    };
    reader.skip_others()?;
    reader.close()?;
    Ok(request)
}

/// `KrrList`: redirect responses, each with the namespaces in force around it.
fn redirects(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, Error> {
    let mut redirects = Vec::new();
    if reader.open_if(KRR_LIST)?.is_none() {
        return Ok(redirects);
    }
    while let Some(redirect) = reader.whole_if(|tag| tag.space() == Space::Redirect)? {
        if redirects.len() == REDIRECTS {
            return Err(reader.error(ErrorKind::TooMany));
        }
        redirects.push(redirect);
    }
    reader.close()?;
    Ok(redirects)
}

pub(super) fn write(request: &Request, writer: &mut Writer) -> Result<(), Error> {
    let version = super::written_version(&request.version, false, &VERSIONS, NAME.1)?;
    writer.open(NAME, &[("Id", request.id.as_deref()), ("Version", version)], None)?;
    writer.token("UserUri", &request.user_uri)?;
    writer.token("KmsUri", &request.kms_uri)?;
    writer.time("Time", request.time)?;
    writer.string_if("ClientId", request.client_id.as_deref())?;
    writer.string_if("DeviceId", request.device_id.as_deref())?;
    writer.token("ClientReqUrl", &request.client_req_url)?;
    if request.krr_list.len() > REDIRECTS {
        return Err(Error::of_value(ErrorKind::TooMany, KRR_LIST.1));
    }
    if !request.krr_list.is_empty() {
        writer.open(KRR_LIST, &[], None)?;
        for redirect in &request.krr_list {
            if !is_element(redirect, &Limits::default(), Space::Redirect) {
                return Err(Error::of_value(ErrorKind::Content, KRR_LIST.1));
            }
            writer.raw(redirect);
        }
        writer.close();
    }
    error_report::write_if(request.client_error.as_ref(), "ClientError", writer)?;
    writer.key_id_if("TrK-ID", request.trk_id)?;
    writer.key_id_if("Signature-ID", request.signature_id)?;
    writer.close();
    Ok(())
}
