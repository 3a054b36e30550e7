//! A small HTTP/1.1 client over a socket.
//!
//! Cases send what a well-behaved client library would refuse to send, and want the bytes of the answer untouched;
//! hence no library.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::request::Request;

const PATIENCE: Duration = Duration::from_secs(15);

/// The answer to a request.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Response {
    /// HTTP status.
    pub(super) status: u64,
    /// `Content-Type`, empty where absent.
    pub(super) content_type: String,
    /// Body without its framing.
    pub(super) body: Vec<u8>,
}

/// Sends one request on a connection of its own.
pub(super) fn send(port: u16, request: &Request) -> io::Result<Response> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    match stream.write_all(&encode(port, request)) {
        // Refused before the body was read: the answer still counts.
        Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => {}
        other => other?,
    }
    decode(&mut BufReader::new(stream), request.method == "HEAD")
}

fn encode(port: u16, request: &Request) -> Vec<u8> {
    let mut headers = request.headers.clone();
    let given = |name: &str| request.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    if !given("host") {
        headers.insert(0, ("Host".to_owned(), format!("127.0.0.1:{port}")));
    }
    let mut body = Vec::new();
    if request.chunked {
        headers.push(("Transfer-Encoding".to_owned(), "chunked".to_owned()));
        let (first, second) = request.body.split_at(request.body.len() / 2);
        for chunk in [first, second].into_iter().filter(|chunk| !chunk.is_empty()) {
            body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            body.extend_from_slice(chunk);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"0\r\n\r\n");
    } else {
        if (!request.body.is_empty() || request.method == "POST") && !given("content-length") {
            headers.push(("Content-Length".to_owned(), request.body.len().to_string()));
        }
        body.extend_from_slice(&request.body);
    }
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    for (key, value) in headers {
        head.extend([key.as_str(), ": ", value.as_str(), "\r\n"]);
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.append(&mut body);
    bytes
}

fn decode(reader: &mut impl BufRead, head_only: bool) -> io::Result<Response> {
    let (mut response, length, chunked) = loop {
        let head = read_head(reader)?;
        if head.0.status >= 200 {
            break head;
        }
    };
    if head_only || matches!(response.status, 204 | 304) {
        return Ok(response);
    }
    if chunked {
        loop {
            let line = read_line(reader)?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
            if size == 0 {
                break;
            }
            reader.by_ref().take(size).read_to_end(&mut response.body)?;
            read_line(reader)?;
        }
    } else if let Some(length) = length {
        reader.by_ref().take(length).read_to_end(&mut response.body)?;
        if response.body.len() as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    } else {
        reader.read_to_end(&mut response.body)?;
    }
    Ok(response)
}

/// Status line and headers: the answer without its body, the body's length, whether it is chunked.
fn read_head(reader: &mut impl BufRead) -> io::Result<(Response, Option<u64>, bool)> {
    let status = read_line(reader)?;
    let status = status.split(' ').nth(1).and_then(|code| code.parse().ok());
    let mut response =
        Response { status: status.ok_or_else(|| malformed("status line"))?, ..Response::default() };
    let (mut length, mut chunked) = (None, false);
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            return Ok((response, length, chunked));
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-type" => value.clone_into(&mut response.content_type),
            "content-length" => length = value.parse().ok(),
            "transfer-encoding" => chunked = value.to_ascii_lowercase().contains("chunked"),
            _ => {}
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Response {
        decode(&mut text.as_bytes(), false).unwrap()
    }

    #[test]
    fn reads_bodies_in_every_framing() {
        let plain = read("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok rest");
        assert_eq!(
            (plain.status, plain.content_type.as_str(), plain.body.as_slice()),
            (200, "text/plain", &b"ok"[..])
        );
        let chunked =
            read("HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n");
        assert_eq!((chunked.status, chunked.body.as_slice()), (400, &b"abc"[..]));
        let closed = read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Busy\r\n\r\nto the end");
        assert_eq!((closed.status, closed.body.as_slice()), (503, &b"to the end"[..]));
    }

    #[test]
    fn a_cut_answer_is_an_error() {
        assert!(decode(&mut &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"[..], false).is_err());
        assert!(decode(&mut &b"HTTP/1.1 200 OK\r\n"[..], false).is_err());
    }

    #[test]
    fn sends_a_chunked_body_in_two_chunks() {
        let request = Request {
            method: "POST".to_owned(),
            path: "/v1/logs".to_owned(),
            body: b"abc".to_vec(),
            chunked: true,
            ..Request::default()
        };
        let text = String::from_utf8(encode(1, &request)).unwrap();
        assert!(text.ends_with("\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), "{text}");
        assert!(!text.contains("Content-Length"));
    }
}
