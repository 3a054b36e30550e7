//! Which metrics a transform works on, and which of their points.

use agent_component::BuildError;
use agent_otlp::{Attributes, Metric, Verdict};
use agent_ottl::pattern;
use regex::Regex;

use super::TransformConfig;

/// See the file's head.
#[derive(Debug)]
pub(super) struct Filter {
    name: Text,
    labels: Vec<(String, Text)>,
}

#[derive(Debug)]
enum Text {
    Strict(String),
    Regexp(Regex),
}

impl Text {
    fn build(config: &TransformConfig, text: &str, at: &str) -> Result<Self, BuildError> {
        if config.match_type != "regexp" {
            return Ok(Self::Strict(text.to_owned()));
        }
        pattern::compile(text).map(Self::Regexp).map_err(|error| BuildError::new(at, error.to_string()))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Strict(other) => text == other,
            Self::Regexp(pattern) => pattern.is_match(text),
        }
    }
}

impl Filter {
    pub(super) fn build(config: &TransformConfig, at: &str) -> Result<Self, BuildError> {
        let label = |(label, text): (&String, &String)| {
            let at = format!("{at}::experimental_match_labels::{label}");
            Ok((label.clone(), Text::build(config, text, &at)?))
        };
        Ok(Self {
            name: Text::build(config, &config.include, &format!("{at}::include"))?,
            labels: config.experimental_match_labels.iter().map(label).collect::<Result<_, _>>()?,
        })
    }

    /// Whether a point with these attributes matches. Only texts have a value.
    pub(super) fn matches_point(&self, attributes: &Attributes<'_>) -> bool {
        self.labels.iter().all(|(label, text)| text.matches(attributes.get_str(label).unwrap_or_default()))
    }

    /// Whether the name matches, and at least one point or there is none.
    pub(super) fn matches(&self, metric: &Metric<'_>) -> bool {
        self.name.matches(metric.name()) && {
            let mut points = metric.points().peekable();
            points.peek().is_none() || points.any(|point| self.matches_point(point.attributes()))
        }
    }

    /// Whether all points match.
    pub(super) fn matches_all(&self, metric: &Metric<'_>) -> bool {
        self.labels.is_empty() || metric.points().all(|point| self.matches_point(point.attributes()))
    }

    /// Removes the points that do not match.
    pub(super) fn narrow(&self, metric: &mut Metric<'_>) {
        if !self.labels.is_empty() {
            metric.edit_points(|_, point| keep_if(self.matches_point(point.attributes())));
        }
    }

    /// The new name for a metric: a template for a pattern that matches, else as it is.
    pub(super) fn expand(&self, template: &str, name: &str) -> String {
        let mut out = String::new();
        if let Text::Regexp(pattern) = &self.name
            && let Some(found) = pattern.captures(name)
        {
            found.expand(template, &mut out);
        }
        if out.is_empty() { template.to_owned() } else { out }
    }

    /// What the groups of the pattern matched in a name, each with its name, or `$1` for one without. Empty ones are left out.
    pub(super) fn groups(&self, name: &str) -> Vec<(String, String)> {
        let Text::Regexp(pattern) = &self.name else { return Vec::new() };
        let Some(found) = pattern.captures(name) else { return Vec::new() };
        let groups = pattern.capture_names().enumerate().skip(1).filter_map(|(index, label)| {
            let text = found.get(index)?.as_str();
            let label = label.map_or_else(|| format!("${index}"), str::to_owned);
            (!text.is_empty()).then(|| (label, text.to_owned()))
        });
        groups.collect()
    }
}

/// The verdict for what is to stay on a condition.
pub(super) fn keep_if(stays: bool) -> Verdict {
    if stays { Verdict::Keep } else { Verdict::Drop }
}
