//! Settings of `memory_limiter`: the processor of that name has the same ones, so they lie below both.

pub use agent_component::MemoryLimit as Config;
