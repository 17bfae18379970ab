//! Key parameters on the way: the protected payload of TS 33.180 8.5.4, as E.6 uses it.

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

/// A DATA PAYLOAD message of TS 24.282 15.2.2, protected.
const DATA_PAYLOAD: u8 = 0x43;

/// The bit of it that says that it is protected, alone.
const PROTECTED: u8 = 0x40;

/// AES-128-GCM in the registry of RFC 5116.
const AES_128_GCM: u8 = 1;

/// Octets of the tag.
const TAG: usize = 16;

/// AES-128-GCM with a nonce of 16 octets, which it hashes to make its first counter block.
type Cipher = AesGcm<Aes128, U16>;

/// Encrypted key parameters, the data of a general extension of type 7.
///
/// ```text
/// message type[1] = 43 or 40, date[5], payload ID[4], sequence[1], algorithm[1] = 1,
/// [signalling algorithm[1]], nonce[16],
/// identifier of the key[4], content type[1], length[2], ciphertext and tag[16]
/// ```
///
/// What stands before the content type, 32 octets or 33, is authenticated with the ciphertext. The key is the payload
/// cipher key of the key that the message carries. Date, payload ID, sequence, signalling algorithm and content type
/// mean nothing to the receiver of a key and are kept as they come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SealedParameters<'a> {
    octets: &'a [u8],
    header: ParametersHeader,
}

/// What stands before the ciphertext.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ParametersHeader {
    /// 43 in hexadecimal; 40 is received as well.
    pub message_type: u8,
    /// Seconds since 1970, on five octets.
    pub date: u64,
    /// 0 beside a key.
    pub payload_id: u32,
    /// 0 beside a key.
    pub sequence: u8,
    /// The signalling algorithm of TS 33.180 8.5.4.1, which is optional and isn't sent. The length of the whole
    /// tells whether it is there.
    pub signalling_algorithm: Option<u8>,
    /// Fresh for every sealing under one key. **If it repeats for other parameters, their difference shows,
    /// and others can be forged**; [`hedged`](Self::hedged) makes one that doesn't.
    pub nonce: [u8; 16],
    /// The identifier under which the key travels: the CSB ID.
    #[doc(alias = "DPPK-ID")]
    pub key_id: u32,
    /// 0 in the vectors that were seen; the sources don't say what it is. The seal doesn't authenticate
    /// it: only the signature of the message does.
    pub content: u8,
}

impl ParametersHeader {
    /// Octets that are authenticated beside the ciphertext, without a signalling algorithm.
    const LEN: usize = 32;

    /// A header with everything 0 that E.6 has be 0.
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

    /// Octets of it that are authenticated.
    const fn len(&self) -> usize {
        Self::LEN + self.signalling_algorithm.is_some() as usize
    }

    /// The header with a nonce for these parameters, derived from the one that it has.
    ///
    /// ```text
    /// nonce = the first 16 octets of HMAC-SHA-256( DPCK, header with the former nonce ‖ parameters )
    /// ```
    ///
    /// It repeats only where the whole message would repeat, whatever the generator of the former nonce
    /// gives. The payload cipher key DPCK is the key of AES-GCM, and no other HMAC is keyed with it.
    ///
    /// Secret: `secret`, the parameters. Public: the nonce.
    ///
    /// Errors: [`Error::Parameters`] for what doesn't fit.
    pub fn hedged(self, parameters: &KeyParameters, secret: &SharedSecret) -> Result<Self, Error> {
        let key = derive::payload_cipher_key(secret.as_bytes(), self.key_id)?;
        let parts = [&self.encode()?[..], &parameters.encode()?];
        let mac = stack_wiped(|| hmac_sha256(&*key, &parts))?;
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&mac[..16]);
        // It is sent.
        Ok(Self { nonce: ct::publish(nonce), ..self })
    }

    /// What is authenticated. Before it is hedged, its nonce is what was drawn.
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

    /// Key parameters under this header, encrypted with the key derived from `secret`.
    ///
    /// Secret: `secret`, the parameters.
    ///
    /// Errors: [`Error::Parameters`] for what doesn't fit.
    pub fn seal(
        &self,
        parameters: &KeyParameters,
        secret: &SharedSecret,
    ) -> Result<Vec<u8>, Error> {
        let header = self.encode()?;
        let mut data = parameters.encode()?;
        let key = derive::payload_cipher_key(secret.as_bytes(), self.key_id)?;
        // The library leaves round keys and the key of its hash behind.
        let tag = stack_wiped(|| {
            Cipher::new((&*key).into()).encrypt_inout_detached(
                &self.nonce.into(),
                &header,
                InOutBuf::from(data.as_mut_slice()),
            )
        })
        .map_err(|_| Error::Parameters)?;
        data.extend_from_slice(&tag);
        // It is sent.
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
        // The form that is sent comes first. Octets can be made up that have the right length in both forms.
        let decoded = [false, true].map(|signalling| decode(octets, signalling).ok().flatten());
        let header = decoded.into_iter().flatten().next().ok_or(Error::Parameters)?;
        Ok(Self { octets, header })
    }

    /// What stands before the ciphertext.
    #[must_use]
    pub const fn header(&self) -> &ParametersHeader {
        &self.header
    }

    /// The parameters, if they were sealed with the key derived from `secret`.
    ///
    /// Secret: `secret`, the parameters. Public: the outcome.
    ///
    /// Errors: [`Error::Sealed`]; as of [`KeyParameters::decode`] for what is inside.
    pub fn open(&self, secret: &SharedSecret) -> Result<KeyParameters, Error> {
        self.open_within(secret, &Limits::default())
    }

    /// [`open`](Self::open) within these limits.
    pub fn open_within(
        &self,
        secret: &SharedSecret,
        limits: &Limits,
    ) -> Result<KeyParameters, Error> {
        let mut octets = self.open_octets(secret)?;
        // What is said of a key isn't a key: the receiver acts on it.
        ct::publish_octets(&mut octets);
        KeyParameters::decode_within(&octets, limits)
    }

    /// The content of the parameters, not decoded.
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
        // Whether the tag fits is about to be told.
        ct::publish(outcome).map_err(|_| Error::Sealed)?;
        Ok(data)
    }
}

const fn is_known(message_type: u8) -> bool {
    matches!(message_type, DATA_PAYLOAD | PROTECTED)
}

/// The header of octets that are whole with or without a signalling algorithm; none if they aren't.
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
