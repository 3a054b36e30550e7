//! What a test does to the server, and how the server goes away.

use super::*;

#[tokio::test]
async fn planned_faults_come_in_order_and_by_verb() {
    let server = Server::start().await.unwrap();
    put(&server, "x");
    server.fail_verb("list", 1, Fault::Drop);
    server.fail(1, Fault::Status { code: 429, retry_after: Some(3) });
    let answer = get(&server, ONE).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "3"));
    assert_eq!(answer.json()["details"]["retryAfterSeconds"], 3);
    assert_eq!(get(&server, ONE).await.status, 200);
    let list = request(&server, "GET", &format!("{CONFIG_MAPS}?{SELECTED}"), &Value::Null);
    assert!(ask(&server).send(list.clone()).await.is_err(), "dropped");
    assert_eq!(ask(&server).send(list).await.unwrap().status, 200);
}

#[tokio::test]
async fn a_refusing_server_comes_back_on_the_same_port() {
    let server = Server::start().await.unwrap();
    let mut lines = Lines::open(&server, "").await;
    server.refuse_connections(true).await.unwrap();
    assert_eq!(lines.next().await, None, "open connections are closed too");
    let refused = ask(&server).send(request(&server, "GET", ONE, &Value::Null)).await;
    assert!(refused.is_err());
    server.refuse_connections(false).await.unwrap();
    assert_eq!(get(&server, ONE).await.status, 404);
}

#[tokio::test]
async fn shutdown_ends_connections_and_frees_the_port() {
    let server = Server::start().await.unwrap();
    let address = server.address();
    let mut lines = Lines::open(&server, "").await;
    server.shutdown().await;
    assert_eq!(lines.next().await, None);
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
