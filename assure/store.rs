//! The store of a client that holds no key yet, of the packages `memory` and `poison`.

use eccsi_sakke::mikey::MemoryCache;
use eccsi_sakke::mission_critical::MemoryStore;

pub fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(10), 10)
}
