//! Any text and number is refused as an identifier or a period, or makes the same one every time.
#![no_main]

use eccsi_sakke::{Identifier, KeyPeriods, KmsUri, NtpTime, UserUri, hazmat};
use eccsi_sakke_fuzz::take;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut data = data;
    let [period, offset, time] = [(); 3].map(|()| u64::from_be_bytes(take(&mut data)));
    let (year, month) = (u16::from_be_bytes(take(&mut data)), take::<1>(&mut data)[0]);
    let split = usize::from(take::<1>(&mut data)[0]).min(data.len());
    let texts = (std::str::from_utf8(&data[..split]), std::str::from_utf8(&data[split..]));
    let (Ok(uri), Ok(kms)) = texts else { return };

    if let Ok(id) = Identifier::tel_monthly(year, month, uri) {
        assert_eq!(Identifier::try_from(id.as_bytes()).expect("an identifier"), id);
        assert_eq!(&id.as_bytes()[..4], format!("{year:04}").as_bytes());
    }
    let time = NtpTime::from_seconds(time);
    let _ = time.year_month();
    if let Ok(periods) = KeyPeriods::new(period).and_then(|periods| periods.with_offset(offset))
        && let Ok(number) = periods.number(time)
        && let Ok(uid) = periods.uid(UserUri(uri), KmsUri(kms), number)
    {
        assert_eq!(periods.uid_at(UserUri(uri), KmsUri(kms), time).expect("as before"), uid);
        let stored = uid.as_bytes().try_into().expect("32 octets");
        assert_eq!(Identifier::from_uid(stored).map(|uid| uid.kind()), Ok(uid.kind()));
        let input =
            hazmat::uid_input(&periods, UserUri(uri), KmsUri(kms), number).expect("as before");
        assert!(
            input.windows(uri.len().max(1)).any(|text| uri.is_empty() || text == uri.as_bytes())
        );
    }
});
