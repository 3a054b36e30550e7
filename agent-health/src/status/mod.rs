//! The status endpoint: what a person on the machine may ask and may ask for.
//!
//! | request | answer |
//! |---|---|
//! | `GET /-/config` | 200, the [`ConfigView`](crate::ConfigView) as JSON |
//! | `POST /-/reload` | 202, and the configuration is read again at once; what comes of it shows at `/-/config` |
//!
//! It has no authentication: it is bound to the loopback address unless somebody asks for more. A browser on that machine
//! is no such person, so requests that a web page could make are refused (see [`guard`]).

mod guard;

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::answer::{Answer, json, not_found, text};
use crate::connections::{Limits, Serving, listen, serve};
use crate::router::discard;
use crate::{ConfigState, HealthError};

/// A status server that listens; [`StatusServer::run`] answers.
#[derive(Debug)]
pub struct StatusServer {
    listener: TcpListener,
    address: SocketAddr,
    serving: Serving,
}

/// What the handlers need.
#[derive(Clone)]
struct Desk {
    config: ConfigState,
    reload: Arc<dyn Fn() + Send + Sync>,
}

#[derive(Serialize)]
struct Accepted {
    accepted: &'static str,
    result: &'static str,
}

impl StatusServer {
    /// Listens on `address`. `reload` is called for each request to read the configuration again; it should only leave a
    /// note, and may be called at any rate and from any thread. Needs no runtime.
    ///
    /// # Errors
    /// The operating system refuses; the text names `KM_STATUS_ENDPOINT`.
    pub fn bind(
        address: SocketAddr,
        config: &ConfigState,
        reload: impl Fn() + Send + Sync + 'static,
    ) -> Result<Self, HealthError> {
        let (listener, address) = listen("KM_STATUS_ENDPOINT", address)?;
        let desk = Desk { config: config.clone(), reload: Arc::new(reload) };
        let router = Router::new()
            .route("/-/config", get(show))
            .route("/-/reload", post(reload_now))
            .fallback(async || not_found())
            .layer(from_fn_with_state(address.ip().is_loopback(), guarded))
            .with_state(desk);
        let serving =
            Serving { name: "status server", router, limits: Limits::default(), certificates: None };
        Ok(Self { listener, address, serving })
    }

    /// Where it listens; with the real port when 0 was asked for.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` is cancelled, then finishes the answers under way, at most 1 s.
    pub async fn run(self, stop: CancellationToken) {
        serve(tokio::net::TcpListener::from_std(self.listener), self.serving, stop).await;
    }
}

async fn guarded(State(only_local): State<bool>, request: Request, next: Next) -> Response {
    match guard::check(request.headers(), only_local) {
        Ok(()) => next.run(request).await,
        Err(reason) => {
            discard(request.into_body()).await;
            text(StatusCode::FORBIDDEN, reason).into_response()
        }
    }
}

async fn show(State(desk): State<Desk>) -> Answer {
    json(StatusCode::OK, &desk.config.view())
}

async fn reload_now(State(desk): State<Desk>, request: Request) -> Answer {
    discard(request.into_body()).await;
    (desk.reload)();
    let accepted = Accepted { accepted: "the configuration is read again now", result: "/-/config" };
    json(StatusCode::ACCEPTED, &accepted)
}
