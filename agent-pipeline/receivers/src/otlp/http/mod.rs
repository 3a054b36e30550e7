//! OTLP/HTTP: HTTP/1.1 and HTTP/2 on one port, with prior knowledge or by ALPN.

mod answer;
mod cors;
mod handle;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{BoxFuture, Memory, Outputs};
use agent_config::GoDuration;
use agent_net::compression::Codec;
use agent_otlp::Signal;
use http::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;

use super::config::{HttpConfig, route};
use super::counts::Counts;
use super::server::activity::Running;
use super::server::drive::{Limits, drive};
use super::server::stream::Connection;
use super::server::{Peer, Protocol, Spawner, limits};
use cors::CorsRules;

/// A client that began the head of a request must end it within this, whatever the settings leave open.
const HEAD_WITHIN: Duration = Duration::from_mins(1);

/// The HTTP server of one receiver.
#[derive(Debug)]
pub(super) struct HttpServer {
    outputs: Outputs,
    memory: Memory,
    counts: Counts,
    routes: [(String, Signal); 3],
    codecs: Vec<Codec>,
    body_limit: usize,
    include_metadata: bool,
    response_headers: Vec<(HeaderName, HeaderValue)>,
    cors: Option<CorsRules>,
    keep_alive: bool,
    read_within: Option<Duration>,
    answer_within: Option<Duration>,
    limits: Limits,
}

impl HttpServer {
    pub(super) fn new(config: &HttpConfig, outputs: Outputs, memory: Memory, counts: Counts) -> Self {
        let some = |time: GoDuration| Some(time.to_std()).filter(|time| !time.is_zero());
        let read_within = some(config.read_timeout);
        let answer_within = some(config.write_timeout);
        let codecs = match &config.compression_algorithms {
            None => Codec::ALL.into_iter().chain([Codec::None]).collect(),
            Some(names) => names.iter().filter_map(|name| Codec::from_name(name)).collect(),
        };
        let headers = config.response_headers.iter().filter_map(|(name, value)| {
            let value = HeaderValue::try_from(value.expose()).ok()?;
            Some((HeaderName::try_from(name).ok()?, value))
        });
        Self {
            outputs,
            memory,
            counts,
            routes: [
                (route(&config.traces_url_path), Signal::Traces),
                (route(&config.metrics_url_path), Signal::Metrics),
                (route(&config.logs_url_path), Signal::Logs),
            ],
            codecs,
            body_limit: config.body_limit(),
            include_metadata: config.include_metadata,
            response_headers: headers.collect(),
            cors: config.cors.as_ref().and_then(CorsRules::new),
            keep_alive: config.keep_alives_enabled,
            read_within,
            answer_within,
            limits: Limits {
                head: some(config.read_header_timeout).or(read_within).or(Some(HEAD_WITHIN)),
                idle: some(config.idle_timeout).or(read_within),
                blocked: answer_within,
                ..Limits::default()
            },
        }
    }
}

impl Protocol for HttpServer {
    fn serve(self: Arc<Self>, connection: Connection) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let Connection { stream, activity, client, room, life, tasks } = connection;
            let times = self.limits;
            let mut builder = Builder::new(Spawner(tasks));
            // The time of a head is ours to watch: hyper's own limit counts the idle time before it as well.
            builder.http1().timer(TokioTimer::new()).header_read_timeout(None).keep_alive(self.keep_alive);
            builder
                .http2()
                .timer(TokioTimer::new())
                .max_frame_size(limits::FRAME)
                .initial_stream_window_size(limits::STREAM_WINDOW)
                .initial_connection_window_size(limits::CONNECTION_WINDOW)
                .max_concurrent_streams(limits::STREAMS)
                .max_header_list_size(limits::HEADERS)
                .max_pending_accept_reset_streams(limits::UNSEEN_RESETS)
                .max_local_error_reset_streams(limits::FORCED_RESETS);
            let peer = Arc::new(Peer { server: self, activity: Arc::clone(&activity), client });
            let service = service_fn(move |request| {
                let peer = Arc::clone(&peer);
                let running = Running::begin(&peer.activity);
                async move { Ok::<_, Infallible>(handle::answer(&peer, request, running).await) }
            });
            let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
            drive(connection, &activity, times, &room, &life).await;
        })
    }
}
