//! Cross-origin requests, as the Collector answers them (github.com/rs/cors behind `confighttp`, v0.145.0):
//! credentials are allowed, methods are GET, POST and HEAD, and the answer to a preflight is 204 with or without
//! permission.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;

use super::answer::Answer;
use crate::otlp::config::Cors;

const METHODS: [&str; 3] = ["GET", "POST", "HEAD"];
/// What is allowed where the settings name nothing.
const USUAL_HEADERS: [&str; 3] = ["accept", "content-type", "x-requested-with"];
/// What browsers may always send.
const SAFE_HEADERS: [&str; 4] = ["accept", "accept-language", "content-language", "content-type"];

/// Who may send from where, and what.
#[derive(Debug)]
pub(super) struct CorsRules {
    /// Lower case; the parts before and after the one `*`, or the whole origin.
    origins: Vec<(String, Option<String>)>,
    any_origin: bool,
    /// Lower case; `None` is all.
    headers: Option<Vec<String>>,
    max_age: Option<HeaderValue>,
}

/// Whether a browser asks before it sends.
pub(super) fn is_preflight<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

impl CorsRules {
    /// `None` where no origin is allowed, which switches the whole thing off.
    pub(super) fn new(config: &Cors) -> Option<Self> {
        if config.allowed_origins.is_empty() {
            return None;
        }
        let origins = config.allowed_origins.iter().map(|origin| {
            let origin = origin.to_ascii_lowercase();
            match origin.split_once('*') {
                Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
                None => (origin, None),
            }
        });
        let headers = if config.allowed_headers.is_empty() {
            Some(USUAL_HEADERS.map(str::to_owned).to_vec())
        } else if config.allowed_headers.iter().any(|name| name == "*") {
            None
        } else {
            let named = config.allowed_headers.iter().map(|name| name.to_ascii_lowercase());
            Some(named.chain(SAFE_HEADERS.map(str::to_owned)).collect())
        };
        Some(Self {
            origins: origins.collect(),
            any_origin: config.allowed_origins.iter().any(|origin| origin == "*"),
            headers,
            max_age: (config.max_age > 0).then(|| HeaderValue::from(config.max_age)),
        })
    }

    /// The answer to a preflight; [`Self::decorate`] adds the origin to it.
    pub(super) fn preflight(&self, asked: &HeaderMap) -> Answer {
        let mut answer = Response::new(Full::new(Bytes::new()));
        *answer.status_mut() = StatusCode::NO_CONTENT;
        let headers = answer.headers_mut();
        for name in ["Access-Control-Request-Method", "Access-Control-Request-Headers"] {
            headers.append(VARY, HeaderValue::from_static(name));
        }
        let method = asked.get(ACCESS_CONTROL_REQUEST_METHOD).cloned();
        let wanted = asked.get(ACCESS_CONTROL_REQUEST_HEADERS).filter(|names| !names.is_empty()).cloned();
        let fine = self.allowed(asked).is_some()
            && method.as_ref().is_some_and(|method| METHODS.iter().any(|known| method == *known))
            && wanted.as_ref().is_none_or(|names| self.allows_headers(names));
        if !fine {
            return answer;
        }
        if let Some(method) = method {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method);
        }
        if let Some(names) = wanted {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
        }
        if let Some(age) = &self.max_age {
            headers.insert(ACCESS_CONTROL_MAX_AGE, age.clone());
        }
        answer
    }

    /// Tells the browser whether it may see the answer to a request with these headers.
    pub(super) fn decorate(&self, asked: &HeaderMap, answer: &mut HeaderMap) {
        answer.append(VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = self.allowed(asked) {
            answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            answer.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }

    /// What to call the request's origin, where it is allowed.
    fn allowed(&self, asked: &HeaderMap) -> Option<HeaderValue> {
        let origin = asked.get(ORIGIN)?;
        if self.any_origin {
            return Some(HeaderValue::from_static("*"));
        }
        let text = origin.to_str().ok()?.to_ascii_lowercase();
        let matches = |(before, after): &(String, Option<String>)| match after {
            None => text == *before,
            Some(after) => {
                text.len() >= before.len() + after.len() && text.starts_with(before) && text.ends_with(after)
            }
        };
        self.origins.iter().any(matches).then(|| origin.clone())
    }

    fn allows_headers(&self, names: &HeaderValue) -> bool {
        let Some(allowed) = &self.headers else { return true };
        let Ok(names) = names.to_str() else { return false };
        let mut names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.all(|name| allowed.iter().any(|known| known.eq_ignore_ascii_case(name)))
    }
}
