//! The graph, driven from outside with components made for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests and their parts may fail loudly"
)]

mod ledger;
mod life;
mod mend;
mod parts;
mod plan;
mod random;
mod routes;
mod swap;
mod trial;
