//! The place of everything in a message, octet by octet. This also works for a message that is refused, as far as its
//! lengths can be followed.

mod payloads;

use std::ops::Range;

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::Limits;

use super::names;
use crate::report::{Field, Item, Place};

/// The content of a message.
#[derive(Default)]
pub(super) struct Structure {
    /// Header and payloads. Their fields contain every octet that was reached once.
    pub(super) items: Vec<Item>,
    /// The first reason why the lengths cannot be followed.
    pub(super) trouble: Option<String>,
    pub(super) facts: Facts,
}

/// What the checks of a refused message need.
#[derive(Default)]
pub(super) struct Facts {
    /// The data type.
    pub(super) message_type: Option<u8>,
    pub(super) prf: Option<u8>,
    /// The numbers of encryption and MAC of KEMAC.
    pub(super) kemac: Option<(u8, u8)>,
    /// The places of Encapsulated Data, each with a name.
    pub(super) encapsulations: Vec<(&'static str, Range<usize>)>,
    /// The signature of type ECCSI.
    pub(super) signature: Option<Range<usize>>,
}

/// The structure of these octets. Times are read in the era nearest to `now`.
pub(super) fn of(octets: &[u8], now: NtpTime) -> Structure {
    let mut walk = Walk { octets, at: 0, end: octets.len(), now, found: Structure::default() };
    if octets.len() > Limits::DEFAULT.octets {
        walk.trouble(format!(
            "a message of more than {} octets is not inspected",
            Limits::DEFAULT.octets
        ));
        return walk.found;
    }
    if let Err(trouble) = walk.message() {
        walk.trouble(trouble);
    }
    if walk.at < octets.len() {
        let start = walk.at;
        walk.open("octets that are left");
        // This cannot fail: the octets are there.
        let _ = walk.field("octets", octets.len() - start, |_| String::new());
        let left = octets.len() - start;
        walk.trouble(format!(
            "after the last payload, from octet {start} on, {left} octets are left"
        ));
    }
    walk.found
}

/// A step through the message, or the sentence that says why it cannot be made.
type Step<T = ()> = Result<T, String>;

struct Walk<'a> {
    octets: &'a [u8],
    at: usize,
    /// Where the present part must end.
    end: usize,
    now: NtpTime,
    found: Structure,
}

impl<'a> Walk<'a> {
    /// Records a trouble. Only the first is kept, because others follow from it.
    fn trouble(&mut self, trouble: String) {
        self.found.trouble.get_or_insert(trouble);
    }

    /// Begins an item.
    fn open(&mut self, name: &str) {
        let place = Some(Place { start: self.at, end: self.at });
        self.found.items.push(Item { name: name.into(), place, ..Item::default() });
    }

    /// Sets the summary of the item.
    fn sum_up(&mut self, summary: impl Into<String>) {
        if let Some(item) = self.found.items.last_mut() {
            item.summary = summary.into();
        }
    }

    /// Adds the next `len` octets to the item as a field.
    ///
    /// Errors: there are fewer octets. Then the field has those.
    fn field(
        &mut self,
        name: &str,
        len: usize,
        meaning: impl FnOnce(&'a [u8]) -> String,
    ) -> Step<&'a [u8]> {
        let left = self.end.saturating_sub(self.at);
        let octets = &self.octets[self.at..][..len.min(left)];
        let is_whole = octets.len() == len;
        let place = Place { start: self.at, end: self.at + octets.len() };
        self.at = place.end;
        let Some(item) = self.found.items.last_mut() else { return Err(String::new()) };
        let (of, start) = (&item.name, place.start);
        let step = if is_whole {
            Ok(octets)
        } else {
            Err(format!("{name} of {of}, at octet {start}, has {len} octets, and {left} are left"))
        };
        if let Some(place) = &mut item.place {
            place.end = self.at;
        }
        if is_whole || left > 0 {
            item.fields.push(Field {
                name: name.into(),
                place: Some(place),
                octets: Some(hex::encode(octets)),
                meaning: if is_whole { meaning(octets) } else { String::new() },
            });
        }
        step
    }

