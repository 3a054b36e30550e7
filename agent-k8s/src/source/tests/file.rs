//! Reading a file, and what is refused.

use tempfile::tempdir;

use super::*;

#[tokio::test]
async fn a_file_is_read_as_a_whole() {
    let dir = tempdir().unwrap();
    mount(dir.path(), "a: 1\n");
    let snapshot = FileSource::new(dir.path(), KEY).read().await.unwrap();
    assert_eq!(&*snapshot.text, "a: 1\n");
    assert_eq!(snapshot.origin.to_string(), format!("file {}", dir.path().join(KEY).display()));
}

#[tokio::test]
async fn what_is_not_a_document_is_refused() {
    let dir = tempdir().unwrap();
    let source = FileSource::new(dir.path(), KEY);
    assert!(matches!(source.read().await.unwrap_err(), ReadError::File { .. }));
    std::fs::write(source.path(), [0xff, 0xfe]).unwrap();
    assert!(matches!(source.read().await.unwrap_err(), ReadError::NotText { .. }));
    std::fs::write(source.path(), vec![b'x'; TEXT_LIMIT + 1]).unwrap();
    assert!(matches!(source.read().await.unwrap_err(), ReadError::TooLarge { .. }));
    std::fs::remove_file(source.path()).unwrap();
    std::fs::create_dir(source.path()).unwrap();
    let error = source.read().await.unwrap_err();
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("not a regular file"));
}
