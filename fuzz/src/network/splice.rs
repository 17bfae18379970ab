//! Takes messages apart and puts them together again.

use eccsi_sakke::eccsi::Signature;
use eccsi_sakke::mikey::{Builder, Header, Message, Payload};

/// The message with this header and these payloads, if there can be one.
pub fn built<'a>(
    header: &Header<'_>,
    payloads: impl IntoIterator<Item = Payload<'a>>,
) -> Option<Vec<u8>> {
    let mut builder = Builder::new(header).ok()?;
    for payload in payloads {
        builder.push(&payload).ok()?;
    }
    Some(builder.finish())
}

/// The message with each payload replaced by what `edit` makes of it.
pub fn edited<'a>(
    octets: &'a [u8],
    edit: impl FnMut(Payload<'a>) -> Payload<'a>,
) -> Option<Vec<u8>> {
    let message = Message::decode(octets).ok()?;
    built(message.header(), message.payloads().map(edit))
}

/// Whether both are of the same type, and of the same role if they are identities.
pub fn alike(one: &Payload<'_>, other: &Payload<'_>) -> bool {
    match (one, other) {
        (Payload::Role(one, _), Payload::Role(other, _)) => one == other,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// The message with this signature in place of its own.
pub fn with_signature(mut octets: Vec<u8>, signature: &[u8; Signature::LEN]) -> Vec<u8> {
    if let Some(place) = octets.last_chunk_mut() {
        *place = *signature;
    }
    octets
}
