//! Follows a document: re-reads, a watch of the `ConfigMap`, a watch of the file, merged into one sequence of news.
//!
//! Not a task: it runs while `next` is awaited, and stops without a trace when it is dropped. The same text is never
//! reported twice in a row, whoever says it, nor is the same failure; of several texts that arrived while nobody waited
//! only the newest is reported.
//!
//! Who has the last word: a read of the API, then the watch of it, then the mounted file. The file is watched in file
//! mode, and in Kubernetes mode as long as it stands in for an API that cannot be read.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::burst::Burst;
use super::folder::Folder;
use super::reads::Reads;
use super::watch::Watcher;
use super::{Digest, FileSource, ReadError, Snapshot, Source};

/// What a watch says is told after it has been quiet for this long: with it come the texts that were waiting behind it.
const SETTLED: Duration = Duration::from_millis(20);

/// A watch that never is quiet is told all the same.
const LONGEST: Duration = Duration::from_millis(200);

/// What has been said about a document since the start. Made by [`Source::changes`].
#[derive(Debug)]
pub struct Changes {
    reads: Reads,
    watcher: Option<Watcher>,
    /// The newest thing that the watch said, not told yet.
    heard: Option<(Result<Snapshot, ReadError>, Burst)>,
    /// The file, where it is the source.
    file: Option<FileSource>,
    /// The mounted copy, where there is one.
    mounted: Option<FileSource>,
    folder: Option<Folder>,
    asked: Reread,
    text: Option<Digest>,
    trouble: Option<String>,
}

/// Asks [`Changes`] to read again. Clones ask the same one.
#[derive(Debug, Clone, Default)]
pub struct Reread(Arc<Notify>);

impl Reread {
    /// The next [`Changes::next`] reads at once, whatever the interval; asking many times before that is asking once.
    ///
    /// A text that is the same is no news all the same. A failure is told again, even if it was told before, because now
    /// somebody asked.
    pub fn now(&self) {
        self.0.notify_one();
    }
}

impl Changes {
    pub(super) fn new(source: Source, interval: Duration) -> Self {
        let (watcher, file, mounted) = match &source {
            Source::ConfigMap(source) => {
                (Some(Watcher::new(source.clone())), None, source.mounted().cloned())
            }
            Source::File(file) => (None, Some(file.clone()), None),
        };
        Self {
            reads: Reads::new(source, interval),
            watcher,
            heard: None,
            file,
            mounted,
            folder: None,
            asked: Reread::default(),
            text: None,
            trouble: None,
        }
    }

    /// What makes the next [`Changes::next`] read at once: for a signal, for a request.
    pub fn reread(&self) -> Reread {
        self.asked.clone()
    }

    /// Waits for the next news: first what is there now, then every text that differs from the one before.
    ///
    /// May be dropped at any time, for instance in a `select!`: nothing is lost, and a call that has begun goes on at the
    /// next `next`.
    ///
    /// # Errors
    ///
    /// Why the document cannot be read, once for each reason; the sequence goes on after it.
    pub async fn next(&mut self) -> Result<Snapshot, ReadError> {
        if let (Some(file), None) = (&self.file, &self.folder) {
            self.folder.insert(Folder::of(file)).open();
        }
        loop {
            // The watch waits for the first read: what it would list is what that reads.
            let watcher = self.watcher.as_mut().filter(|_| self.reads.any());
            let result = tokio::select! {
                biased;
                () = self.asked.0.notified() => {
                    self.trouble = None;
                    self.reads.ask();
                    continue;
                }
                result = self.reads.next() => match self.read(result) {
                    Some(result) => result,
                    None => continue,
                },
                () = settled(&mut self.folder) => {
                    match self.file {
                        Some(_) => self.reads.ask(),
                        None => self.reads.ask_stand_in(),
                    }
                    continue;
                }
                result = over(&mut self.heard) => result,
                result = heard(watcher) => {
                    let burst = Burst::happened(self.heard.take().map(|(_, burst)| burst));
                    self.heard = Some((result, burst));
                    continue;
                }
            };
            if let Some(news) = self.news(result) {
                return news;
            }
        }
    }

    /// Takes what a read brought, unless it was a file that is being written.
    fn read(&mut self, result: Result<Snapshot, ReadError>) -> Option<Result<Snapshot, ReadError>> {
        let from_api = self.file.is_none()
            && match &result {
                Ok(snapshot) => snapshot.instead_of.is_none(),
                Err(error) => !error.api_is_unreadable(),
            };
        if from_api {
            self.folder = None;
        } else if let Some(folder) = &mut self.folder {
            let disturbed = folder.is_disturbed();
            folder.renew();
            if disturbed {
                return None;
            }
        } else if let Some(mounted) = &self.mounted {
            self.folder.insert(Folder::of(mounted)).renew();
        }
        if let Ok(snapshot) = &result {
            let heard = self.heard.take().and_then(|(heard, _)| heard.ok()).map(|heard| heard.digest);
            let is_new = self.text != Some(snapshot.digest) && heard != Some(snapshot.digest);
            if let (true, Some(watcher)) = (is_new, &mut self.watcher) {
                watcher.doubt();
            }
        }
        Some(result)
    }

    fn news(&mut self, result: Result<Snapshot, ReadError>) -> Option<Result<Snapshot, ReadError>> {
        match result {
            Ok(snapshot) => {
                self.trouble = None;
                let new = self.text.replace(snapshot.digest) != Some(snapshot.digest);
                new.then_some(Ok(snapshot))
            }
            Err(error) => {
                let trouble = error.to_string();
                let new = self.trouble.as_ref() != Some(&trouble);
                self.trouble = Some(trouble);
                new.then_some(Err(error))
            }
        }
    }
}

async fn settled(folder: &mut Option<Folder>) {
    match folder {
        Some(folder) => folder.settled().await,
        None => std::future::pending().await,
    }
}

/// Waits until the watch is quiet, and takes what it said last.
async fn over(heard: &mut Option<(Result<Snapshot, ReadError>, Burst)>) -> Result<Snapshot, ReadError> {
    if let Some((_, burst)) = heard {
        tokio::time::sleep_until(burst.end(SETTLED, LONGEST)).await;
    }
    match heard.take() {
        Some((result, _)) => result,
        None => std::future::pending().await,
    }
}

async fn heard(watcher: Option<&mut Watcher>) -> Result<Snapshot, ReadError> {
    match watcher {
        Some(watcher) => watcher.next().await,
        None => std::future::pending().await,
    }
}
