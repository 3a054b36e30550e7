//! The tasks of the readers.

use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::Metrics;
use super::configure::Reader;
use super::prometheus::serve;

/// A reader whose task runs, and what ends it.
struct Running {
    reader: Reader,
    end: CancellationToken,
}

impl Metrics {
    /// Runs the readers of the newest configuration until `stop`; a push is then made once more, within 3 s.
    ///
    /// Cancel `stop` when everything else has ended, so that the last numbers are in the last push. All tasks are joined.
    pub async fn run(self, stop: CancellationToken) {
        let mut changes = self.readers().subscribe();
        let mut tasks = JoinSet::new();
        let mut running: Vec<Running> = Vec::new();
        loop {
            let wanted = changes.borrow_and_update().list.clone();
            running.retain(|one| {
                let stays = wanted.iter().any(|reader| reader.is(&one.reader));
                if !stays {
                    one.end.cancel();
                }
                stays
            });
            for reader in wanted {
                if !running.iter().any(|one| one.reader.is(&reader)) {
                    let end = CancellationToken::new();
                    start(&mut tasks, &reader, end.clone(), stop.clone());
                    running.push(Running { reader, end });
                }
            }
            if !others_wanted(&mut changes, &mut tasks, &stop).await {
                break;
            }
        }
        while let Some(ended) = tasks.join_next().await {
            tell(&ended);
        }
    }
}

fn start(tasks: &mut JoinSet<()>, reader: &Reader, end: CancellationToken, stop: CancellationToken) {
    match reader.clone() {
        Reader::Push(push) => tasks.spawn(push.run(end, stop)),
        Reader::Pull(endpoint) => tasks.spawn(async move {
            let over = stop.child_token();
            tokio::join!(serve(endpoint, over.clone()), async {
                tokio::select! {
                    () = end.cancelled() => over.cancel(),
                    () = over.cancelled() => {}
                }
            });
        }),
    };
}

/// Waits for other readers; false when it is time to stop.
async fn others_wanted<T>(
    changes: &mut tokio::sync::watch::Receiver<T>,
    tasks: &mut JoinSet<()>,
    stop: &CancellationToken,
) -> bool {
    loop {
        tokio::select! {
            () = stop.cancelled() => return false,
            told = changes.changed() => return told.is_ok(),
            Some(ended) = tasks.join_next() => tell(&ended),
        }
    }
}

fn tell(ended: &Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a reader of the agent's metrics broke down");
    }
}
