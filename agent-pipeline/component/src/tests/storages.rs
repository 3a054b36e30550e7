//! A place is found by id while its extension lives, over an exchange too.

use agent_config::ComponentId;

use crate::{Storage, Storages};

fn storage(directory: &str) -> Storage {
    Storage { directory: directory.into(), fsync: false, max_bytes: 1 }
}

#[test]
fn the_later_of_one_id_is_found_until_it_goes() {
    let storages = Storages::default();
    let id: ComponentId = "file_storage/queues".parse().unwrap();
    let found = || storages.clone().of(&id);
    assert_eq!(found(), None);
    let old = storages.register(id.clone(), storage("a"));
    let refused = storages.register(id.clone(), storage("b"));
    assert_eq!(found(), Some(storage("b")));
    drop(refused);
    assert_eq!(found(), Some(storage("a")));
    let new = storages.register(id.clone(), storage("a"));
    drop(old);
    assert_eq!(found(), Some(storage("a")));
    drop(new);
    assert_eq!(found(), None);
    let _other = storages.register("file_storage".parse().unwrap(), storage("c"));
    assert_eq!(found(), None);
}
