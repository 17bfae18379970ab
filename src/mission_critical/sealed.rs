//! Key parameters as they are sent: the protected payload of TS 33.180 8.5.4, as E.6 uses it.

use alloc::vec::Vec;

use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::consts::U16;
use aes_gcm::{AesGcm, Tag};
use zeroize::Zeroizing;

use super::{Error, KeyParameters, derive};
use crate::ct;
use crate::mikey::{self, Limits, Reader, hmac_sha256, write_long};
use crate::sakke::SharedSecret;
use crate::wiped::stack_wiped;

/// The message type of a protected DATA PAYLOAD message (TS 24.282 15.2.2).
const DATA_PAYLOAD: u8 = 0x43;

/// The message type that consists only of the bit for protection.
const PROTECTED: u8 = 0x40;

/// The number of AES-128-GCM in the registry of RFC 5116.
const AES_128_GCM: u8 = 1;

/// The length of the tag.
const TAG: usize = 16;

/// AES-128-GCM with a nonce of 16 octets. The mode hashes such a nonce to make its first counter block.
type Cipher = AesGcm<Aes128, U16>;

/// Encrypted key parameters, the data of a general extension of type 7.
///
/// ```text
/// message type[1] = 43 or 40, date[5], payload ID[4], sequence[1], algorithm[1] = 1,
/// [signalling algorithm[1]], nonce[16],
/// identifier of the key[4], content type[1], length[2], ciphertext and tag[16]
/// ```
///
/// The 32 or 33 octets before the content type are authenticated together with the ciphertext. The encryption key is
/// the payload cipher key of the key that the message carries. Date, payload ID, sequence, signalling algorithm and
/// content type have no effect when a key is received, and are kept as they come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SealedParameters<'a> {
    octets: &'a [u8],
    header: ParametersHeader,
}

/// The header, which stands before the ciphertext.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ParametersHeader {
    /// The message type: 43 in hexadecimal; 40 is also received.
    pub message_type: u8,
    /// The date: seconds since 1970, in five octets.
    pub date: u64,
    /// The payload ID, which is 0 if the parameters belong to a key.
    pub payload_id: u32,
    /// The sequence number, which is 0 if the parameters belong to a key.
    pub sequence: u8,
    /// The signalling algorithm of TS 33.180 8.5.4.1, which is optional and not sent. A receiver recognises it by the
    /// total length.
    pub signalling_algorithm: Option<u8>,
    /// The nonce, which must be fresh for every sealing under one key. **If it repeats for other parameters, an
    /// attacker learns their difference and can forge parameters.** [`hedged`](Self::hedged) makes a nonce that does
    /// not repeat.
    pub nonce: [u8; 16],
    /// The identifier under which the key is sent: the CSB ID.
    #[doc(alias = "DPPK-ID")]
    pub key_id: u32,
    /// The content type, which no source defines; known messages use 0. The seal does not authenticate it, only the
    /// signature of the message does.
    pub content: u8,
}

impl ParametersHeader {
    /// The length of the authenticated part of the header, without a signalling algorithm.
    const LEN: usize = 32;

    /// A header whose other fields are 0, as E.6 requires.
    #[must_use]
    pub const fn new(date: u64, nonce: [u8; 16], key_id: u32) -> Self {
        Self {
            message_type: DATA_PAYLOAD,
            date,
            payload_id: 0,
            sequence: 0,
            signalling_algorithm: None,
            nonce,
            key_id,
            content: 0,
        }
    }

    /// The length of the authenticated part of the header.
    const fn len(&self) -> usize {
        Self::LEN + self.signalling_algorithm.is_some() as usize
    }

    /// The header with a nonce for these parameters. The nonce is derived from the present nonce.
    ///
    /// ```text
    /// nonce = the first 16 octets of HMAC-SHA-256( DPCK, header with the present nonce ‖ parameters )
    /// ```
    ///
    /// Even if the generator of the present nonce repeats itself, the new nonce repeats only if the header and the
    /// parameters repeat. The payload cipher key DPCK is also the key of AES-GCM, but of no other HMAC.
    ///
    /// Secret: `secret`, the parameters. Public: the nonce.
    ///
    /// Errors: [`Error::Parameters`] for a value that does not fit.
    pub fn hedged(self, parameters: &KeyParameters, secret: &SharedSecret) -> Result<Self, Error> {
        let key = derive::payload_cipher_key(secret.as_bytes(), self.key_id)?;
        let parts = [&self.encode()?[..], &parameters.encode()?];
        let mac = stack_wiped(|| hmac_sha256(&*key, &parts))?;
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&mac[..16]);
        // The nonce is sent.
        Ok(Self { nonce: ct::publish(nonce), ..self })
    }

    /// The authenticated part of the header. Before hedging, it contains the nonce that was drawn.
    fn encode(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let [0, 0, 0, date @ ..] = self.date.to_be_bytes() else { return Err(Error::Parameters) };
        if !is_known(self.message_type) {
            return Err(Error::Parameters);
        }
        let mut out = Zeroizing::new(Vec::with_capacity(self.len()));
        out.push(self.message_type);
        out.extend_from_slice(&date);
        out.extend_from_slice(&self.payload_id.to_be_bytes());
        out.extend_from_slice(&[self.sequence, AES_128_GCM]);
        out.extend(self.signalling_algorithm);
        out.extend_from_slice(&self.nonce);
        out.extend_from_slice(&self.key_id.to_be_bytes());
        Ok(out)
    }

    /// Encrypts key parameters under this header with the key derived from `secret`.
    ///
    /// Secret: `secret`, the parameters.
    ///
    /// Errors: [`Error::Parameters`] for a value that does not fit.
    pub fn seal(
        &self,
        parameters: &KeyParameters,
        secret: &SharedSecret,
    ) -> Result<Vec<u8>, Error> {
        let header = self.encode()?;
        let mut data = parameters.encode()?;
        let key = derive::payload_cipher_key(secret.as_bytes(), self.key_id)?;
        // The library leaves round keys and the key of its hash on the stack.
        let tag = stack_wiped(|| {
            Cipher::new((&*key).into()).encrypt_inout_detached(
                &self.nonce.into(),
                &header,
                InOutBuf::from(data.as_mut_slice()),
            )
        })
        .map_err(|_| Error::Parameters)?;
        data.extend_from_slice(&tag);
        // The ciphertext is sent.
        ct::publish_octets(&mut data);
        let mut out = header.to_vec();
        out.push(self.content);
        write_long(&mut out, &data).map_err(|_| Error::Parameters)?;
        Ok(out)
    }
}

