//! Handshakes between both sides over memory, certificate files that change, and broken settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_config::{ComponentId, Document, Issues, MapEnvironment, Secret, Validate};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use serde::de::DeserializeOwned;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::*;

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn issue(&self, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    fn server(&self) -> (String, String) {
        self.issue("localhost", ExtendedKeyUsagePurpose::ServerAuth)
    }

    fn client(&self) -> (String, String) {
        self.issue("someone", ExtendedKeyUsagePurpose::ClientAuth)
    }
}

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.0.path()).join(name)
    }
}

fn server_settings(authority: &Authority) -> TlsServerSettings {
    let (cert, key) = authority.server();
    TlsServerSettings { cert_pem: Secret::new(cert), key_pem: Secret::new(key), ..Default::default() }
}

fn client_settings(authority: &Authority) -> TlsClientSettings {
    TlsClientSettings { ca_pem: Secret::new(authority.0.pem()), ..Default::default() }
}

/// What a handshake came to: ALPN and version as the client sees them, or the error of the first side that has one.
async fn handshake(client: &ClientTls, server: &ServerTls) -> Result<(Option<String>, String), String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (near, far) = tokio::io::duplex(16 << 10);
    let acceptor = TlsAcceptor::from(server.current());
    let name = client.server_name("localhost").map_err(|error| error.to_string())?;
    let serve = async {
        let mut stream = acceptor.accept(far).await.map_err(|error| error.to_string())?;
        stream.write_all(b"x").await.map_err(|error| error.to_string())?;
        stream.shutdown().await.map_err(|error| error.to_string())
    };
    let connect = async {
        let mut stream = TlsConnector::from(client.current())
            .connect(name, near)
            .await
            .map_err(|error| error.to_string())?;
        // In TLS 1.3 the server's refusal of a client certificate comes after the client's handshake.
        let mut byte = [0];
        stream.read_exact(&mut byte).await.map_err(|error| error.to_string())?;
        let (_, session) = stream.get_ref();
        let alpn = session.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned());
        Ok((alpn, format!("{:?}", session.protocol_version().unwrap())))
    };
    let (accepted, connected) = tokio::join!(serve, connect);
    accepted.and(connected)
}

/// Decodes and validates a `tls` section written as flow YAML; gives the problems without their shared path.
fn problems<T: DeserializeOwned + Validate>(section: &str) -> Vec<String> {
    let text = format!("exporters: {{x: {section}}}");
    let (document, _) = Document::parse(&text, &MapEnvironment::new());
    let document = document.unwrap();
    let mut issues = Issues::new();
    let _: Option<T> = document.exporters[&"x".parse::<ComponentId>().unwrap()].decode_valid(&mut issues);
    issues
        .iter()
        .map(|issue| format!("{}: {}", issue.path, issue.message).replace("exporters::x::", ""))
        .collect()
}

#[tokio::test]
async fn client_and_server_agree_on_alpn_and_the_newest_version() {
    let authority = Authority::new();
    let server = ServerTls::new(&server_settings(&authority), &["h2", "http/1.1"]).unwrap();
    let client = ClientTls::new(&client_settings(&authority), &["h2", "http/1.1"]).unwrap();
    let (alpn, version) = handshake(&client, &server).await.unwrap();
    assert_eq!((alpn.as_deref(), version.as_str()), (Some("h2"), "TLSv1_3"));
}

#[tokio::test]
async fn max_version_and_cipher_suites_bind() {
    let authority = Authority::new();
    let settings = TlsServerSettings {
        max_version: "1.2".to_owned(),
        cipher_suites: vec!["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384".to_owned()],
        curve_preferences: vec!["P521".to_owned(), "P384".to_owned()],
        ..server_settings(&authority)
    };
    let server = ServerTls::new(&settings, &[]).unwrap();
    let client = ClientTls::new(&client_settings(&authority), &[]).unwrap();
    assert_eq!(handshake(&client, &server).await.unwrap().1, "TLSv1_2");
    let only =
        server.current().crypto_provider().cipher_suites.iter().filter(|s| s.tls13().is_none()).count();
    assert_eq!(only, 1);
    assert_eq!(server.current().crypto_provider().kx_groups.len(), 1);
}

#[tokio::test]
async fn an_unknown_authority_is_refused_unless_the_check_is_off() {
    let (known, other) = (Authority::new(), Authority::new());
    let server = ServerTls::new(&server_settings(&known), &[]).unwrap();
    let strict = ClientTls::new(&client_settings(&other), &[]).unwrap();
    assert!(handshake(&strict, &server).await.is_err());
    let settings = TlsClientSettings { insecure_skip_verify: true, ..client_settings(&other) };
    let lax = ClientTls::new(&settings, &[]).unwrap();
    handshake(&lax, &server).await.unwrap();
}

#[tokio::test]
async fn the_name_that_overrides_is_the_one_that_is_checked() {
    let authority = Authority::new();
    let (cert, key) = authority.issue("backend.example", ExtendedKeyUsagePurpose::ServerAuth);
    let settings =
        TlsServerSettings { cert_pem: Secret::new(cert), key_pem: Secret::new(key), ..Default::default() };
    let server = ServerTls::new(&settings, &[]).unwrap();
    let by_host = ClientTls::new(&client_settings(&authority), &[]).unwrap();
    assert!(handshake(&by_host, &server).await.is_err());
    let settings = TlsClientSettings {
        server_name_override: "backend.example".to_owned(),
        ..client_settings(&authority)
    };
    handshake(&ClientTls::new(&settings, &[]).unwrap(), &server).await.unwrap();
}

