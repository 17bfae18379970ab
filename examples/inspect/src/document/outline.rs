//! The tags of a document that cannot be read.

use crate::report::{Field, Item, Place};

/// The most tags that are shown.
const TAGS: usize = 1000;

/// The start tag of each element, in their order.
pub(super) fn of(octets: &[u8]) -> Item {
    let mut item = Item {
        name: "elements".into(),
        place: Some(Place { start: 0, end: octets.len() }),
        summary: "by their tags alone".into(),
        fields: Vec::new(),
    };
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(start) = find(octets, at, b"<") {
        let end = match &octets[start..] {
            [b'<', b'!', b'-', b'-', ..] => find(octets, start + 4, b"-->").map(|end| end + 3),
            [b'<', b'!', b'[', ..] => find(octets, start, b"]]>").map(|end| end + 3),
            _ => find(octets, start, b">").map(|end| end + 1),
        };
        let end = end.unwrap_or(octets.len());
        let tag = &octets[start..end];
        match tag {
            [b'<', b'/', ..] => depth = depth.saturating_sub(1),
            [b'<', b'!' | b'?', ..] => {}
            _ if item.fields.len() == TAGS => break,
            _ => {
                let name = tag[1..].split(|octet| b" \t\r\n/>".contains(octet)).next();
                let name = String::from_utf8_lossy(name.unwrap_or_default());
                item.fields.push(Field {
                    name: format!("{}{}", "  ".repeat(depth.min(32)), name.escape_debug()),
                    place: Some(Place { start, end }),
                    octets: None,
                    meaning: String::new(),
                });
                depth += usize::from(!tag.ends_with(b"/>"));
            }
        }
        at = end;
    }
    item
}

/// Where `what` occurs next, from `at` on.
fn find(octets: &[u8], at: usize, what: &[u8]) -> Option<usize> {
    let rest = octets.get(at..)?;
    rest.windows(what.len()).position(|window| window == what).map(|start| at + start)
}
