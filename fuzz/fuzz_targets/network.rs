//! In a life of receivers in a network that an adversary owns, what they accept was sent to them, once.

#![no_main]

use std::sync::LazyLock;

use eccsi_sakke_fuzz::network::{Control, Tally, World, live};
use libfuzzer_sys::fuzz_target;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(600));

fuzz_target!(|octets: &[u8]| {
    if let Err(violation) = live(&WORLD, octets, Control::None, &mut Tally::default()) {
        panic!("{violation:?}");
    }
});
