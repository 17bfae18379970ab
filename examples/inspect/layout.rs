//! Where the payloads of a message are, by their lengths alone: also of a message that is broken.

use super::Page;

/// A payload, or the header.
pub struct Item {
    /// The number of its type; none is the header's.
    pub kind: Option<u8>,
    pub start: usize,
    pub end: usize,
}

/// What a type of payload is called.
pub const fn name(kind: u8) -> &'static str {
    match kind {
        0 => "end",
        1 => "KEMAC",
        2 => "PKE",
        3 => "DH",
        4 => "SIGN",
        5 => "T",
        6 => "ID",
        7 => "CERT",
        8 => "CHASH",
        9 => "V",
        10 => "SP",
        11 => "RAND",
        12 => "ERR",
        13 => "TR",
        14 => "IDR",
        15 => "RANDR",
        16 => "TP",
        17 => "TICKET",
        20 => "key data",
        21 => "GENERAL-EXT",
        26 => "SAKKE",
        _ => "no known type",
    }
}

/// The items from the first on, and why they don't go on to the end.
pub fn of(octets: &[u8]) -> (Vec<Item>, Option<String>) {
    let mut items = Vec::new();
    let trouble = walk(octets, &mut items).err();
    (items, trouble)
}

/// Octets of a value of two.
fn long(octets: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes([*octets.get(at)?, *octets.get(at + 1)?])))
}

fn short(octets: &[u8], at: usize) -> Option<usize> {
    octets.get(at).copied().map(usize::from)
}

/// Octets of the header with its map.
fn header(octets: &[u8]) -> Option<usize> {
    let (count, map) = (short(octets, 8)?, *octets.get(9)?);
    let mut end = 10;
    for _ in 0..count {
        end += match map {
            0 => 9,
            2 => {
                let policies = short(octets, end + 2)? & 0x7f;
                let data = long(octets, end + 3 + policies)?;
                3 + policies + 2 + data + 1 + short(octets, end + 5 + policies + data)?
            }
            _ => 0,
        };
    }
    Some(end)
}

/// Octets of the payload of this type at `start`; Err for a type without a rule.
fn payload(octets: &[u8], kind: u8, start: usize) -> Result<Option<usize>, ()> {
    Ok(match kind {
        1 => (|| {
            let data = long(octets, start + 2)?;
            let mac = mac(*octets.get(start + 4 + data)?)?;
            Some(5 + data + mac)
        })(),
        4 => long(octets, start).map(|header| 2 + (header & 0x0fff)),
        5 => octets.get(start + 1).map(|kind| if *kind < 2 { 10 } else { 6 }),
        6 => long(octets, start + 2).map(|length| 4 + length),
        9 => octets.get(start + 1).and_then(|kind| mac(*kind)).map(|mac| 2 + mac),
        10 | 14 | 26 => long(octets, start + 3).map(|length| 5 + length),
        11 => short(octets, start + 1).map(|length| 2 + length),
        12 => Some(4),
        21 => long(octets, start + 2).map(|length| 4 + length),
        _ => return Err(()),
    })
}

/// Octets of a MAC.
const fn mac(kind: u8) -> Option<usize> {
    match kind {
        0 => Some(0),
        1 => Some(20),
        2 => Some(32),
        _ => None,
    }
}

fn walk(octets: &[u8], items: &mut Vec<Item>) -> Result<(), String> {
    let end = header(octets).filter(|end| *end <= octets.len());
    let mut start = end.ok_or("the header and its map don't end within the message")?;
    items.push(Item { kind: None, start: 0, end: start });
    let mut next = octets[2];
    while next != 0 {
        let what = format!("the payload at octet {start}, of type {next} ({}),", name(next));
        let length =
            payload(octets, next, start).map_err(|()| format!("{what} is not known here"))?;
        let length = length.ok_or_else(|| format!("{what} breaks off, or its MAC is not known"))?;
        let left = octets.len() - start;
        if length > left {
            return Err(format!("{what} has {length} octets by its lengths, and {left} are left"));
        }
        items.push(Item { kind: Some(next), start, end: start + length });
        next = if next == 4 { 0 } else { octets[start] };
        start += length;
    }
    match octets.len() - start {
        0 => Ok(()),
        left => {
            Err(format!("after the last payload, from octet {start} on, {left} octets are left"))
        }
    }
}

/// Prints how far it is in order.
pub fn print(page: &mut Page, octets: &[u8], items: &[Item], trouble: Option<&str>) {
    page.line("\nby the lengths alone");
    for Item { kind, start, end } in items {
        let name = kind.map_or("HDR", name);
        let shown = hex::encode(&octets[*start..*end.min(&(start + 16))]);
        let more = if end - start > 16 { "…" } else { "" };
        page.line(format_args!(
            "  {start:>5}  {name:<11} {:>5} octets  {shown}{more}",
            end - start
        ));
    }
    page.line(format_args!(
        "  {}",
        trouble.unwrap_or("all lengths fit: it is a value in one of these that is refused")
    ));
}
