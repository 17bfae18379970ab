//! D.2.2: `KmsRequest`.

use alloc::string::String;
use alloc::vec::Vec;

use super::document::{Document, VERSIONS, document, written_version};
use super::reader::{Reader, is_element};
use super::tag::{Name, Space, Tag};
use super::writer::Writer;
use super::{Error, ErrorKind, Limits};
use crate::kms::Request;

const KRR_LIST: Name = Name::kms("KrrList");

/// The most redirect responses in a request.
const REDIRECTS: usize = 64;

document! {
    Request = "KmsRequest", (id, version), skip_others;
    user_uri: token("UserUri"),
    kms_uri: token("KmsUri"),
    time: time("Time"),
    client_id: string_if("ClientId"),
    device_id: string_if("DeviceId"),
    client_req_url: token("ClientReqUrl"),
    krr_list: redirects(),
    client_error: report_if("ClientError"),
    trk_id: key_id_if("TrK-ID"),
    signature_id: key_id_if("Signature-ID"),
}

fn attributes(tag: &Tag<'_>) -> Result<(Option<String>, String), Error> {
    let [id, version] = tag.attributes(Request::NAME.1, ["Id", "Version"])?;
    Ok((id, tag.version(version, Request::VERSION, &VERSIONS, Request::NAME.1)?))
}

fn open(request: &Request, writer: &mut Writer) -> Result<(), Error> {
    let version = written_version(&request.version, &VERSIONS, Request::NAME.1)?;
    writer.open(Request::NAME, &[("Id", request.id.as_deref()), ("Version", version)], None)
}

fn is_redirect(tag: &Tag<'_>) -> bool {
    tag.space() == Space::Redirect
}

impl Reader<'_> {
    /// `KrrList`: redirect responses, each with the namespaces in force around it.
    fn redirects(&mut self) -> Result<Vec<Vec<u8>>, Error> {
        let mut redirects = Vec::new();
        if self.open_if(KRR_LIST)?.is_none() {
            return Ok(redirects);
        }
        while let Some(redirect) = self.whole_if(is_redirect)? {
            if redirects.len() == REDIRECTS {
                return Err(self.error(ErrorKind::TooMany));
            }
            redirects.push(redirect);
        }
        self.close()?;
        Ok(redirects)
    }
}

impl Writer {
    fn redirects(&mut self, redirects: &[Vec<u8>]) -> Result<(), Error> {
        if redirects.len() > REDIRECTS {
            return Err(Error::of_value(ErrorKind::TooMany, KRR_LIST.1));
        }
        if redirects.is_empty() {
            return Ok(());
        }
        self.open(KRR_LIST, &[], None)?;
        for redirect in redirects {
            if !is_element(redirect, &Limits::default(), is_redirect) {
                return Err(Error::of_value(ErrorKind::Content, KRR_LIST.1));
            }
            self.push(redirect);
        }
        self.close();
        Ok(())
    }
}