#[tokio::test]
async fn client_ca_file_lets_in_only_its_own_clients() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let files = Files::new();
    let settings = TlsServerSettings {
        client_ca_file: files.write("clients.pem", &authority.0.pem()),
        ..server_settings(&authority)
    };
    let server = ServerTls::new(&settings, &[]).unwrap();
    let with = |(cert, key): (String, String)| TlsClientSettings {
        cert_pem: Secret::new(cert),
        key_pem: Secret::new(key),
        ..client_settings(&authority)
    };
    let ours = ClientTls::new(&with(authority.client()), &[]).unwrap();
    handshake(&ours, &server).await.unwrap();
    let theirs = ClientTls::new(&with(stranger.client()), &[]).unwrap();
    assert!(handshake(&theirs, &server).await.is_err());
    let none = ClientTls::new(&client_settings(&authority), &[]).unwrap();
    assert!(handshake(&none, &server).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn changed_files_are_used_after_a_second_and_bad_ones_never() {
    let (old, new) = (Authority::new(), Authority::new());
    let files = Files::new();
    let (cert, key) = old.server();
    let settings = TlsServerSettings {
        cert_file: files.write("cert.pem", &cert),
        key_file: files.write("key.pem", &key),
        ..Default::default()
    };
    let server = ServerTls::new(&settings, &[]).unwrap();
    let first = server.current();

    let (cert, key) = new.server();
    files.write("cert.pem", &cert);
    assert!(Arc::ptr_eq(&first, &server.current()), "looked at more than once per second");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(Arc::ptr_eq(&first, &server.current()), "a certificate without its key was taken");

    files.write("key.pem", &key);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(!Arc::ptr_eq(&first, &server.current()));
    let client = ClientTls::new(&client_settings(&new), &[]).unwrap();
    handshake(&client, &server).await.unwrap();

    std::fs::remove_file(files.path("cert.pem")).unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    handshake(&client, &server).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn reload_interval_reads_files_again_that_look_unchanged() {
    let authority = Authority::new();
    let files = Files::new();
    let settings = TlsClientSettings {
        ca_file: files.write("ca.pem", &authority.0.pem()),
        reload_interval: Duration::from_mins(1).into(),
        ..Default::default()
    };
    let client = ClientTls::new(&settings, &[]).unwrap();
    let first = client.current();
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(Arc::ptr_eq(&first, &client.current()));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(!Arc::ptr_eq(&first, &client.current()));
}

#[test]
fn errors_name_the_key_and_the_reason_and_no_secret() {
    let authority = Authority::new();
    let files = Files::new();
    let (cert, key) = authority.server();
    let missing = TlsClientSettings { ca_file: "/nonexistent/ca.pem".to_owned(), ..Default::default() };
    let error = ClientTls::new(&missing, &[]).unwrap_err();
    assert_eq!(error.at("tls"), "tls::ca_file");
    assert!(error.to_string().starts_with("cannot read /nonexistent/ca.pem: "), "{error}");

    let swapped = TlsServerSettings {
        cert_file: files.write("cert", &key),
        key_file: files.write("key", &cert),
        ..Default::default()
    };
    let error = ServerTls::new(&swapped, &[]).unwrap_err();
    assert_eq!(error.key(), "cert_file");
    assert!(error.to_string().ends_with("holds no PEM certificate"), "{error}");

    let other_key = authority.server().1;
    let mismatch = TlsServerSettings {
        cert_pem: Secret::new(cert.clone()),
        key_pem: Secret::new(other_key),
        ..Default::default()
    };
    assert_eq!(ServerTls::new(&mismatch, &[]).unwrap_err().key(), "cert_pem");

    let torn = key.replace("-----END", "----- END");
    let broken =
        TlsServerSettings { cert_pem: Secret::new(cert), key_pem: Secret::new(torn), ..Default::default() };
    let error = ServerTls::new(&broken, &[]).unwrap_err();
    assert_eq!(error.key(), "key_pem");
    assert_eq!(error.to_string(), "the text is not well-formed PEM (a private key is expected)");
}

#[test]
fn contradictions_are_found_without_touching_files() {
    let client = "{ca_file: a, ca_pem: b, cert_file: c, min_version: '1.3', max_version: '1.2', \
                  cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}";
    assert_eq!(
        problems::<TlsClientSettings>(client),
        [
            "key_file: a certificate needs its key",
            "ca_pem: give ca_file or ca_pem, not both",
            "min_version: must not be above max_version",
            "cipher_suites: unknown or insecure cipher suite \"TLS_RSA_WITH_RC4_128_SHA\"",
        ]
    );
    let server = "{cert_file: c, key_file: k, min_version: '1.0', curve_preferences: [P521]}";
    assert_eq!(
        problems::<TlsServerSettings>(server),
        [
            "min_version: TLS 1.0 is broken and not supported; use 1.2 or 1.3",
            "curve_preferences: none of these is supported; use X25519, P256 or P384",
        ]
    );
    assert_eq!(problems::<TlsServerSettings>("{}"), ["cert_file: a server needs a certificate and its key"]);
    assert_eq!(problems::<TlsClientSettings>("{}"), [""; 0]);
}
