//! Paths to answers. Every method is answered alike, as the Collector does.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::routing::any;

use crate::answer::Answer;
use crate::connections::{Limits, Serving};
use crate::site::Site;

/// Bytes of a request's body that are read to be polite; nobody looks at them.
const MAX_BODY: usize = 64 * 1024;

/// What is served at a site.
pub(crate) fn serving(site: Arc<Site>, limits: Limits) -> Serving {
    let router = Router::new()
        .route("/health", any(liveness))
        .route("/ready", any(readiness))
        .fallback(extension)
        .with_state(site);
    Serving { name: "health server", router, limits, certificates: None }
}

async fn liveness(State(site): State<Arc<Site>>, request: Request) -> Answer {
    discard(request.into_body()).await;
    site.liveness()
}

async fn readiness(State(site): State<Arc<Site>>, request: Request) -> Answer {
    discard(request.into_body()).await;
    site.readiness()
}

async fn extension(State(site): State<Arc<Site>>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    discard(body).await;
    site.extension(parts.uri.path())
}

/// Reads a body, because a socket that is closed over unread bytes may take the answer with it.
pub(crate) async fn discard(body: Body) {
    // Too long or broken: the answer is the same.
    let _ = to_bytes(body, MAX_BODY).await;
}
