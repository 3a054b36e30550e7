//! The older `include` and `exclude`: what does not match the one, or does the other, is dropped.

use agent_component::{BuildContext, BuildError};
use agent_otlp::{Batch, Metric, Signal, Verdict};

use super::config::{Config, LogMatchConfig, MetricMatchConfig};
use super::expression::Expression;
use crate::matching::{MatchConfig, ResourceMatcher, SeverityConfig, SignalSelection};

/// Compiled `include` and `exclude` of one signal.
#[derive(Debug)]
pub(super) enum Legacy {
    Records(Box<SignalSelection>),
    Metrics { include: Option<MetricSide>, exclude: Option<MetricSide> },
}

/// One of both, for metrics.
#[derive(Debug)]
pub(super) struct MetricSide {
    resource: Option<ResourceMatcher>,
    /// What is asked of the metric itself; nothing matches all.
    metric: Option<MetricTest>,
}

#[derive(Debug)]
enum MetricTest {
    Names(Box<SignalSelection>),
    Expressions(Vec<Expression>),
}

impl Legacy {
    /// `None` when neither is set.
    pub(super) fn build(
        config: &Config,
        signal: Signal,
        context: &BuildContext,
    ) -> Result<Option<Self>, BuildError> {
        let within = |section: &str| {
            let section = section.to_owned();
            move |error: BuildError| BuildError { at: format!("{section}::{}", error.at), ..error }
        };
        match signal {
            Signal::Traces => {
                let (include, exclude) = (config.spans.include.as_ref(), config.spans.exclude.as_ref());
                if include.is_none() && exclude.is_none() {
                    return Ok(None);
                }
                let selection = SignalSelection::build(context, include, exclude).map_err(within("spans"))?;
                Ok(Some(Self::Records(Box::new(selection))))
            }
            Signal::Logs => {
                let include = config.logs.include.as_ref().map(records_like);
                let exclude = config.logs.exclude.as_ref().map(records_like);
                if include.is_none() && exclude.is_none() {
                    return Ok(None);
                }
                let selection = SignalSelection::build(context, include.as_ref(), exclude.as_ref());
                Ok(Some(Self::Records(Box::new(selection.map_err(within("logs"))?))))
            }
            Signal::Metrics => {
                let side = |config: &Option<MetricMatchConfig>, name: &str| {
                    config.as_ref().map(|config| MetricSide::build(config, name, context)).transpose()
                };
                let include = side(&config.metrics.include, "include")?;
                let exclude = side(&config.metrics.exclude, "exclude")?;
                if include.is_none() && exclude.is_none() {
                    return Ok(None);
                }
                Ok(Some(Self::Metrics { include, exclude }))
            }
        }
    }

    /// Drops what is to be dropped.
    pub(super) fn apply(&self, batch: &mut Batch) {
        let keep = |keep: bool| if keep { Verdict::Keep } else { Verdict::Drop };
        match self {
            Self::Records(selection) => match &**selection {
                SignalSelection::Spans(selection) => {
                    batch.edit_spans(|ctx, span| keep(selection.span(ctx, span)));
                }
                SignalSelection::Logs(selection) => {
                    batch.edit_log_records(|ctx, record| keep(selection.log_record(ctx, record)));
                }
                SignalSelection::Metrics(_) => {}
            },
            Self::Metrics { include, exclude } => {
                let (include, exclude) = (include.as_ref(), exclude.as_ref());
                let wanted = include.and_then(|side| side.resource.as_ref());
                let unwanted = exclude.and_then(|side| side.resource.as_ref());
                if wanted.is_some() || unwanted.is_some() {
                    batch.filter_resources(|resource| {
                        let attributes = resource.attributes();
                        keep(
                            wanted.is_none_or(|matcher| matcher.matches(attributes))
                                && !unwanted.is_some_and(|matcher| matcher.matches(attributes)),
                        )
                    });
                }
                let wanted = include.and_then(|side| side.metric.as_ref());
                let unwanted = exclude.and_then(|side| side.metric.as_ref());
                if wanted.is_some() || unwanted.is_some() {
                    batch.edit_metrics(|_, metric| {
                        keep(
                            wanted.is_none_or(|test| test.matches(metric))
                                && !unwanted.is_some_and(|test| test.matches(metric)),
                        )
                    });
                }
            }
        }
    }
}

impl MetricSide {
    fn build(config: &MetricMatchConfig, name: &str, context: &BuildContext) -> Result<Self, BuildError> {
        let at = |field: &str| format!("metrics::{name}::{field}");
        let metric = if config.match_type == "expr" {
            let compiled =
                config.expressions.iter().map(|text| Expression::new(text)).collect::<Result<_, _>>();
            let compiled: Vec<_> = compiled.map_err(|problem| BuildError::new(at("expressions"), problem))?;
            Some(compiled).filter(|all| !all.is_empty()).map(MetricTest::Expressions)
        } else if config.metric_names.is_empty() {
            None
        } else {
            let names = names_like(config);
            Some(MetricTest::Names(Box::new(SignalSelection::build(context, Some(&names), None)?)))
        };
        let resource = if config.resource_attributes.is_empty() {
            None
        } else {
            let matcher = ResourceMatcher::new(match_type(config), &config.resource_attributes);
            Some(matcher.map_err(|problem| BuildError::new(at("resource_attributes"), problem))?)
        };
        Ok(Self { resource, metric })
    }
}

impl MetricTest {
    fn matches(&self, metric: &Metric<'_>) -> bool {
        match self {
            Self::Names(selection) => {
                matches!(&**selection, SignalSelection::Metrics(selection) if selection.metric(metric))
            }
            Self::Expressions(all) => all.iter().any(|expression| {
                metric.points().any(|point| expression.holds(metric.name(), point.attributes()))
            }),
        }
    }
}

/// Attributes are compared as they are where metrics are matched by expressions.
fn match_type(config: &MetricMatchConfig) -> &str {
    if config.match_type == "expr" { "strict" } else { &config.match_type }
}

fn names_like(config: &MetricMatchConfig) -> MatchConfig {
    MatchConfig {
        match_type: config.match_type.clone(),
        metric_names: config.metric_names.clone(),
        ..MatchConfig::default()
    }
}

fn records_like(config: &LogMatchConfig) -> MatchConfig {
    MatchConfig {
        match_type: config.match_type.clone(),
        log_bodies: config.bodies.clone(),
        log_severity_texts: config.severity_texts.clone(),
        log_severity_number: config.severity_number.as_ref().map(|severity| SeverityConfig {
            min: severity.number().unwrap_or_default(),
            match_undefined: severity.match_undefined,
        }),
        attributes: config.record_attributes.clone(),
        resources: config.resource_attributes.clone(),
        ..MatchConfig::default()
    }
}

/// What is wrong with names and attributes: field, element, problem.
pub(super) fn metric_faults(config: &MetricMatchConfig) -> Vec<(&'static str, Option<usize>, String)> {
    let mut faults = Vec::new();
    match &*config.match_type {
        "strict" => {}
        "regexp" => {
            for (index, name) in config.metric_names.iter().enumerate() {
                if let Err(error) = agent_ottl::pattern::compile(name) {
                    let problem = format!("error parsing regexp {name:?}: {error}");
                    faults.push(("metric_names", Some(index), problem));
                }
            }
        }
        other => {
            let problem =
                format!("unrecognized match_type: '{other}', valid types are: [expr regexp strict]");
            return vec![("match_type", None, problem)];
        }
    }
    if let Err(problem) = ResourceMatcher::new(match_type(config), &config.resource_attributes) {
        faults.push(("resource_attributes", None, problem));
    }
    faults
}
