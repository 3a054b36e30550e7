//! Settings of `routing` (the Collector's `routingconnector`, v0.145.0).

use agent_config::{PipelineId, Validate, Validator};
use agent_otlp::Signal;
use agent_ottl::{Choice, Context, ErrorMode};
use serde::Deserialize;

use super::request::RequestCondition;

/// The `routing` section.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What a failing condition means. Default `propagate`.
    pub error_mode: ErrorMode,
    /// Where data goes that no route took. Default: it is dropped.
    pub default_pipelines: Vec<PipelineId>,
    /// The routes, in the order in which they are asked. Required.
    pub table: Vec<RouteConfig>,
}

/// One route.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteConfig {
    /// What is asked: `resource`, `span`, `metric`, `datapoint`, `log` or `request`. Default `resource`.
    pub context: String,
    /// `route() where CONDITION`; this or `condition` is required.
    pub statement: String,
    /// The condition.
    pub condition: String,
    /// `move` takes what matches from the routes behind this one, `copy` does not. Default `move`.
    pub action: String,
    /// Where what matches goes. Required.
    pub pipelines: Vec<PipelineId>,
}

/// What a route asks.
#[derive(Debug)]
pub(super) enum Question {
    /// The request that the data came with.
    Request(RequestCondition),
    /// The records.
    Records(Choice),
}

impl RouteConfig {
    /// Whether what matches stays for the routes behind this one.
    pub(super) fn is_copy(&self) -> bool {
        self.action == "copy"
    }

    /// Whether another route asks the same, and therefore comes in vain.
    pub(super) fn asks_the_same(&self, other: &Self) -> bool {
        self.context() == other.context() && self.as_statement() == other.as_statement()
    }

    fn as_statement(&self) -> String {
        let Self { statement, condition, .. } = self;
        if condition.is_empty() { statement.clone() } else { format!("route() where {condition}") }
    }

    fn context(&self) -> &str {
        if self.context.is_empty() { "resource" } else { &self.context }
    }

    /// The context of the records; `None` for `request`, and for what is none.
    fn records(&self) -> Option<Context> {
        match self.context() {
            "resource" => Some(Context::Resource),
            "span" => Some(Context::Span),
            "metric" => Some(Context::Metric),
            "datapoint" => Some(Context::DataPoint),
            "log" => Some(Context::Log),
            _ => None,
        }
    }

    /// Compiles the question.
    ///
    /// # Errors
    /// The field that is wrong, empty for the whole route, and why.
    pub(super) fn question(&self) -> Result<Question, (&'static str, String)> {
        let whole = |problem: &str| Err(("", problem.to_owned()));
        match (self.statement.is_empty(), self.condition.is_empty()) {
            (true, true) => return whole("invalid route: no condition or statement provided"),
            (false, false) => return whole("invalid route: both condition and statement provided"),
            _ => {}
        }
        if self.context() == "request" {
            if self.condition.is_empty() {
                return Err(("statement", "\"request\" context requires a 'condition'".to_owned()));
            }
            let parsed = RequestCondition::parse(&self.condition);
            return parsed.map(Question::Request).map_err(|problem| ("condition", problem.to_owned()));
        }
        let Some(context) = self.records() else {
            let valid = "resource, span, metric, datapoint, log, request";
            return Err(("context", format!("invalid context: {}, valid are {valid}", self.context)));
        };
        if self.condition.is_empty() {
            let parsed = Choice::statement(context, &self.statement);
            return parsed.map(Question::Records).map_err(|error| ("statement", error.to_string()));
        }
        let parsed = Choice::condition(context, &self.condition);
        parsed.map(Question::Records).map_err(|error| ("condition", error.to_string()))
    }

    fn validate(&self, at: &mut Validator<'_>) {
        if let Err((field, problem)) = self.question() {
            at.error(field, problem);
        }
        if self.pipelines.is_empty() {
            at.error("", "invalid route: no pipelines defined");
        }
        if !matches!(self.action.as_str(), "" | "move" | "copy") {
            at.error("action", format!("invalid action: {}, valid are move, copy", self.action));
        }
    }
}

impl Validate for Config {
    fn validate(&self, at: &mut Validator<'_>) {
        if self.table.is_empty() {
            at.error("table", "invalid routing table: the routing table is empty");
        }
        for (index, route) in self.table.iter().enumerate() {
            let mut table = at.field("table");
            let mut at = table.index(index);
            route.validate(&mut at);
            if self.table.iter().take(index).any(|before| before.asks_the_same(route)) {
                at.warning("", "a route before this one asks the same, so this one is ignored");
            }
        }
    }
}

impl Config {
    /// Tells pipelines of the table that do not receive from the connector, and routes that can never match.
    pub(super) fn check_outputs(&self, signal: Signal, outputs: &[PipelineId], at: &mut Validator<'_>) {
        check_all(&self.default_pipelines, signal, outputs, &mut at.field("default_pipelines"));
        for (index, route) in self.table.iter().enumerate() {
            let mut table = at.field("table");
            let mut at = table.index(index);
            check_all(&route.pipelines, signal, outputs, &mut at.field("pipelines"));
            if let Some(context) = route.records().filter(|context| !context.is_of(signal)) {
                let problem = format!("{signal} have no {context} context, so this route never matches");
                at.warning("context", problem);
            }
        }
    }
}

fn check_all(named: &[PipelineId], signal: Signal, outputs: &[PipelineId], at: &mut Validator<'_>) {
    for (index, id) in named.iter().enumerate() {
        if !outputs.contains(id) {
            let problem = format!(
                "pipeline not found: \"{id}\" is no {signal} pipeline that has this connector among its receivers"
            );
            at.index(index).error("", problem);
        }
    }
}
