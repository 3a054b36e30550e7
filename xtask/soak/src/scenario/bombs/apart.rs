//! A runtime with a thread of its own, so that what runs there waits in no queue with the usual clients: who throws bombs is
//! another program than who is to be served, and shares nothing with it but the processors.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

/// Ends with its owner, and everything that runs on it.
pub(super) struct Apart {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Apart {
    pub(super) fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Where to spawn.
    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // To wait for a runtime within another one is a panic.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
