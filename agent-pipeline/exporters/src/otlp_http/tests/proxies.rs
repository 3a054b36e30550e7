//! TLS, and ways through real proxies.

use super::*;

#[tokio::test]
async fn tls_trusts_what_it_is_told_to_trust() {
    let backend = backend_with(tls()).await;
    let (url, ca) = (backend.http_url(), quoted(&backend.authority().certificate_pem()));
    let trusting = sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {ca}}}}}"));
    trusting.send(&spans(1)).await.unwrap();
    let other = quoted(&backend_with(tls()).await.authority().certificate_pem());
    let strict = sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {other}}}}}"));
    let error = strict.send(&spans(1)).await.refused();
    assert!(error.message.contains("TLS: invalid peer certificate"), "{error}");
    let lax = sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {other}, insecure_skip_verify: true}}}}"));
    lax.send(&spans(1)).await.unwrap();
    let http1 = sender(&format!("{{endpoint: {url}, force_attempt_http2: false, tls: {{ca_pem: {ca}}}}}"));
    http1.send(&spans(1)).await.unwrap();
    assert_eq!(backend.counts().spans, 3);
}

#[tokio::test]
async fn mtls_shows_the_clients_certificate() {
    let backend = backend_with(Options { client_certificates: true, ..tls() }).await;
    let authority = backend.authority();
    let (url, ca) = (backend.http_url(), quoted(&authority.certificate_pem()));
    let client = authority.client("agent").unwrap();
    let (cert, key) = (quoted(&client.certificate_pem), quoted(&client.key_pem));
    let known =
        sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {ca}, cert_pem: {cert}, key_pem: {key}}}}}"));
    known.send(&spans(1)).await.unwrap();
    let unknown = sender(&format!("{{endpoint: {url}, tls: {{ca_pem: {ca}}}}}"));
    unknown.send(&spans(1)).await.refused();
}

/// A proxy that takes one connection after the other and notes the head of the first request on each.
async fn proxy(tasks: &mut JoinSet<()>) -> (String, tokio::sync::mpsc::Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (heads, received) = tokio::sync::mpsc::channel(8);
    tasks.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut near = BufReader::new(stream);
            let mut head = Vec::new();
            loop {
                let mut line = String::new();
                near.read_line(&mut line).await.unwrap();
                match line.trim_end() {
                    "" => break,
                    line => head.push(line.to_owned()),
                }
            }
            let target = head[0].split(' ').nth(1).unwrap().to_owned();
            let tunnel = head[0].starts_with("CONNECT ");
            heads.send(head).await.unwrap();
            if tunnel {
                let mut far = TcpStream::connect(target).await.unwrap();
                near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let _ = copy_bidirectional(&mut near, &mut far).await;
            } else {
                near.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            }
        }
    });
    (address, received)
}

#[tokio::test]
async fn a_proxy_tunnels_https_and_forwards_http() {
    let mut tasks = JoinSet::new();
    let (proxy, mut heads) = proxy(&mut tasks).await;
    let backend = backend_with(tls()).await;
    let (url, ca) = (backend.http_url(), quoted(&backend.authority().certificate_pem()));
    let tunnelled = sender(&format!(
        "{{endpoint: {url}, proxy_url: 'http://user:pass@{proxy}', tls: {{ca_pem: {ca}}}, disable_keep_alives: true}}"
    ));
    tunnelled.send(&spans(2)).await.unwrap();
    assert_eq!(backend.counts().spans, 2);
    let head = heads.recv().await.unwrap();
    assert_eq!(head[0], format!("CONNECT {} HTTP/1.1", backend.http_address()));
    assert!(head.contains(&"Proxy-Authorization: Basic dXNlcjpwYXNz".to_owned()), "{head:?}");
    tunnelled.close().await;

    let forwarded =
        sender(&format!("{{endpoint: 'http://backend.example', proxy_url: 'http://user:pass@{proxy}'}}"));
    forwarded.send(&spans(1)).await.unwrap();
    let head = heads.recv().await.unwrap();
    assert_eq!(head[0], "POST http://backend.example/v1/traces HTTP/1.1");
    assert!(head.contains(&"proxy-authorization: Basic dXNlcjpwYXNz".to_owned()), "{head:?}");
}

#[tokio::test]
async fn the_environment_names_the_proxy_unless_no_proxy_does() {
    let mut tasks = JoinSet::new();
    let (proxy, mut heads) = proxy(&mut tasks).await;
    let environment = MapEnvironment::new()
        .with("HTTP_PROXY", format!("http://{proxy}"))
        .with("NO_PROXY", "direct.invalid");
    let host = context_with("otlp_http", environment).host;
    let through = |url: &str| {
        HttpSender::new(&good(&format!("{{endpoint: '{url}', timeout: 1s}}")), &host, &[Signal::Traces])
            .unwrap()
    };
    through("http://backend.invalid").send(&spans(1)).await.unwrap();
    assert_eq!(heads.recv().await.unwrap()[0], "POST http://backend.invalid/v1/traces HTTP/1.1");
    through("http://direct.invalid").send(&spans(1)).await.refused();
    let backend = Backend::start().await.unwrap();
    through(&backend.http_url()).send(&spans(1)).await.unwrap();
    assert_eq!(backend.counts().spans, 1, "this machine is never behind a proxy of the environment");
}