impl<'a> SealedParameters<'a> {
    /// Decodes the header.
    ///
    /// Errors: [`Error::Parameters`] for another message type or algorithm, and for a wrong length.
    pub fn decode(octets: &'a [u8]) -> Result<Self, Error> {
        // The form that this crate sends has precedence. An attacker can construct octets with a length that is right
        // in both forms.
        let decoded = [false, true].map(|signalling| decode(octets, signalling).ok().flatten());
        let header = decoded.into_iter().flatten().next().ok_or(Error::Parameters)?;
        Ok(Self { octets, header })
    }

    /// The header, which stands before the ciphertext.
    #[must_use]
    pub const fn header(&self) -> &ParametersHeader {
        &self.header
    }

    /// Opens parameters that were sealed with the key derived from `secret`.
    ///
    /// Secret: `secret`, the parameters. Public: the outcome.
    ///
    /// Errors: [`Error::Sealed`]; those of [`KeyParameters::decode`] for the content.
    pub fn open(&self, secret: &SharedSecret) -> Result<KeyParameters, Error> {
        self.open_within(secret, &Limits::default())
    }

    /// The same as [`open`](Self::open) within these limits.
    pub fn open_within(
        &self,
        secret: &SharedSecret,
        limits: &Limits,
    ) -> Result<KeyParameters, Error> {
        let mut octets = self.open_octets(secret)?;
        // The parameters are not a key, and the receiver acts on them.
        ct::publish_octets(&mut octets);
        KeyParameters::decode_within(&octets, limits)
    }

    /// The content of the parameters without decoding it.
    ///
    /// Errors: [`Error::Sealed`].
    pub fn open_octets(&self, secret: &SharedSecret) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (header, rest) = self.octets.split_at(self.header.len());
        let (data, tag) = rest[3..].split_at(rest.len() - 3 - TAG);
        let tag = Tag::try_from(tag).map_err(|_| Error::Parameters)?;
        let mut data = Zeroizing::new(Vec::from(data));
        let key = derive::payload_cipher_key(secret.as_bytes(), self.header.key_id)?;
        let outcome = stack_wiped(|| {
            Cipher::new((&*key).into()).decrypt_inout_detached(
                &self.header.nonce.into(),
                header,
                InOutBuf::from(data.as_mut_slice()),
                &tag,
            )
        });
        // The caller learns whether the tag is right.
        ct::publish(outcome).map_err(|_| Error::Sealed)?;
        Ok(data)
    }
}

const fn is_known(message_type: u8) -> bool {
    matches!(message_type, DATA_PAYLOAD | PROTECTED)
}

/// Decodes octets with or without a signalling algorithm. Returns `None` for another message type or algorithm, and if
/// the octets are too short for a tag.
fn decode(octets: &[u8], signalling: bool) -> Result<Option<ParametersHeader>, mikey::Error> {
    let mut reader = Reader::new(octets);
    let message_type = reader.u8()?;
    let [a, b, c, d, e] = reader.array()?;
    let (payload_id, sequence, algorithm) = (reader.u32()?, reader.u8()?, reader.u8()?);
    let header = ParametersHeader {
        message_type,
        date: u64::from_be_bytes([0, 0, 0, a, b, c, d, e]),
        payload_id,
        sequence,
        signalling_algorithm: if signalling { Some(reader.u8()?) } else { None },
        nonce: reader.array()?,
        key_id: reader.u32()?,
        content: reader.u8()?,
    };
    let data = reader.long()?;
    reader.end()?;
    let is_whole = is_known(message_type) && algorithm == AES_128_GCM && data.len() >= TAG;
    Ok(is_whole.then_some(header))
}
