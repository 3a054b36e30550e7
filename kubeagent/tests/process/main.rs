//! The real binary, from outside: its log lines, its exit status, its ports.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod actions;
mod agent;
mod broken;
mod documentation;
mod durable;
mod file_mode;
mod kubernetes_mode;
mod limiter;
mod reload;
mod settings;
mod stop;
mod trial;
