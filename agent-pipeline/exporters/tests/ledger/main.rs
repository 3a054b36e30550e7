//! Real exporters against a backend that fails in every way there is: what was handed in is what was sent, lost, refused
//! or is held, as a scrape of the agent's own metrics tells it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod faults;
mod gauges;
mod rig;
