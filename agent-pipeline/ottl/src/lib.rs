//! OTTL: statements that edit telemetry and conditions that choose it.
#![forbid(unsafe_code)]

pub mod pattern;
