//! From ids and sections to builders: finds each type in its table, decodes and validates each configuration.

use std::sync::Arc;

use agent_component::factory::{
    BuildConnector, BuildExporter, BuildExtension, BuildProcessor, BuildReceiver, ConnectorFactory,
    ExporterFactory, ExtensionFactory, ProcessorFactory, ReceiverFactory,
};
use agent_component::{Components, Info, Kind};
use agent_config::{ComponentId, Document, Issue, Issues, Section};
use agent_otlp::Signal;
use indexmap::IndexMap;

use super::Part;

/// A configured component whose type exists. `builder` is `None` when its configuration has errors, so that
/// references to it can still be judged.
pub(super) struct Resolved<B> {
    pub(super) part: Part<Option<B>>,
    pub(super) signals: &'static [Signal],
    pub(super) pairs: &'static [(Signal, Signal)],
}

/// Every configured component by kind and id.
pub(super) struct ResolvedDocument {
    pub(super) receivers: IndexMap<ComponentId, Resolved<Arc<dyn BuildReceiver>>>,
    pub(super) processors: IndexMap<ComponentId, Resolved<Arc<dyn BuildProcessor>>>,
    pub(super) exporters: IndexMap<ComponentId, Resolved<Arc<dyn BuildExporter>>>,
    pub(super) connectors: IndexMap<ComponentId, Resolved<Arc<dyn BuildConnector>>>,
    pub(super) extensions: IndexMap<ComponentId, Resolved<Arc<dyn BuildExtension>>>,
}

/// What the five factory types have in common.
trait Row {
    type Builder;
    const KIND: Kind;
    fn info(&self) -> Info;
    fn pairs(&self) -> &'static [(Signal, Signal)] {
        &[]
    }
    fn decode(&self, section: &Section, issues: &mut Issues) -> Option<Self::Builder>;
}

macro_rules! row {
    ($factory:ty, $builder:ty, $kind:expr $(, $pairs:ident)?) => {
        impl Row for $factory {
            type Builder = Arc<$builder>;
            const KIND: Kind = $kind;
            fn info(&self) -> Info {
                self.info
            }
            $(fn $pairs(&self) -> &'static [(Signal, Signal)] {
                self.$pairs
            })?
            fn decode(&self, section: &Section, issues: &mut Issues) -> Option<Self::Builder> {
                (self.decode)(section, issues)
            }
        }
    };
}

row!(ReceiverFactory, dyn BuildReceiver, Kind::Receiver);
row!(ProcessorFactory, dyn BuildProcessor, Kind::Processor);
row!(ExporterFactory, dyn BuildExporter, Kind::Exporter);
row!(ConnectorFactory, dyn BuildConnector, Kind::Connector, pairs);
row!(ExtensionFactory, dyn BuildExtension, Kind::Extension);

/// Resolves every component of the document; unknown types and bad configurations become issues.
pub(super) fn resolve(document: &Document, components: &Components, issues: &mut Issues) -> ResolvedDocument {
    ResolvedDocument {
        receivers: kind(&document.receivers, components.receivers, components, issues),
        processors: kind(&document.processors, components.processors, components, issues),
        exporters: kind(&document.exporters, components.exporters, components, issues),
        connectors: kind(&document.connectors, components.connectors, components, issues),
        extensions: kind(&document.extensions, components.extensions, components, issues),
    }
}

fn kind<R: Row>(
    sections: &IndexMap<ComponentId, Section>,
    rows: &[R],
    components: &Components,
    issues: &mut Issues,
) -> IndexMap<ComponentId, Resolved<R::Builder>> {
    let mut resolved = IndexMap::new();
    for (id, section) in sections {
        let Some(row) = rows.iter().find(|row| row.info().is_named(id.r#type())) else {
            issues.push(unknown_type(R::KIND, id, section, components));
            continue;
        };
        let info = row.info();
        if id.r#type() != info.type_name {
            let text = format!("\"{}\" alias is deprecated; use \"{}\" instead", id.r#type(), info.type_name);
            issues.push(Issue::warning(section.path().clone(), text).at(section.position()));
        }
        let part = Part { id: id.clone(), section: section.clone(), builder: row.decode(section, issues) };
        resolved.insert(id.clone(), Resolved { part, signals: info.signals, pairs: row.pairs() });
    }
    resolved
}

fn unknown_type(kind: Kind, id: &ComponentId, section: &Section, components: &Components) -> Issue {
    let (path, position) = (section.path().clone(), section.position());
    let name = id.r#type();
    if components.is_planned(kind, name) {
        let text = format!("the \"{name}\" {} is not part of this version of kubeagent yet", kind.word());
        return Issue::error(path, text).at(position);
    }
    let infos = components.infos(kind);
    let valid: Vec<&str> = infos.iter().map(|info| info.type_name).collect();
    let text = format!("unknown type: \"{name}\" for id: \"{id}\" (valid values: [{}])", valid.join(" "));
    let names = infos.iter().flat_map(|info| std::iter::once(&info.type_name).chain(info.aliases));
    let nearest = names
        .map(|known| (strsim::damerau_levenshtein(name, known), *known))
        .filter(|(distance, known)| *distance <= known.len() / 3)
        .min();
    Issue::error(path, text).at(position).did_you_mean(nearest.map(|(_, known)| known.to_owned()))
}
