//! Cross-origin requests.

use super::harness::{LOGS_JSON, Running, http_with, run};

async fn preflight(receiver: &Running, origin: &str, headers: &str) -> super::harness::Reply {
    let head = format!(
        "OPTIONS /v1/traces HTTP/1.1\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: {headers}"
    );
    receiver.send(&head, b"").await
}

#[tokio::test]
async fn a_preflight_from_an_allowed_origin_is_allowed() {
    let settings = "cors: {allowed_origins: ['http://*.example.com', 'https://one.org'], max_age: 7200}";
    let receiver = run(&http_with(settings)).await;
    for origin in ["http://a.example.com", "HTTP://A.Example.com", "https://one.org"] {
        let reply = preflight(&receiver, origin, "content-type,x-requested-with").await;
        assert_eq!((reply.status, reply.text()), (204, ""), "{origin}");
        assert_eq!(reply.header("access-control-allow-origin"), Some(origin));
        assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
        assert_eq!(reply.header("access-control-allow-headers"), Some("content-type,x-requested-with"));
        assert_eq!(reply.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(reply.header("access-control-max-age"), Some("7200"));
    }
}

#[tokio::test]
async fn a_preflight_from_elsewhere_or_with_other_headers_gets_no_permission() {
    let receiver =
        run(&http_with("cors: {allowed_origins: ['http://*.example.com'], allowed_headers: [X-Key]}")).await;
    for origin in ["http://example.com", "http://a.example.com.evil.org", "https://a.example.com"] {
        let reply = preflight(&receiver, origin, "content-type").await;
        assert_eq!((reply.status, reply.header("access-control-allow-origin")), (204, None), "{origin}");
    }
    let reply = preflight(&receiver, "http://a.example.com", "x-key, content-type").await;
    assert_eq!(reply.header("access-control-allow-headers"), Some("x-key, content-type"));
    let reply = preflight(&receiver, "http://a.example.com", "x-other").await;
    assert_eq!(
        (reply.header("access-control-allow-methods"), reply.header("access-control-allow-headers")),
        (None, None)
    );
}

#[tokio::test]
async fn any_origin_and_any_header_can_be_allowed() {
    let receiver = run(&http_with("cors: {allowed_origins: ['*'], allowed_headers: ['*']}")).await;
    let reply = preflight(&receiver, "http://anywhere", "x-anything").await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("x-anything"));
    assert_eq!(reply.header("access-control-max-age"), None);
}

#[tokio::test]
async fn a_request_is_served_wherever_it_comes_from_and_the_browser_told() {
    let receiver = run(&http_with("cors: {allowed_origins: ['http://one.org']}")).await;
    for (origin, expected) in [("http://one.org", Some("http://one.org")), ("http://two.org", None)] {
        let headers = format!("Content-Type: application/json\r\nOrigin: {origin}");
        let reply = receiver.post("/v1/logs", &headers, LOGS_JSON.as_bytes()).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("access-control-allow-origin"), expected);
        assert_eq!(reply.header("vary"), Some("Origin"));
    }
    assert_eq!(receiver.post_json("/v1/logs", LOGS_JSON).await.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn without_origins_a_preflight_is_just_another_method() {
    let receiver = run(&http_with("cors: {allowed_headers: [x]}")).await;
    assert_eq!(preflight(&receiver, "http://a.org", "x").await.status, 405);
}
