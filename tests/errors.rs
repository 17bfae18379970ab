//! Every error has its own text, and reveals no more to a peer than it should.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::error::Error as _;

#[cfg(feature = "kms")]
use eccsi_sakke::kms;
use eccsi_sakke::mission_critical::Error as Profile;
use eccsi_sakke::{AnyError, Error, KmsUri, TryError, UserUri, mikey};

const PRIMITIVE: [Error; 12] = [
    Error::Length,
    Error::PointEncoding,
    Error::NotOnCurve,
    Error::WrongOrder,
    Error::Range,
    Error::Identifier,
    Error::LeadingZero,
    Error::KeyMismatch,
    Error::Rejected,
    Error::Fault,
    Error::Randomness,
    Error::Unavailable,
];

/// The errors, each with the number that reports it.
const MESSAGE: [(mikey::Error, u8); 34] = [
    (mikey::Error::Truncated, 12),
    (mikey::Error::Trailing, 12),
    (mikey::Error::Length, 12),
    (mikey::Error::Version, 12),
    (mikey::Error::MessageType, 13),
    (mikey::Error::Payload, 12),
    (mikey::Error::Missing, 12),
    (mikey::Error::Repeated, 12),
    (mikey::Error::Value, 12),
    (mikey::Error::TimestampType, 1),
    (mikey::Error::Rand, 12),
    (mikey::Error::Suite, 2),
    (mikey::Error::PreSharedKey, 12),
    (mikey::Error::Stale, 1),
    (mikey::Error::Replayed, 1),
    (mikey::Error::Settled, 1),
    (mikey::Error::Retries, 1),
    (mikey::Error::Forgotten, 1),
    (mikey::Error::Full, 12),
    (mikey::Error::Quota, 12),
    (mikey::Error::Store, 12),
    (mikey::Error::Initiator, 0),
    (mikey::Error::Responder, 0),
    (mikey::Error::IdScheme, 12),
    (mikey::Error::Departure, 12),
    (mikey::Error::Signature, 0),
    (mikey::Error::Mac, 0),
    (mikey::Error::Decapsulation, 0),
    (mikey::Error::Sdp, 12),
    (mikey::Error::Limit(mikey::Limit::Octets), 12),
    (mikey::Error::Limit(mikey::Limit::Payloads), 12),
    (mikey::Error::Limit(mikey::Limit::Sessions), 12),
    (mikey::Error::Limit(mikey::Limit::Policies), 12),
    (mikey::Error::Limit(mikey::Limit::Groups), 12),
];

const PROFILE: [(Profile, u8); 16] = [
    (Profile::Purpose, 12),
    (Profile::Profile, 12),
    (Profile::Identity, 12),
    (Profile::Spi, 12),
    (Profile::Parameters, 12),
    (Profile::Sealed, 0),
    (Profile::Revoked, 12),
    (Profile::Expired, 12),
    (Profile::Group, 12),
    (Profile::Duplicate, 12),
    (Profile::SigningKey, 12),
    (Profile::Rand, 12),
    (Profile::CsId, 12),
    (Profile::Times, 12),
    (Profile::NotYet, 12),
    (Profile::Gmk, 12),
];

#[test]
fn every_error_has_its_own_words() {
    let mut all: Vec<String> = PRIMITIVE.iter().map(ToString::to_string).collect();
    all.extend(MESSAGE.iter().map(|(error, _)| error.to_string()));
    all.extend(PROFILE.iter().map(|(error, _)| error.to_string()));
    all.push(TryError::Rng(Error::Fault).to_string());
    // Every text says what is wrong and what to do.
    for text in &all {
        assert!(
            text.split_once(": ").is_some_and(|(wrong, do_it)| wrong.len().min(do_it.len()) > 3),
            "{text}"
        );
    }
    let different: BTreeSet<_> = all.iter().collect();
    assert_eq!(different.len(), all.len(), "{all:?}");
}

#[test]
fn an_error_from_below_keeps_its_words() {
    for error in PRIMITIVE {
        let message = mikey::Error::from(error);
        assert_eq!(message, mikey::Error::Primitive(error));
        assert_eq!(Profile::from(error), Profile::Message(message));
        for text in [message.to_string(), Profile::from(message).to_string()] {
            assert_eq!(text, error.to_string());
        }
        let certain = TryError::<Infallible>::Refused(error);
        assert_eq!(Profile::from(certain), Profile::from(error));
        #[cfg(feature = "kms")]
        assert_eq!(kms::Error::from(certain), kms::Error::Primitive(error));
        let refused = TryError::<Error>::from(error);
        assert_eq!(refused, TryError::Refused(error));
        assert_eq!(refused.to_string(), error.to_string());
        assert!(refused.source().is_none(), "it says all itself");
    }
}

#[test]
fn what_an_error_wraps_is_its_source() {
    for error in PRIMITIVE {
        let wrapping = mikey::Error::Primitive(error);
        assert_eq!(wrapping.source().and_then(|below| below.downcast_ref()), Some(&error));
    }
    assert!(mikey::Error::Stale.source().is_none());
    for (error, _) in MESSAGE {
        let wrapping = Profile::from(error);
        assert_eq!(wrapping.source().and_then(|below| below.downcast_ref()), Some(&error));
    }
    for (error, _) in PROFILE {
        assert!(error.source().is_none(), "{error:?}");
    }
}

#[test]
fn a_peer_learns_a_number() {
    for (error, number) in MESSAGE {
        assert_eq!(error.number(), number, "{error:?}");
        assert_eq!(Profile::from(error).number(), number, "{error:?}");
    }
    for error in PRIMITIVE {
        assert_eq!(mikey::Error::Primitive(error).number(), 12);
    }
    for (error, number) in PROFILE {
        assert_eq!(error.number(), number, "{error:?}");
    }
}