    /// An octet.
    fn octet(&mut self, name: &str, meaning: impl FnOnce(u8) -> String) -> Step<u8> {
        let value = |octets: &[u8]| octets.first().copied().unwrap_or_default();
        self.field(name, 1, |octets| meaning(value(octets))).map(value)
    }

    /// An octet that is a number, with its meaning.
    fn number(&mut self, name: &str, meaning: impl FnOnce(u8) -> &'static str) -> Step<u8> {
        self.octet(name, |number| match meaning(number) {
            "" => number.to_string(),
            meaning => format!("{number} ({meaning})"),
        })
    }

    /// A length in this number of octets.
    fn length(&mut self, name: &str, len: usize) -> Step<usize> {
        let value =
            |octets: &[u8]| octets.iter().fold(0, |value, octet| value << 8 | usize::from(*octet));
        self.field(name, len, |octets| value(octets).to_string()).map(value)
    }

    /// Octets without a meaning beside them.
    fn raw(&mut self, name: &str, len: usize) -> Step<&'a [u8]> {
        self.field(name, len, |_| String::new())
    }

    /// Calls `read` for the next `len` octets. What it does not read becomes a field of its own.
    fn within(&mut self, name: &str, len: usize, read: impl FnOnce(&mut Self) -> Step) -> Step {
        if self.end - self.at < len {
            return self.raw(name, len).map(drop);
        }
        let outer = self.end;
        self.end = self.at + len;
        if let Err(trouble) = read(self) {
            self.trouble(trouble);
        }
        if self.at < self.end {
            let (start, left) = (self.at, self.end - self.at);
            self.raw(name, left)?;
            self.trouble(format!("in {name}, from octet {start} on, {left} octets are left"));
        }
        self.end = outer;
        Ok(())
    }

    fn message(&mut self) -> Step {
        let mut next = self.header()?;
        while next != 0 {
            next = self.payload(next)?;
        }
        Ok(())
    }

    /// Reads the header, and returns the type of the first payload.
    fn header(&mut self) -> Step<u8> {
        self.open("HDR");
        self.number("version", |version| if version == 1 { "" } else { "not 1" })?;
        let message_type = self.number("data type", names::message)?;
        self.found.facts.message_type = Some(message_type);
        self.sum_up(names::message(message_type));
        let next = self.number("next payload", names::payload)?;
        let octet = self.octet("V and PRF", |octet| {
            let v =
                if octet >> 7 == 0 { "V 0" } else { "V 1, a verification message is asked for" };
            format!("{v}; {} ({})", octet & 0x7f, names::prf(octet & 0x7f))
        })?;
        self.found.facts.prf = Some(octet & 0x7f);
        // In other messages it is any number.
        let is_sakke = message_type == 26;
        let meaning = |id: &[u8]| if is_sakke { names::key_id(id) } else { hex::encode(id) };
        self.field("CSB ID", 4, meaning)?;
        let count = self.number("#CS", |_| "")?;
        let map = self.number("CS ID map type", names::map)?;
        for i in 1..=usize::from(count) {
            match map {
                0 => self.stream(i)?,
                1 => {}
                2 => self.session()?,
                _ => return Err(format!("the end of a map of type {map} is not known")),
            }
        }
        Ok(next)
    }

    /// An entry of a map of type SRTP-ID.
    fn stream(&mut self, cs_id: usize) -> Step {
        self.number(&format!("CS {cs_id}, policy"), |_| "")?;
        self.raw("SSRC", 4)?;
        self.length("ROC", 4).map(drop)
    }

    /// An entry of a map of type GENERIC-ID.
    fn session(&mut self) -> Step {
        self.number("CS ID", |_| "")?;
        self.number("protocol", names::protocol)?;
        let octet =
            self.octet("S and #P", |octet| format!("S {}; {} policies", octet >> 7, octet & 0x7f))?;
        self.field("policies", usize::from(octet & 0x7f), |octets| {
            let numbers: Vec<String> = octets.iter().map(u8::to_string).collect();
            numbers.join(" ")
        })?;
        let len = self.length("length", 2)?;
        self.raw("session data", len)?;
        let len = self.length("length", 1)?;
        self.raw("SPI", len).map(drop)
    }
}
