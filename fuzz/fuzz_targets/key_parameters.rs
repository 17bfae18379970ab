//! Key parameters, in clear and sealed, are refused, or are what their decoded value encodes to.

#![no_main]

use eccsi_sakke::mission_critical::{KeyParameters, SealedParameters};
use eccsi_sakke::sakke::SharedSecret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let plain = KeyParameters::decode(octets);
    let encoded = plain.as_ref().ok().map(|parameters| parameters.encode().expect("decoded"));
    if let Some(encoded) = &encoded {
        // The octets are the content, or an element around it.
        assert!(encoded == octets || encoded == &octets[3..]);
    }
    let secret = SharedSecret::from([1; 16]);
    if let Ok(sealed) = SealedParameters::decode(octets) {
        let _ = sealed.open(&secret);
        // The same header seals another content.
        if let (Ok(parameters), Some(_)) = (plain, encoded) {
            let again = sealed.header().seal(&parameters, &secret).expect("sealed");
            let again = SealedParameters::decode(&again).expect("sealed");
            assert_eq!(again.header(), sealed.header());
            assert_eq!(again.open(&secret), Ok(parameters));
        }
    }
});
