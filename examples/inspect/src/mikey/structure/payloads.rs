//! The payloads: RFC 3830 section 6, RFC 6043 section 6, RFC 6509 section 4.

use super::{Step, Walk};
use crate::mikey::names;

const SAKKE: &str = "SAKKE";

/// The octets of R, of H, of a signature of type ECCSI, and of an integer in it.
const R: usize = 257;
const H: usize = 16;
const SIGNATURE: usize = 129;
const INTEGER: usize = 32;

/// The octets of a MAC. None for an unknown algorithm.
const fn mac_len(algorithm: u8) -> Option<usize> {
    match algorithm {
        0 => Some(0),
        1 => Some(20),
        2 => Some(32),
        _ => None,
    }
}

impl<'a> Walk<'a> {
    /// Reads the payload of this type, and returns the type of the next.
    pub(super) fn payload(&mut self, number: u8) -> Step<u8> {
        let read = match number {
            1 => Self::kemac,
            2 => Self::pke,
            4 => {
                self.open("SIGN");
                return self.sign().map(|()| 0);
            }
            5 => Self::timestamp,
            6 => Self::identity,
            7 => Self::cert,
            8 => Self::chash,
            9 => Self::mac,
            10 => Self::policy,
            11 => Self::rand,
            12 => Self::error,
            14 => Self::role,
            21 => Self::extension,
            26 => |walk: &mut Self| walk.sakke(SAKKE),
            _ => {
                let (start, name) = (self.at, names::payload(number));
                return Err(format!(
                    "the end of the payload at octet {start}, of type {number} ({name}), is not known"
                ));
            }
        };
        self.open(names::payload(number));
        let next = self.number("next payload", names::payload)?;
        read(self)?;
        Ok(next)
    }

    fn kemac(&mut self) -> Step {
        let encryption = self.number("encryption", names::encryption)?;
        let len = self.length("length", 2)?;
        if encryption == 0 {
            self.within("key data", len, Self::key_data)?;
        } else {
            self.raw("encrypted key data", len)?;
        }
        let mac = self.message_mac()?;
        self.found.facts.kemac = Some((encryption, mac));
        let (encryption, mac) = (names::encryption(encryption), names::mac(mac));
        self.sum_up(format!("encryption {encryption}, MAC {mac}"));
        Ok(())
    }

    /// Key data sub-payloads in clear.
    fn key_data(&mut self) -> Step {
        loop {
            let next = self.number("next key data", names::payload)?;
            let octet = self.octet("type and validity", |octet| {
                let (kind, validity) = (octet >> 4, octet & 0x0f);
                let (of_kind, of_validity) = (names::key_data(kind), names::validity(validity));
                format!("{kind} ({of_kind}); {validity} ({of_validity})")
            })?;
            let len = self.length("length", 2)?;
            self.raw("key, in clear", len)?;
            if matches!(octet >> 4, 1 | 3 | 5) {
                let len = self.length("length", 2)?;
                self.raw("salt, in clear", len)?;
            }
            let limits: &[&str] = match octet & 0x0f {
                0 => &[],
                1 => &["SPI or MKI"],
                2 => &["valid from", "valid to"],
                validity => {
                    return Err(format!("the end of a validity of type {validity} is not known"));
                }
            };
            for limit in limits {
                let len = self.length("length", 1)?;
                self.raw(limit, len)?;
            }
            if next == 0 {
                return Ok(());
            }
        }
    }

    fn pke(&mut self) -> Step {
        let len = self.length("C and length", 2)? & 0x3fff;
        self.raw("data", len).map(drop)
    }

    fn timestamp(&mut self) -> Step {
        let kind = self.number("type", names::timestamp)?;
        let len = match kind {
            0 | 1 => 8,
            2 | 3 => 4,
            _ => return Err(format!("the end of a T of type {kind} is not known")),
        };
        let now = self.now;
        let value = self.raw("value", len)?;
        self.sum_up(names::time(kind, value, now));
        Ok(())
    }

    fn role(&mut self) -> Step {
        let role = self.number("role", names::role)?;
        self.sum_up(names::role(role));
        let identity = self.identity_data()?;
        self.sum_up(format!("{}: {}", names::role(role), names::text(identity)));
        Ok(())
    }

    fn identity(&mut self) -> Step {
        let identity = self.identity_data()?;
        self.sum_up(names::text(identity));
        Ok(())
    }

