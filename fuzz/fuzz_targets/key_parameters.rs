//! Key parameters, in clear and sealed: refused, or made again of what they decode to.

#![no_main]

use eccsi_sakke::mission_critical::{KeyParameters, SealedParameters};
use eccsi_sakke::sakke::SharedSecret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let plain = KeyParameters::decode(octets);
    if let Ok(parameters) = &plain {
        assert_eq!(parameters.encode().expect("encoded"), octets);
    }
    let _ = KeyParameters::decode_either(octets);
    let secret = SharedSecret::from([1; 16]);
    if let Ok(sealed) = SealedParameters::decode(octets) {
        let _ = sealed.open(&secret);
        // Another content under the same header.
        if let Ok(parameters) = plain {
            let again = sealed.header().seal(&parameters, &secret).expect("sealed");
            let again = SealedParameters::decode(&again).expect("sealed");
            assert_eq!(again.header(), sealed.header());
            assert_eq!(again.open(&secret), Ok(parameters));
        }
    }
});
