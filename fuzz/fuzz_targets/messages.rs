//! Every octet string is refused, or is made again of what it decodes to.

#![no_main]

use eccsi_sakke::mikey::psk::PskMessage;
use eccsi_sakke::mikey::{Builder, IMessage, Message};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let message = Message::decode(octets);
    if let Ok(message) = &message {
        let mut builder = Builder::new(message.header()).expect("a header");
        for payload in message.payloads() {
            builder.push(&payload).expect("a payload");
        }
        assert_eq!(builder.finish(), octets);
        let _ = format!("{message:?}");
    }
    // What holds more than a message must hold a message.
    let special = IMessage::decode(octets).is_ok() || PskMessage::decode_prose(octets).is_ok();
    assert!(message.is_ok() || !special);
    assert!(PskMessage::decode(octets).is_err() || PskMessage::decode_prose(octets).is_ok());
});
