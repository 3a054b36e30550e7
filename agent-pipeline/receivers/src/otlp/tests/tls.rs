//! TLS on both ports: ALPN, client certificates, and what is said of files that cannot be used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent_component::ReceiverComponent;
use agent_otlp::Signal;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2::handshake;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::harness::{LOGS_JSON, config, context, logs_protobuf, post_logs, read_reply, run, soon};
use crate::otlp::Otlp;

pub(super) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub(super) folder: tempfile::TempDir,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate for localhost and its key, as files and as bytes.
    pub(super) fn issue(&self, name: &str) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        std::fs::write(self.path(&format!("{name}.pem")), certificate.pem()).unwrap();
        std::fs::write(self.path(&format!("{name}.key")), key.serialize_pem()).unwrap();
        (certificate.der().clone(), PrivatePkcs8KeyDer::from(key.serialize_der()).into())
    }

    pub(super) fn connector(
        &self,
        alpn: &[&str],
        identity: Option<(CertificateDer<'static>, PrivateKeyDer<'static>)>,
    ) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let builder = builder.with_root_certificates(roots);
        let mut config = match identity {
            Some((certificate, key)) => builder.with_client_auth_cert(vec![certificate], key).unwrap(),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }
}

pub(super) fn tls(folder: &Path, more: &str) -> String {
    let file = |name: &str| folder.join(name).display().to_string();
    format!("tls: {{cert_file: '{}', key_file: '{}' {more}}}", file("server.pem"), file("server.key"))
}

fn both(tls: &str) -> String {
    let part = format!("{{endpoint: '127.0.0.1:0', {tls}}}");
    format!("{{protocols: {{grpc: {part}, http: {part}}}}}")
}

#[tokio::test]
async fn https_speaks_what_alpn_agrees_on() {
    let authority = Authority::new();
    authority.issue("server");
    let receiver = run(&both(&tls(authority.folder.path(), ""))).await;
    for (address, offered, agreed) in [
        (receiver.http, vec!["h2", "http/1.1"], Some("h2")),
        (receiver.http, vec!["http/1.1"], Some("http/1.1")),
        (receiver.http, vec![], None),
        (receiver.grpc, vec!["h2"], Some("h2")),
    ] {
        let stream = TcpStream::connect(address.unwrap()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = soon(authority.connector(&offered, None).connect(name, stream)).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), agreed.map(str::as_bytes));
    }
}

#[tokio::test]
async fn a_request_over_tls_is_answered_and_plain_text_is_not() {
    let authority = Authority::new();
    authority.issue("server");
    let receiver = run(&both(&tls(authority.folder.path(), ""))).await;
    let mut plain = receiver.connect().await;
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let _ = soon(plain.read_to_end(&mut rest)).await;
    assert!(!rest.starts_with(b"HTTP"));
    let stream = receiver.connect().await;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = authority.connector(&["http/1.1"], None).connect(name, stream).await.unwrap();
    let request = format!(
        "POST /v1/logs HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{LOGS_JSON}",
        LOGS_JSON.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 1)]);
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "ends with the connection")]
async fn a_call_over_tls_is_answered() {
    let authority = Authority::new();
    authority.issue("server");
    let receiver = run(&both(&tls(authority.folder.path(), ""))).await;
    let stream = TcpStream::connect(receiver.grpc.unwrap()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let stream = authority.connector(&["h2"], None).connect(name, stream).await.unwrap();
    let (mut client, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let message = logs_protobuf(5);
    let header = agent_net::grpc::frame_header(false, message.len()).unwrap();
    let request = Request::post("https://localhost/opentelemetry.proto.collector.logs.v1.LogsService/Export")
        .header("content-type", "application/grpc")
        .body(Full::new(Bytes::from([&header[..], &message].concat())))
        .unwrap();
    let answer = soon(client.send_request(request)).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(answer.trailers().unwrap()["grpc-status"], "0");
    assert_eq!(receiver.pipeline.items(), [(Signal::Logs, 5)]);
}

#[tokio::test]
async fn with_a_client_authority_only_its_clients_get_in() {
    let authority = Authority::new();
    authority.issue("server");
    let friend = authority.issue("client");
    let stranger = Authority::new().issue("client");
    let more = format!(", client_ca_file: '{}'", authority.path("ca.pem").display());
    let receiver = run(&both(&tls(authority.folder.path(), &more))).await;
    for (identity, let_in) in [(Some(friend), true), (Some(stranger), false), (None, false)] {
        let stream = receiver.connect().await;
        let name = ServerName::try_from("localhost").unwrap();
        // With TLS 1.3 the client learns of a refusal only when it reads.
        let answer = async {
            let mut stream = authority.connector(&["http/1.1"], identity).connect(name, stream).await?;
            stream.write_all(b"GET /v1/logs HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.map(|_| answer)
        };
        let answer = soon(answer).await;
        assert_eq!(answer.is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 405")), let_in);
    }
}

#[tokio::test]
async fn a_new_certificate_is_used_for_new_connections() {
    let authority = Authority::new();
    let (first, _) = authority.issue("server");
    // Read again whether it looks changed or not, so that the test need not wait for file times to differ.
    let receiver = run(&both(&tls(authority.folder.path(), ", reload_interval: 1ns"))).await;
    let served = async || {
        let name = ServerName::try_from("localhost").unwrap();
        let stream = authority.connector(&[], None).connect(name, receiver.connect().await).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
    };
    assert_eq!(served().await, first);
    let (second, _) = authority.issue("server");
    // Files are looked at once a second at most.
    let renewed = async {
        while served().await != second {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    soon(renewed).await;
}

#[tokio::test]
async fn a_handshake_that_has_begun_at_the_stop_is_finished_and_its_request_answered() {
    let authority = Authority::new();
    authority.issue("server");
    let receiver = run(&both(&tls(authority.folder.path(), ""))).await;
    let begun = receiver.connect().await;
    let silent = receiver.connect().await;
    // Connections are taken in order: when this one is served, those before it have been taken.
    let connector = authority.connector(&["http/1.1"], None);
    let name = ServerName::try_from("localhost").unwrap();
    let last = soon(connector.connect(name.clone(), receiver.connect().await)).await.unwrap();
    drop(last);
    receiver.life.stop.cancel();
    let mut stream = soon(connector.connect(name, begun)).await.unwrap();
    stream.write_all(&post_logs()).await.unwrap();
    let reply = soon(read_reply(stream)).await;
    assert_eq!((reply.status, reply.header("connection")), (200, Some("close")));
    // One that says nothing does not hold up the end.
    tokio::time::timeout(std::time::Duration::from_secs(9), receiver.ended()).await.unwrap();
    drop(silent);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_named_with_its_key() {
    let authority = Authority::new();
    authority.issue("server");
    std::fs::remove_file(authority.path("server.key")).unwrap();
    let error =
        Otlp::build(&config(&both(&tls(authority.folder.path(), ""))).unwrap(), &context()).unwrap_err();
    assert_eq!(error.at, "protocols::grpc::tls::key_file");
    assert!(error.message.contains("server.key"), "{}", error.message);
}
