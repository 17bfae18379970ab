//! The inspection of a message: what it is read from, what is in it, and which checks it passes.

mod checks;
mod input;
mod layout;
mod words;

use std::fmt;

use eccsi_sakke::NtpTime;
use eccsi_sakke::mikey::Message;
use serde_json::Value;

pub type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// What came out.
pub struct Inspected {
    /// Everything, to be printed.
    pub page: Page,
    /// Whether no check failed.
    pub good: bool,
}

/// Lines of text.
#[derive(Default)]
pub struct Page(String);

impl Page {
    fn line(&mut self, line: impl fmt::Display) {
        self.0 += &line.to_string();
        self.0.push('\n');
    }

    /// A payload: where it starts, what it is called, what it says.
    fn item(&mut self, start: usize, name: &str, line: impl fmt::Display) {
        self.line(format_args!("{start:>5}  {name:<11} {line}"));
    }

    /// A part of it, with a name.
    fn named(&mut self, name: &str, line: impl fmt::Display) {
        self.line(format_args!("         {name:<10} {line}"));
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Inspects the message that `text` has in it, with as many keys as are there.
///
/// Errors: a text that is no octets, keys that are no keys.
pub fn inspect(text: &str, keys: &Value, now: NtpTime) -> Result<Inspected> {
    let octets = input::octets(text)?;
    let mut page = Page::default();
    page.line(format_args!("{} octets", octets.len()));
    let (items, trouble) = layout::of(&octets);
    let message = match Message::decode(&octets) {
        Ok(message) => message,
        Err(error) => {
            page.line(format_args!("\nNOT a MIKEY message that this crate accepts: {error}"));
            layout::print(&mut page, &octets, &items, trouble.as_deref());
            return Ok(Inspected { page, good: false });
        }
    };
    words::print(&mut page, &message, &items, now);
    page.line("\nchecks");
    page.line("  yes  a whole message of known payloads, without an octet too many");
    let good = checks::print(&mut page, &octets, &message, keys, now)?;
    page.line(if good { "\nno check failed" } else { "\nAT LEAST ONE CHECK FAILED" });
    Ok(Inspected { page, good })
}
