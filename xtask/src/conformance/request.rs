//! The requests of a case: `NN.<signal>.json` is posted as it is, `NN.http.json` describes any other request.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::Value;

use super::case::read_json;

/// One request and what its answer must hold.
#[derive(Debug, Default)]
pub(super) struct Request {
    /// File it comes from, for reports.
    pub(super) file: String,
    /// HTTP method.
    pub(super) method: String,
    /// Path with query.
    pub(super) path: String,
    /// Headers, besides those that the client adds.
    pub(super) headers: Vec<(String, String)>,
    /// Body, compressed already.
    pub(super) body: Vec<u8>,
    /// Sent in two chunks.
    pub(super) chunked: bool,
    /// `content_type`, `body`, `body_base64` or members of `json` that the answer must have.
    pub(super) response: Option<Value>,
}

/// The requests of a case in their order.
pub(super) fn read_all(folder: &Path) -> Result<Vec<Request>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let mut requests = Vec::new();
    for name in names {
        let Some((number, kind)) = name.strip_suffix(".json").and_then(|stem| stem.split_once('.')) else {
            continue;
        };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let path = folder.join(&name);
        match kind {
            "http" => {
                let description = read_json(&path)?;
                let request = described(name, &description).with_context(|| path.display().to_string())?;
                requests.push(request);
            }
            "traces" | "metrics" | "logs" => requests.push(Request {
                method: "POST".to_owned(),
                path: format!("/v1/{kind}"),
                headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
                body: fs::read(&path)?,
                file: name,
                ..Request::default()
            }),
            _ => {}
        }
    }
    Ok(requests)
}

fn described(file: String, spec: &Value) -> Result<Request> {
    let text = |key: &str| spec.get(key).and_then(Value::as_str);
    let body = if let Some(encoded) = text("body_base64") {
        STANDARD.decode(encoded)?
    } else if let Some(json) = spec.get("body_json") {
        json.to_string().into_bytes()
    } else {
        text("body").unwrap_or_default().as_bytes().to_vec()
    };
    let body = match text("compress") {
        Some("gzip") => {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&body)?;
            encoder.finish()?
        }
        Some("zlib" | "deflate") => {
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&body)?;
            encoder.finish()?
        }
        Some(other) => bail!("compress: `{other}` is unknown"),
        None => body,
    };
    let headers = spec.get("headers").and_then(Value::as_object).into_iter().flatten();
    Ok(Request {
        file,
        method: text("method").unwrap_or("POST").to_owned(),
        path: text("path").context("a request without a path")?.to_owned(),
        headers: headers.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect(),
        body,
        chunked: spec.get("chunked").and_then(Value::as_bool).unwrap_or(false),
        response: spec.get("expect_response").filter(|value| !value.is_null()).cloned(),
    })
}
