//! From method, path and query to what is wanted.
//!
//! Only the paths that the agent uses; everything else is the API server's own 404.

use http::{Method, Uri};
use percent_encoding::percent_decode_str;

use super::access::Access;
use super::selector::Selector;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// `/version`
    Version,
    /// `/livez`, `/readyz`, `/healthz`
    Health,
    /// `POST .../selfsubjectaccessreviews`
    SelfReview,
    /// A resource: configmaps or events.
    Resource(Access),
    /// A path that the server does not have.
    Unknown,
    /// A path that it has, with a method that it has not.
    WrongMethod,
}

/// The query parameters that matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) watch: bool,
    pub(super) bookmarks: bool,
    pub(super) selector: Selector,
    pub(super) resource_version: Option<String>,
    pub(super) timeout_seconds: Option<u64>,
}

impl Query {
    pub(super) fn of(uri: &Uri) -> Self {
        let mut query = Self::default();
        for pair in uri.query().unwrap_or_default().split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned();
            let truth = matches!(value.as_str(), "true" | "1");
            match key {
                "watch" => query.watch = truth,
                "allowWatchBookmarks" => query.bookmarks = truth,
                "fieldSelector" => query.selector = Selector::parse(&value),
                "resourceVersion" => query.resource_version = Some(value).filter(|v| !v.is_empty()),
                "timeoutSeconds" => query.timeout_seconds = value.parse().ok(),
                _ => {}
            }
        }
        query
    }
}

impl Route {
    pub(super) fn of(method: &Method, uri: &Uri, query: &Query) -> Self {
        let segments: Vec<&str> = uri.path().split('/').filter(|segment| !segment.is_empty()).collect();
        let (api_group, rest) = match segments.as_slice() {
            ["version"] => return Self::Version,
            ["livez" | "readyz" | "healthz"] => return Self::Health,
            ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"] => {
                return if method == Method::POST { Self::SelfReview } else { Self::WrongMethod };
            }
            ["api", "v1", rest @ ..] => ("", rest),
            ["apis", "events.k8s.io", "v1", rest @ ..] => ("events.k8s.io", rest),
            _ => return Self::Unknown,
        };
        let (namespace, resource, name) = match rest {
            ["namespaces", namespace, resource, name] => (Some(*namespace), *resource, Some(*name)),
            ["namespaces", namespace, resource] => (Some(*namespace), *resource, None),
            [resource] => (None, *resource, None),
            _ => return Self::Unknown,
        };
        let verb = match (method, resource, name) {
            (&Method::GET, "configmaps", Some(_)) => "get",
            (&Method::GET, "configmaps", None) if query.watch => "watch",
            (&Method::GET, "configmaps", None) => "list",
            (&Method::GET, "events", None) if !query.watch => "list",
            (&Method::POST, "configmaps" | "events", None) if namespace.is_some() => "create",
            (&Method::PATCH, "events", Some(_)) if api_group.is_empty() => "patch",
            (&Method::PUT, "configmaps", Some(_)) => "update",
            (&Method::PATCH, "configmaps", Some(_)) => "patch",
            (&Method::DELETE, "configmaps", Some(_)) => "delete",
            (_, "configmaps" | "events", _) => return Self::WrongMethod,
            _ => return Self::Unknown,
        };
        Self::Resource(Access {
            verb: verb.to_owned(),
            api_group: api_group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.or(query.selector.name()).map(str::to_owned),
            selector: query.selector.clone(),
        })
    }

    /// The verb as RBAC names it; empty outside resources.
    pub(super) fn verb(&self) -> &str {
        match self {
            Self::Resource(access) => &access.verb,
            Self::SelfReview => "create",
            _ => "",
        }
    }
}
