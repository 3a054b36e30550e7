//! `KM_ACTION=components`: what this binary is made of, as YAML in the shape of the Collector's `components` command.

use std::fmt::Write as _;

use agent_component::{Info, Kind, Stability};

use crate::BUILD;
use crate::components::COMPONENTS;

/// The list.
pub(crate) fn components() -> String {
    let mut text = format!(
        "buildinfo:\n  command: kubeagent\n  version: {}\n  commit: {}\n",
        BUILD.version, BUILD.commit
    );
    for kind in Kind::ALL {
        let infos = COMPONENTS.infos(kind);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}:", kind.section());
        for info in &infos {
            component(&mut text, info);
        }
    }
    text
}

fn component(text: &mut String, info: &Info) {
    let _ = writeln!(text, "  - name: {}", info.type_name);
    if !info.aliases.is_empty() {
        let _ = writeln!(text, "    aliases: [{}]", info.aliases.join(", "));
    }
    let stability = match info.stability {
        Stability::Beta => "Beta",
        Stability::Stable => "Stable",
    };
    if info.signals.is_empty() {
        let _ = writeln!(text, "    stability:\n      extension: {stability}");
        return;
    }
    let _ = writeln!(text, "    stability:");
    for signal in info.signals {
        let _ = writeln!(text, "      {signal}: {stability}");
    }
}
