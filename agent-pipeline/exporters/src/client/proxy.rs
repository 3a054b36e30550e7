//! Which proxy a request goes through: `proxy_url`, else `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` of the environment.

use agent_config::Environment;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

/// The rules of one exporter.
pub(crate) struct Proxy {
    rules: Option<Matcher>,
    /// Go leaves this machine out when the proxy comes from the environment.
    from_environment: bool,
    /// Why a proxy of the environment cannot be used; it matters only to who would have to use it.
    unusable: Option<String>,
}

/// Stands in the rules for a proxy of the environment that cannot be used.
const UNUSABLE: &str = "unusable.invalid";

impl Proxy {
    /// Never a proxy.
    pub(crate) fn none() -> Self {
        Self { rules: None, from_environment: false, unusable: None }
    }

    /// The rules of `proxy_url`, or those of the environment when it is empty.
    ///
    /// # Errors
    /// The reason why the URL cannot be used.
    pub(crate) fn new(proxy_url: &str, environment: &dyn Environment) -> Result<Self, String> {
        if !proxy_url.is_empty() {
            check(proxy_url)?;
            let rules = Matcher::builder().all(proxy_url).build();
            return Ok(Self { rules: Some(rules), from_environment: false, unusable: None });
        }
        let get = |name: &str| {
            let found = environment.get(name).filter(|value| !value.is_empty());
            found.or_else(|| environment.get(&name.to_lowercase())).unwrap_or_default()
        };
        let (mut http, mut https) = (get("HTTP_PROXY"), get("HTTPS_PROXY"));
        if http.is_empty() && https.is_empty() {
            return Ok(Self::none());
        }
        let mut unusable = None;
        for (name, url) in [("HTTP_PROXY", &mut http), ("HTTPS_PROXY", &mut https)] {
            if let (false, Err(reason)) = (url.is_empty(), check(url)) {
                unusable = Some(format!("{name} of the environment: {reason}"));
                *url = format!("http://{UNUSABLE}");
            }
        }
        let rules = Matcher::builder().http(http).https(https).no(get("NO_PROXY")).build();
        Ok(Self { rules: Some(rules), from_environment: true, unusable })
    }

    /// Refuses a URL whose proxy cannot be used.
    ///
    /// # Errors
    /// The variable of the environment and the reason.
    pub(crate) fn check(&self, url: &Uri) -> Result<(), String> {
        match (&self.unusable, self.of(url)) {
            (Some(reason), Some(proxy)) if proxy.uri().host() == Some(UNUSABLE) => Err(reason.clone()),
            _ => Ok(()),
        }
    }

    /// The proxy for a URL, where there is one.
    pub(crate) fn of(&self, url: &Uri) -> Option<Intercept> {
        let rules = self.rules.as_ref()?;
        if self.from_environment && is_this_machine(url.host()?) {
            return None;
        }
        rules.intercept(url)
    }

    /// What a plain request to `url` must carry for its proxy.
    pub(crate) fn authorization(&self, url: &Uri) -> Option<HeaderValue> {
        self.of(url)?.basic_auth().cloned()
    }
}

/// The text may hold a password and is not repeated.
fn check(url: &str) -> Result<(), String> {
    let uri: Uri = url.parse().map_err(|_| "is not a URL".to_owned())?;
    match uri.scheme_str() {
        None | Some("http" | "https") if uri.authority().is_some() => Ok(()),
        None | Some("http" | "https") => Err("names no host".to_owned()),
        Some(other) => Err(format!("proxies of the scheme {other:?} are not supported, only http and https")),
    }
}

fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}
