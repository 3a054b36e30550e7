//! The rule that the mounted file never takes the agent back.

use super::super::memory::Memory;
use super::*;

fn said(text: &str) -> Snapshot {
    let (namespace, name, key) = (NAMESPACE.to_owned(), NAME.to_owned(), KEY.to_owned());
    let origin = Origin::ConfigMap { namespace, name, key, resource_version: "7".to_owned() };
    Snapshot::new(text.to_owned(), origin)
}

fn file(text: &str) -> Snapshot {
    Snapshot::new(text.to_owned(), Origin::File(KEY.into()))
}

fn no_file() -> Result<Snapshot, ReadError> {
    Err(ReadError::NotText { path: KEY.into() })
}

fn down() -> ReadError {
    ReadError::Unauthorized { server: "https://api".to_owned() }
}

fn absent() -> ReadError {
    ReadError::NotFound { namespace: NAMESPACE.to_owned(), name: NAME.to_owned() }
}

fn text(result: Result<Snapshot, ReadError>) -> String {
    result.unwrap().text.to_string()
}

#[test]
fn at_the_start_the_file_is_all_there_is() {
    let memory = Memory::default();
    assert_eq!(text(memory.stand_in(Ok(file("f")), down())), "f");
    assert!(matches!(memory.stand_in(no_file(), down()), Err(ReadError::Neither { .. })));
}

#[test]
fn a_copy_that_lags_behind_the_api_is_not_taken() {
    let mut memory = Memory::default();
    memory.learn(0, "7", Ok(said("new")), Some(Digest::of("old"))).unwrap();
    let snapshot = memory.stand_in(Ok(file("old")), down()).unwrap();
    assert_eq!(&*snapshot.text, "new");
    assert!(snapshot.instead_of.is_some());
    assert_eq!(text(memory.stand_in(Ok(file("new")), down())), "new", "the copy has caught up");
    assert_eq!(text(memory.stand_in(no_file(), down())), "new");
}

#[test]
fn a_copy_that_changed_since_is_news() {
    let mut memory = Memory::default();
    memory.learn(0, "7", Ok(said("a")), Some(Digest::of("a"))).unwrap();
    memory.hear("8", Ok(said("b")));
    assert_eq!(text(memory.stand_in(Ok(file("a")), down())), "b");
    assert_eq!(text(memory.stand_in(Ok(file("c")), down())), "c");
}

#[test]
fn what_the_api_denied_does_not_come_back_from_an_old_copy() {
    let mut memory = Memory::default();
    memory.learn(0, "", Err(absent()), Some(Digest::of("deleted"))).unwrap_err();
    assert!(matches!(memory.stand_in(Ok(file("deleted")), down()), Err(ReadError::Unauthorized { .. })));
    assert_eq!(text(memory.stand_in(Ok(file("created again")), down())), "created again");
}

#[test]
fn older_events_are_known_by_their_version() {
    let mut memory = Memory::default();
    assert!(!memory.is_behind("1"));
    memory.learn(0, "10", Ok(said("x")), None).unwrap();
    assert!(memory.is_behind("9"));
    assert!(!memory.is_behind("10") && !memory.is_behind("11") && !memory.is_behind("opaque"));
}

#[test]
fn a_read_that_the_watch_has_overtaken_changes_nothing() {
    let mut memory = Memory::default();
    memory.learn(memory.turn(), "10", Ok(said("ten")), None).unwrap();
    let turn = memory.turn();
    memory.hear("12", Ok(said("twelve")));
    assert_eq!(text(memory.learn(turn, "11", Ok(said("eleven")), None)), "twelve");
    assert_eq!(text(memory.learn(turn, "", Err(absent()), None)), "twelve");
    assert_eq!(text(memory.learn(turn, "13", Ok(said("thirteen")), None)), "thirteen");
    let restored = memory.turn();
    assert_eq!(text(memory.learn(restored, "5", Ok(said("backup")), None)), "backup");
}

#[test]
fn the_same_complaint_is_made_once() {
    let mut memory = Memory::default();
    assert!(!memory.is_down(None));
    assert!(memory.is_down(Some(&down())));
    assert!(!memory.is_down(Some(&down())));
    assert!(memory.is_down(Some(&absent())));
    assert!(memory.is_down(None));
}
