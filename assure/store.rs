//! The store of a client that has no key yet. The packages `memory` and `poison` share it.

use eccsi_sakke::mikey::MemoryCache;
use eccsi_sakke::mission_critical::MemoryStore;

pub fn store() -> MemoryStore {
    MemoryStore::new(MemoryCache::new(10), 10)
}
