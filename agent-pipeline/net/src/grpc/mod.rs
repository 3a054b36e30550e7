//! gRPC over somebody else's HTTP/2: message frames, statuses, time limits. What a unary call needs and no more.
//!
//! Not a client or a server; those are hyper's, driven by receivers and exporters. Codes are plain `u32` here:
//! the enum of codes belongs to the data path (`agent-component`), which this crate does not know.

mod details;
mod frame;
mod json;
mod percent;
mod status;
mod timeout;

#[cfg(test)]
mod tests;

pub use details::{Detail, RETRY_INFO_TYPE};
pub use frame::{FrameError, HEADER_LEN, Message, frame_header, unary_message};
pub use status::Status;
pub use timeout::{format_timeout, parse_timeout};
