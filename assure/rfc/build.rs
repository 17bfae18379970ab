//! Writes the attributes of the two complete examples in test-vectors/rfc.json as constants.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// The group, the constant and the attribute.
const VALUES: [(&str, &str, &str); 11] = [
    ("rfc6507-appendix-a", "KPAK", "KPAK"),
    ("rfc6507-appendix-a", "ID", "ID"),
    ("rfc6507-appendix-a", "SSK", "SSK"),
    ("rfc6507-appendix-a", "PVT", "PVT"),
    ("rfc6507-appendix-a", "J", "j"),
    ("rfc6507-appendix-a", "MESSAGE", "M"),
    ("rfc6507-appendix-a", "SIGNATURE", "signature"),
    ("rfc6508-appendix-a", "Z", "Z"),
    ("rfc6508-appendix-a", "RSK", "RSK"),
    ("rfc6508-appendix-a", "SSV", "SSV"),
    ("rfc6508-appendix-a", "ENCAPSULATED", "encapsulated"),
];

fn main() {
    let file = "../../test-vectors/rfc.json";
    println!("cargo::rerun-if-changed={file}");
    let text = fs::read_to_string(file).expect("readable");
    let mut source = String::new();
    for (group, constant, attribute) in VALUES {
        // The file has one attribute on a line. This takes the first test of the group.
        let group = text.split(&format!("\"name\": \"{group}\"")).nth(1).expect("the group");
        let value = group.split(&format!("\"{attribute}\": \"")).nth(1).expect("the attribute");
        let hex = value.split('"').next().expect("hexadecimal");
        let octets: Vec<u8> = (0..hex.len() / 2)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hexadecimal"))
            .collect();
        writeln!(source, "pub const {constant}: [u8; {}] = {octets:?};", octets.len())
            .expect("room");
    }
    let out = env::var("OUT_DIR").expect("by cargo");
    fs::write(Path::new(&out).join("values.rs"), source).expect("writable");
}
