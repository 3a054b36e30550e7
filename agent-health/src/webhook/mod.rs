//! A validating admission webhook: a bad configuration is refused at `kubectl apply`, before it is stored.
//!
//! `POST /validate-config` takes an `AdmissionReview` of `admission.k8s.io/v1` over HTTPS. It looks at `ConfigMaps` that are
//! created or updated and have a key of the agent's; every such text is put to the [judge](WebhookServer::bind). All else
//! is allowed. It keeps nothing and changes nothing, so a dry run is answered alike.
//!
//! Whoever reaches the port may ask, since API servers do not say who they are by default. Hence little is spent on one
//! request (3 MiB, one judgement at a time) and messages are masked as all texts that leave the agent.

mod review;
mod verdict;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::routing::post;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::review::{Candidate, Question};
use crate::HealthError;
use crate::answer::{Answer, json, not_found, text};
use crate::certificates::Certificates;
use crate::connections::{Limits, Serving, listen, serve};

/// What an API server sends at most: an object and the one before it, each of about 1.5 MiB.
const MAX_BODY: usize = 3 * 1024 * 1024;
/// Few, because each may hold a body.
const CONNECTIONS: usize = 8;

/// What is thought of a text: warnings beside a yes, all problems with a no.
pub type Verdict = Result<Vec<String>, Vec<String>>;

type JudgeFn = dyn Fn(&str, &str) -> Verdict + Send + Sync;

/// A webhook server that listens; [`WebhookServer::run`] answers.
#[derive(Debug)]
pub struct WebhookServer {
    listener: TcpListener,
    address: SocketAddr,
    serving: Serving,
}

/// Judges one text at a time: judging costs CPU that the pipelines need.
#[derive(Clone)]
struct Judge {
    judge: Arc<JudgeFn>,
    turn: Arc<Semaphore>,
}

impl WebhookServer {
    /// Listens on `address` and answers with the certificate in `cert_dir` (`tls.crt`, `tls.key`). The files may come later
    /// and may change; until they are there connections are closed at once. Needs no runtime.
    ///
    /// `judge` is given the key (`agent-deployment.yaml`) and the text below it. It is called on a thread where it may block,
    /// once at a time. Anybody may ask for any text: its messages must not show what `${env:...}` or `${file:...}` in it
    /// stand for, and it must not open what the text names.
    ///
    /// # Errors
    /// The operating system refuses the address; the text names `KM_WEBHOOK_ENDPOINT`.
    pub fn bind(
        address: SocketAddr,
        cert_dir: impl Into<PathBuf>,
        judge: impl Fn(&str, &str) -> Verdict + Send + Sync + 'static,
    ) -> Result<Self, HealthError> {
        let (listener, address) = listen("KM_WEBHOOK_ENDPOINT", address)?;
        let certificates = Arc::new(Certificates::new(cert_dir.into()));
        // A wrong directory is said now, not when somebody connects.
        certificates.current();
        let judge = Judge { judge: Arc::new(judge), turn: Arc::new(Semaphore::new(1)) };
        let router = Router::new()
            .route("/validate-config", post(validate))
            .fallback(async || not_found())
            .with_state(judge);
        let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
        let serving = Serving { name: "webhook server", router, limits, certificates: Some(certificates) };
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

async fn validate(State(judge): State<Judge>, request: Request) -> Answer {
    let body = match body(request).await {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    let Question { uid, candidates } = match review::read(&body) {
        Ok(question) => question,
        Err(reason) => return text(StatusCode::BAD_REQUEST, &reason),
    };
    drop(body);
    match judge.all(candidates).await {
        Some(verdict) => json(StatusCode::OK, &review::answer(&uid, verdict)),
        None => text(StatusCode::INTERNAL_SERVER_ERROR, "the configuration could not be judged"),
    }
}

async fn body(request: Request) -> Result<Bytes, Answer> {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if !media_type.is_some_and(is_json) {
        let sentence = "an AdmissionReview is expected as application/json";
        return Err(text(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
    }
    let body: Body = request.into_body();
    let too_large = || text(StatusCode::PAYLOAD_TOO_LARGE, "an AdmissionReview may have 3 MiB");
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Err(too_large());
    }
    // A body that broke off has nobody left to read the answer.
    to_bytes(body, MAX_BODY).await.map_err(|_| too_large())
}

fn is_json(media_type: &str) -> bool {
    media_type.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

impl Judge {
    /// The verdict on all texts together; `None` when judging itself failed.
    async fn all(&self, candidates: Vec<Candidate>) -> Option<Verdict> {
        if candidates.is_empty() {
            return Some(Ok(Vec::new()));
        }
        // Held by the work and not by the caller, who may go away before it is done.
        let turn = Arc::clone(&self.turn).acquire_owned().await.ok()?;
        let judge = Arc::clone(&self.judge);
        let judged = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            verdict::of(&candidates, &*judge)
        });
        judged.await.ok()
    }
}