    fn identity_data(&mut self) -> Step<&'a [u8]> {
        self.number("type", names::identity)?;
        let len = self.length("length", 2)?;
        self.field("identity", len, names::text)
    }

    fn cert(&mut self) -> Step {
        self.number("type", |_| "")?;
        let len = self.length("length", 2)?;
        self.raw("certificate", len).map(drop)
    }

    fn chash(&mut self) -> Step {
        let len = match self.number("hash function", |_| "")? {
            0 => 20,
            1 => 16,
            2 => 32,
            function => {
                return Err(format!("the end of a hash of function {function} is not known"));
            }
        };
        self.raw("hash", len).map(drop)
    }

    fn mac(&mut self) -> Step {
        let mac = self.message_mac()?;
        self.sum_up(names::mac(mac));
        Ok(())
    }

    /// Reads a MAC, and returns its algorithm.
    fn message_mac(&mut self) -> Step<u8> {
        let algorithm = self.number("MAC algorithm", names::mac)?;
        let len = mac_len(algorithm)
            .ok_or_else(|| format!("the end of a MAC of algorithm {algorithm} is not known"))?;
        self.raw("MAC", len)?;
        Ok(algorithm)
    }

    fn policy(&mut self) -> Step {
        let number = self.number("number", |_| "")?;
        let protocol = self.number("protocol", names::protocol)?;
        self.sum_up(format!("policy {number}, {}", names::protocol(protocol)));
        let len = self.length("length", 2)?;
        self.within("parameters", len, |walk| {
            while let [kind, rest @ ..] = &walk.octets[walk.at..walk.end] {
                walk.parameter(protocol, *kind, rest.first().copied())?;
            }
            Ok(())
        })
    }

    /// Type, length and value of a parameter, as one field.
    fn parameter(&mut self, protocol: u8, kind: u8, len: Option<u8>) -> Step {
        let len = 2 + len.map_or(0, usize::from);
        let meaning =
            |octets: &[u8]| names::parameter(protocol, kind, octets.get(2..).unwrap_or_default());
        self.field(&format!("parameter {kind}"), len, meaning).map(drop)
    }

    fn rand(&mut self) -> Step {
        let len = self.length("length", 1)?;
        self.sum_up(format!("{len} octets"));
        self.raw("value", len).map(drop)
    }

    fn error(&mut self) -> Step {
        let number = self.number("error", names::error)?;
        self.sum_up(names::error(number));
        self.raw("reserved", 2).map(drop)
    }

    fn extension(&mut self) -> Step {
        let kind = self.number("type", names::extension)?;
        self.sum_up(names::extension(kind));
        let len = self.length("length", 2)?;
        match kind {
            6 => self.within("data", len, |walk| {
                walk.number("next payload", names::payload)?;
                walk.sakke("SAKKE to the initiator itself")
            }),
            7 => self.within("data", len, Self::key_parameters),
            _ => self.raw("data", len).map(drop),
        }
    }

    /// TS 33.180 E.6: sealed key parameters.
    fn key_parameters(&mut self) -> Step {
        self.field("message type", 1, hex::encode)?;
        self.length("date, after 1970", 5)?;
        self.length("payload ID", 4)?;
        self.length("sequence", 1)?;
        self.number("algorithm", |algorithm| match algorithm {
            1 => "AES-128-GCM",
            2 => "AES-256-GCM",
            _ => "unknown algorithm",
        })?;
        self.raw("nonce", 16)?;
        self.field("under", 4, names::key_id)?;
        self.number("content", |_| "")?;
        let len = self.length("length", 2)?;
        self.raw("sealed", len).map(drop)
    }

    fn sakke(&mut self, name: &'static str) -> Step {
        let set = self.number("parameter set", |_| "")?;
        let scheme = self.number("identifier scheme", names::scheme)?;
        if name == SAKKE {
            self.sum_up(format!("parameter set {set}, identifier scheme {scheme}"));
        }
        let len = self.length("length", 2)?;
        if len != R + H {
            return self.raw("data", len).map(drop);
        }
        let start = self.at;
        self.raw("R", R)?;
        self.raw("H", H)?;
        self.found.facts.encapsulations.push((name, start..self.at));
        Ok(())
    }

    fn sign(&mut self) -> Step {
        let octets = self.field("type and length", 2, |octets| {
            let (kind, len) = type_and_length(octets);
            format!("{kind} ({}); {len} octets", names::signature(kind))
        })?;
        let (kind, len) = type_and_length(octets);
        self.sum_up(names::signature(kind));
        if kind != 2 || len != SIGNATURE {
            return self.raw("signature", len).map(drop);
        }
        let start = self.at;
        self.raw("r", INTEGER)?;
        self.raw("s", INTEGER)?;
        self.raw("PVT", SIGNATURE - 2 * INTEGER)?;
        self.found.facts.signature = Some(start..self.at);
        Ok(())
    }
}

/// The type of a signature in four bits, and its length in twelve.
const fn type_and_length(octets: &[u8]) -> (u8, usize) {
    match octets {
        [high, low] => (*high >> 4, ((*high & 0x0f) as usize) << 8 | *low as usize),
        _ => (0, 0),
    }
}
