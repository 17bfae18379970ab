//! Messages in lines of a session description.

use eccsi_sakke::mikey::{Error, Limit, Limits, from_sdp, from_sdp_within, to_sdp};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn a_line_is_read_as_others_write_it() {
    for line in [
        "a=key-mgmt:mikey ARoA",
        "key-mgmt:mikey ARoA",
        "a=key-mgmt:mikey ARoA\r\n",
        "a=key-mgmt:mikey ARoA\n",
        "a=Key-Mgmt:MIKEY ARoA",
    ] {
        assert_eq!(from_sdp(line), Ok(vec![1, 26, 0]), "{line:?}");
    }
    assert_eq!(from_sdp("a=key-mgmt:mikey ARo="), Ok(vec![1, 26]));
    assert_eq!(from_sdp("a=key-mgmt:mikey AQ=="), Ok(vec![1]));
}

#[test]
fn another_line_is_refused() {
    for line in [
        "",
        "a=key-mgmt:mikey",
        "a=key-mgmt:mikey ",
        "a=key-mgmt:other ARoA",
        "a=key-mgmt: mikey ARoA",
        "a=key-mgmt:mikey  ARoA",
        "a=key-mgmt:mikey ARoA ",
        "a=key-mgmt:mikey ARoA\r\n\r\n",
        "a=key-mgmt:mikey AR\noA",
        "a=key-mgmt:mikey ARo",
        "a=key-mgmt:mikey ARp=",
        "a=key-mgmt:mikey ARoA=",
        "a=key-mgmt:mikey AR-_",
        "a=key-mgmt:mikey AR%A",
        "m=key-mgmt:mikey ARoA",
        "a=a=key-mgmt:mikey ARoA",
        "a=crypto:mikey ARoA",
        "a=key-mgmtmikey ARoA",
    ] {
        assert_eq!(from_sdp(line), Err(Error::Sdp), "{line:?}");
    }
}

#[test]
fn a_message_has_its_limit() {
    let limits = Limits { octets: 9, ..Limits::DEFAULT };
    for octets in 1..20 {
        let read = from_sdp_within(&to_sdp(&vec![7; octets]), &limits);
        let expected =
            if octets > 9 { Err(Error::Limit(Limit::Octets)) } else { Ok(vec![7; octets]) };
        assert_eq!(read, expected);
    }
    // The limit is checked before anything is decoded.
    let nothing = format!("a=key-mgmt:mikey {}", "!".repeat(1 << 20));
    assert_eq!(from_sdp(&nothing), Err(Error::Limit(Limit::Octets)));
    let nothing = |characters| format!("a=key-mgmt:mikey {}", "!".repeat(characters));
    assert_eq!(from_sdp_within(&nothing(12), &limits), Err(Error::Sdp));
    assert_eq!(from_sdp_within(&nothing(16), &limits), Err(Error::Limit(Limit::Octets)));
}

proptest! {
    #[test]
    fn what_is_written_is_read(octets in vec(any::<u8>(), 1..200)) {
        prop_assert_eq!(from_sdp(&to_sdp(&octets)), Ok(octets));
    }
}
