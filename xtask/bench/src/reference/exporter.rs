//! Compresses batches and posts them, one after the other, over one HTTP/1.1 connection.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use libdeflater::{CompressionLvl, Compressor};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How a body is compressed.
pub(super) enum Encoder {
    /// As it is.
    Plain,
    /// libdeflate over the whole buffer, at its fastest level.
    Fastest(Compressor),
    /// A streaming encoder at level 6.
    Level6,
}

impl Encoder {
    /// The encoder of the floor.
    pub(super) fn fastest() -> Result<Self> {
        match CompressionLvl::new(1) {
            Ok(level) => Ok(Self::Fastest(Compressor::new(level))),
            Err(_) => bail!("libdeflate has no level 1"),
        }
    }

    /// Compresses one body.
    pub(super) fn encode(&mut self, plain: Bytes) -> Result<Bytes> {
        match self {
            Self::Plain => Ok(plain),
            Self::Fastest(compressor) => {
                let mut out = vec![0; compressor.gzip_compress_bound(plain.len())];
                let length = compressor.gzip_compress(&plain, &mut out)?;
                out.truncate(length);
                Ok(out.into())
            }
            Self::Level6 => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
                encoder.write_all(&plain)?;
                Ok(encoder.finish()?.into())
            }
        }
    }
}

/// A connection to the backend.
pub(super) struct Exporter {
    encoder: Encoder,
    base: String,
    sender: SendRequest<Full<Bytes>>,
    _driver: JoinSet<()>,
}

impl Exporter {
    /// Connects.
    pub(super) async fn connect(backend: &str, encoder: Encoder) -> Result<Self> {
        let uri: Uri = backend.parse()?;
        let authority = uri.authority().context("the backend has no address")?;
        let stream = TcpStream::connect(authority.as_str()).await.context("the backend does not answer")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut driver = JoinSet::new();
        driver.spawn(async move { drop(connection.await) });
        Ok(Self { encoder, base: backend.to_owned(), sender, _driver: driver })
    }

    /// Posts one batch.
    pub(super) async fn post(&mut self, path: &str, plain: Bytes) -> Result<()> {
        let uri: Uri = format!("{}{path}", self.base).parse()?;
        let host = uri.authority().map_or("", |authority| authority.as_str()).to_owned();
        let mut request = Request::post(uri)
            .header(header::HOST, host)
            .header("api-key", "bench")
            .header(header::CONTENT_TYPE, "application/x-protobuf");
        if !matches!(self.encoder, Encoder::Plain) {
            request = request.header(header::CONTENT_ENCODING, "gzip");
        }
        let request = request.body(Full::new(self.encoder.encode(plain)?))?;
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        response.into_body().collect().await?;
        if status != StatusCode::OK {
            bail!("the backend answered {status}");
        }
        Ok(())
    }
}
