//! The table of tables: every component this binary is made with.

use agent_component::Components;

#[cfg(test)]
mod tests;

/// All there is. A component that is in no table is not in the binary.
pub(crate) const COMPONENTS: Components = Components {
    receivers: agent_receivers::RECEIVERS,
    processors: agent_processors::PROCESSORS,
    exporters: agent_exporters::EXPORTERS,
    connectors: agent_connectors::CONNECTORS,
    extensions: agent_extensions::EXTENSIONS,
    planned: &[
        agent_receivers::PLANNED,
        agent_processors::PLANNED,
        agent_connectors::PLANNED,
        agent_extensions::PLANNED,
    ],
};
