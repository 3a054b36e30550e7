//! One thread for work that would keep others waiting, of all receivers together: one piece of work at a time, and after
//! those who serve connections.
//!
//! A thread of its own and not the runtime's for blocking work, for two reasons. It takes a lower priority, which nobody may raise
//! again without privileges. And what it keeps for the next time, its own and the allocator's, is there once; several
//! threads that take turns keep it several times.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::thread::Builder;

use tokio::sync::{mpsc, oneshot};

/// What is added to the nice value (sched(7)): a tenth of the processor, about, where threads that serve connections want all of it.
const NICER: i32 = 10;

type Work = Box<dyn FnOnce() + Send>;

/// The thread is there from the first time on. Work that is handed on waits for its turn here, so that it need not be held.
static THREAD: LazyLock<Option<mpsc::Sender<Work>>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel(1);
    Builder::new().name("aside".to_owned()).spawn(move || run(receiver)).ok().map(|_| sender)
});

/// Does work when its turn has come; `None` when it panicked. Work that nobody waits for any more is not begun.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    // A process that cannot have one thread more has other troubles than somebody who waits.
    let Some(thread) = &*THREAD else { return Some(work()) };
    let (answer, answered) = oneshot::channel();
    let work = move || {
        if !answer.is_closed() {
            let _gone = answer.send(work());
        }
    };
    thread.send(Box::new(work)).await.ok()?;
    answered.await.ok()
}

fn run(mut works: mpsc::Receiver<Work>) {
    // In Linux this is the thread's own. Without it everything works, only less well for others.
    let _ = rustix::process::nice(NICER);
    while let Some(work) = works.blocking_recv() {
        // Told by the answer that never comes.
        let _ = catch_unwind(AssertUnwindSafe(work));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use tokio::task::JoinSet;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_panic_ends_the_work_and_not_the_thread() {
        assert_eq!(aside(|| -> u32 { panic!("of the test") }).await, None);
        assert_eq!(aside(|| 7).await, Some(7));
    }

    #[tokio::test]
    async fn it_is_one_thread_of_lower_priority() {
        let look = || (std::thread::current().id(), rustix::process::getpriority_process(None).unwrap());
        let (one, other) = (aside(look).await.unwrap(), aside(look).await.unwrap());
        assert_eq!(one, other);
        let own = rustix::process::getpriority_process(None).unwrap();
        assert_eq!(one.1, (own + NICER).min(19));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_not_begun() {
        let (go, wait) = channel::<()>();
        let (done, is_done) = channel();
        let (begun, has_begun) = oneshot::channel();
        let mut first = JoinSet::new();
        first.spawn(aside(move || {
            begun.send(()).unwrap();
            wait.recv().is_ok()
        }));
        has_begun.await.unwrap();
        // Handed on, or waiting to be, when nobody wants it any more.
        let second = timeout(Duration::from_millis(10), aside(move || done.send(()))).await;
        assert!(second.is_err());
        go.send(()).unwrap();
        assert_eq!(first.join_next().await.unwrap().unwrap(), Some(true));
        assert_eq!(aside(|| 7).await, Some(7));
        assert!(is_done.try_recv().is_err());
    }
}
