//! From method, path and query to what is wanted.
//!
//! Only what the agent uses is served; everything else is the API server's own 404.

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
    /// `POST .../selfsubjectreviews`
    WhoAmI,
    /// A resource that is served: configmaps or events.
    Resource(Access),
    /// A resource that is not served; who may not have it is not told so.
    Missing(Access),
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
            ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"] => {
                return if method == Method::POST { Self::WhoAmI } else { Self::WrongMethod };
            }
            ["api", "v1", rest @ ..] => ("", rest),
            ["apis", group, _, rest @ ..] => (*group, rest),
            _ => return Self::Unknown,
        };
        let (namespace, resource, name) = match rest {
            ["namespaces", namespace, resource, name] => (Some(*namespace), *resource, Some(*name)),
            ["namespaces", namespace, resource] => (Some(*namespace), *resource, None),
            [resource, name] => (None, *resource, Some(*name)),
            [resource] => (None, *resource, None),
            _ => return Self::Unknown,
        };
        let Some(verb) = verb(method, name.is_some(), query.watch) else { return Self::WrongMethod };
        let access = Access {
            verb: verb.to_owned(),
            api_group: api_group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.or(query.selector.name()).map(str::to_owned),
            selector: query.selector.clone(),
        };
        if !matches!((api_group, resource), ("", "configmaps") | ("" | "events.k8s.io", "events")) {
            return Self::Missing(access);
        }
        let served = match (resource, verb) {
            ("configmaps", "watch") | (_, "list") => true,
            ("configmaps", _) | (_, "create") => namespace.is_some(),
            (_, "patch") => namespace.is_some() && api_group.is_empty(),
            _ => false,
        };
        if served { Self::Resource(access) } else { Self::WrongMethod }
    }

    /// The verb as RBAC names it; empty outside resources.
    pub(super) fn verb(&self) -> &str {
        match self {
            Self::Resource(access) | Self::Missing(access) => &access.verb,
            Self::SelfReview | Self::WhoAmI => "create",
            _ => "",
        }
    }
}

/// The verb as RBAC names it; none where a collection or an object does not know the method.
fn verb(method: &Method, one: bool, watch: bool) -> Option<&'static str> {
    Some(match (method, one) {
        (&Method::GET, true) => "get",
        (&Method::GET, false) if watch => "watch",
        (&Method::GET, false) => "list",
        (&Method::POST, false) => "create",
        (&Method::PUT, true) => "update",
        (&Method::PATCH, true) => "patch",
        (&Method::DELETE, true) => "delete",
        _ => return None,
    })
}
