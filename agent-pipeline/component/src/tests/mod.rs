//! What the contracts promise, part by part.

mod caught;
mod errors;
mod listeners;
mod memory;
mod next;
mod receipt;
mod shared;
mod step;
mod storages;
