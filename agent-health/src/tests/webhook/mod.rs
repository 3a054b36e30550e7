//! The admission webhook as an API server meets it: over TLS, with reviews as they are sent.

mod certificates;
mod refusals;
mod reviews;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use agent_testkit::tls::Authority;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;

use super::{Reply, end, read};
use crate::{Verdict, WebhookServer};

/// A webhook with a judge that notes what it is asked.
struct Webhook {
    address: SocketAddr,
    authority: Authority,
    dir: tempfile::TempDir,
    asked: Arc<Mutex<Vec<(String, String)>>>,
    most_at_once: Arc<AtomicUsize>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// Understands `bad: problem; problem`, `warn: warning`, `slow` and `panic`; all else is good.
fn judge(text: &str) -> Verdict {
    let list = |words: &str| words.split("; ").map(str::to_owned).collect();
    match text.split_once(": ") {
        Some(("bad", problems)) => Err(list(problems)),
        Some(("warn", warnings)) => Ok(list(warnings)),
        _ if text == "panic" => panic!("on purpose"),
        _ if text == "slow" => {
            (0..10_000).for_each(|_| std::thread::yield_now());
            Ok(Vec::new())
        }
        _ => Ok(Vec::new()),
    }
}

impl Webhook {
    fn new() -> Self {
        let (authority, dir) = (Authority::new().unwrap(), tempfile::tempdir().unwrap());
        issue(&authority, dir.path());
        Self::serving(authority, dir)
    }

    fn without_certificate() -> Self {
        Self::serving(Authority::new().unwrap(), tempfile::tempdir().unwrap())
    }

    fn serving(authority: Authority, dir: tempfile::TempDir) -> Self {
        let stop = CancellationToken::new();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let most_at_once = Arc::new(AtomicUsize::new(0));
        let (notes, most, at_once) = (Arc::clone(&asked), Arc::clone(&most_at_once), AtomicUsize::new(0));
        let judging = move |key: &str, text: &str| {
            most.fetch_max(at_once.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
            notes.lock().unwrap().push((key.to_owned(), text.to_owned()));
            let verdict = judge(text);
            at_once.fetch_sub(1, Ordering::Relaxed);
            verdict
        };
        let server = WebhookServer::bind("127.0.0.1:0".parse().unwrap(), dir.path(), judging).unwrap();
        let address = server.local_addr();
        let tasks = JoinSet::from_iter([server.run(stop.clone())]);
        Self { address, authority, dir, asked, most_at_once, stop, tasks }
    }

    fn issue(&self) -> CertificateDer<'static> {
        issue(&self.authority, self.dir.path())
    }

    async fn connect(&self) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = rustls::RootCertStore::empty();
        let authority = self.authority.certificate_pem();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpStream::connect(self.address).await?;
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), socket).await
    }

    async fn exchange(&self, head: &str, body: &str) -> Reply {
        let mut socket = self.connect().await.unwrap();
        socket.write_all(format!("{head}\r\n\r\n{body}").as_bytes()).await.unwrap();
        read(&mut socket).await
    }

    async fn post(&self, body: &str) -> Reply {
        let head = format!(
            "POST /validate-config?timeout=5s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
             Content-Length: {}",
            body.len()
        );
        self.exchange(&head, body).await
    }

    /// The `response` to `review`.
    async fn review(&self, review: &Value) -> Value {
        let reply = self.post(&review.to_string()).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let mut answer = reply.json();
        assert_eq!(
            (&answer["apiVersion"], &answer["kind"]),
            (&"admission.k8s.io/v1".into(), &"AdmissionReview".into())
        );
        assert_eq!(answer["response"]["uid"], review["request"]["uid"]);
        answer["response"].take()
    }

    /// Keys and texts that the judge was given.
    fn asked(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    async fn end(self) {
        end(&self.stop, self.tasks).await;
    }
}

/// Puts a new certificate into `dir`.
fn issue(authority: &Authority, dir: &Path) -> CertificateDer<'static> {
    let identity = authority.server().unwrap();
    std::fs::write(dir.join("tls.key"), &identity.key_pem).unwrap();
    std::fs::write(dir.join("tls.crt"), &identity.certificate_pem).unwrap();
    CertificateDer::from_pem_slice(identity.certificate_pem.as_bytes()).unwrap()
}

/// A review as API servers send it, of a `ConfigMap` with `data`.
fn review(operation: &str, data: &Value) -> Value {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "data": data,
        "metadata": {"name": "kmagent-config", "namespace": "kloudmate", "managedFields": [{"fieldsV1": {"f:data": {}}}]},
    });
    json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
            "kind": {"group": "", "version": "v1", "kind": "ConfigMap"},
            "resource": {"group": "", "version": "v1", "resource": "configmaps"},
            "name": "kmagent-config",
            "namespace": "kloudmate",
            "operation": operation,
            "userInfo": {"username": "admin", "groups": ["system:authenticated"]},
            "object": object,
            "oldObject": null,
            "dryRun": false,
            "options": {"apiVersion": "meta.k8s.io/v1", "kind": "UpdateOptions"},
        },
    })
}

const DEPLOYMENT: &str = "agent-deployment.yaml";
const DAEMONSET: &str = "agent-daemonset.yaml";