#[cfg(feature = "kms")]
#[test]
fn an_error_below_the_kms_is_one_of_the_kms() {
    for error in PRIMITIVE {
        let result = || -> Result<(), kms::Error> { Ok(Err(mikey::Error::from(error))?) };
        assert_eq!(result(), Err(kms::Error::Primitive(error)));
        assert_eq!(kms::Error::from(error), kms::Error::Primitive(error));
    }
    for (error, _) in MESSAGE {
        let result = || -> Result<(), kms::Error> { Ok(Err(error)?) };
        assert_eq!(result(), Err(kms::Error::Message(error)));
        assert_eq!(kms::Error::from(error).to_string(), error.to_string());
    }
}

/// The errors of every layer convert to the error of a program with several roles, and keep their texts.
#[test]
fn any_error_is_one_of_a_program() {
    fn is(error: impl Into<AnyError>, inner: &(impl std::error::Error + PartialEq + 'static)) {
        let error = error.into();
        assert_eq!(error.to_string(), inner.to_string());
        assert!(error.source().and_then(|below| below.downcast_ref()) == Some(inner));
    }
    for error in PRIMITIVE {
        is(error, &error);
        is(TryError::<Infallible>::Refused(error), &error);
    }
    for (error, _) in MESSAGE {
        is(error, &error);
    }
    for (error, _) in PROFILE {
        is(error, &error);
        let member = eccsi_sakke::mission_critical::MemberError {
            member: 1,
            uri: "sip:alice@example.org".into(),
            error,
        };
        is(member, &error);
    }
    #[cfg(feature = "kms")]
    is(kms::Error::Full, &kms::Error::Full);
    #[cfg(feature = "stored")]
    is(eccsi_sakke::stored::Error::Sealed, &eccsi_sakke::stored::Error::Sealed);
    #[cfg(feature = "kms-xml")]
    {
        let below = kms::KeySetParts::from_xml(b"<a/>").expect_err("refused");
        is(below, &kms::Error::Document(below));
    }
}

#[cfg(feature = "kms-xml")]
#[test]
fn a_document_that_is_refused_is_an_error_of_the_kms() {
    use eccsi_sakke::kms::{ErrorReport, KeySetParts, xml};
    let read = |text: &str| -> Result<KeySetParts, kms::Error> {
        Ok(KeySetParts::from_xml(text.as_bytes())?)
    };
    let below = KeySetParts::from_xml(b"<a/>").expect_err("refused");
    let error = read("<a/>").expect_err("refused");
    assert_eq!(error, kms::Error::Document(below));
    assert_eq!(error.to_string(), below.to_string());
    assert_eq!(error.source().and_then(|below| below.downcast_ref::<xml::Error>()), Some(&below));
    let report = ErrorReport::from(error);
    assert_eq!((report.code, report.message), (ErrorReport::FAILED, below.to_string()));
}

#[cfg(feature = "kms-xml")]
#[test]
fn a_client_is_told_that_a_document_is_signed_with_other_keys() {
    use eccsi_sakke::NtpTime;
    use eccsi_sakke::kms::xml::{ErrorKind, Signed};
    use eccsi_sakke::kms::{
        ErrorReport, IntegrityKey, Request, SharedKeyId, SharedKeys, TransportKey,
    };
    let keys = |id, octet| {
        let integrity = IntegrityKey::new(SharedKeyId(id), vec![octet; 32]).expect("a key");
        let transport = TransportKey::new(SharedKeyId(1), [7; 32]).expect("a key");
        SharedKeys::new(transport, Some(integrity))
    };
    let (user, url) = ("sip:alice@example.org", "https://kms.example.org/identity/v1/init");
    let request = Request::new(
        UserUri(user),
        KmsUri("kms.example.org"),
        url,
        NtpTime::from_unix(1_800_000_000),
    );
    let signed = Signed::<Request>::sign(request, &keys(2, 1)).expect("signed");
    assert!(signed.verify(&keys(2, 1)).is_ok());
    for (wrong, kind) in [(keys(3, 1), ErrorKind::SignatureId), (keys(2, 9), ErrorKind::Mac)] {
        let error = signed.verify(&wrong).expect_err("refused");
        assert_eq!(error.kind(), kind);
        assert_eq!(ErrorReport::from(kms::Error::from(error)).code, ErrorReport::OTHER_KEYS);
    }
}

/// The variants of the enum `Error` in a source file.
fn variants(source: &str) -> Vec<String> {
    let body = source.split("pub enum Error {").nth(1).expect("an enum");
    let body = body.split("\n}").next().unwrap_or_default();
    let names = body.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase));
    names.map(|line| line.chars().take_while(|c| c.is_alphanumeric()).collect()).collect()
}

/// The chapter on errors has a row for each error.
#[test]
fn the_guide_says_what_to_do_about_every_error() {
    let chapter = include_str!("../src/guide/errors.md");
    let mut found = 0;
    for (source, path) in [
        (include_str!("../src/error.rs"), "crate::Error"),
        (include_str!("../src/mikey/error.rs"), "crate::mikey::Error"),
        (include_str!("../src/mission_critical/error.rs"), "crate::mission_critical::Error"),
        (include_str!("../src/kms/error.rs"), "crate::kms::Error"),
        (include_str!("../src/stored/error.rs"), "crate::stored::Error"),
    ] {
        for variant in variants(source) {
            let link = format!("[`{variant}`]({path}::{variant})");
            let rows = chapter.lines().filter(|line| line.starts_with('|') && line.contains(&link));
            assert_eq!(rows.count(), 1, "{link}");
            found += 1;
        }
    }
    assert!(found > 90, "the sources were read");
}
