//! OTLP/gRPC, straight on hyper's HTTP/2: three unary methods need no framework.
//!
//! The way of a request is kept short: one task, the body's bytes as they came off the socket, no copy of a message
//! that came in one frame, an answer of static bytes. Windows and frame size are set so that a usual request is one
//! DATA frame.

mod call;
mod reply;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use agent_component::{BoxFuture, Memory, Outputs};
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};

use super::config::GrpcConfig;
use super::counts::Counts;
use super::server::activity::Running;
use super::server::drive::{Limits, drive};
use super::server::stream::Connection;
use super::server::{Peer, Protocol, Spawner, limits};

/// As OTLP/HTTP's: a client that began to say something must get to its first request.
const PREFACE_WITHIN: Duration = Duration::from_mins(1);
/// gRPC's own defaults.
const PING_AFTER: Duration = Duration::from_hours(2);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// The gRPC server of one receiver.
#[derive(Debug)]
pub(super) struct GrpcServer {
    outputs: Outputs,
    memory: Memory,
    counts: Counts,
    message_limit: usize,
    include_metadata: bool,
    streams: u32,
    ping_after: Duration,
    ping_timeout: Duration,
    limits: Limits,
}

impl GrpcServer {
    pub(super) fn new(config: &GrpcConfig, outputs: Outputs, memory: Memory, counts: Counts) -> Self {
        let parameters = config.server_parameters();
        let some = |time: agent_config::GoDuration| Some(time.to_std()).filter(|time| !time.is_zero());
        Self {
            outputs,
            memory,
            counts,
            message_limit: config.message_limit(),
            include_metadata: config.include_metadata,
            streams: Some(config.max_concurrent_streams).filter(|most| *most > 0).unwrap_or(limits::STREAMS),
            ping_after: some(parameters.time).unwrap_or(PING_AFTER),
            ping_timeout: some(parameters.timeout).unwrap_or(PING_TIMEOUT),
            limits: Limits {
                head: Some(PREFACE_WITHIN),
                idle: some(parameters.max_connection_idle),
                age: some(parameters.max_connection_age),
                age_grace: some(parameters.max_connection_age_grace),
                ..Limits::default()
            },
        }
    }
}

/// A tenth more or less, so that connections made together do not all end together (as grpc-go does).
fn spread(age: Duration) -> Duration {
    age.mul_f64(0.9 + fastrand::f64() / 5.0)
}

impl Protocol for GrpcServer {
    fn serve(self: Arc<Self>, connection: Connection) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            let Connection { stream, activity, client, room, life, tasks } = connection;
            let times = Limits { age: self.limits.age.map(spread), ..self.limits };
            let mut builder = Builder::new(Spawner(tasks));
            builder
                .timer(TokioTimer::new())
                .auto_date_header(false)
                .max_frame_size(limits::FRAME)
                .initial_stream_window_size(limits::STREAM_WINDOW)
                .initial_connection_window_size(limits::CONNECTION_WINDOW)
                .max_concurrent_streams(self.streams)
                .max_header_list_size(limits::HEADERS)
                .max_pending_accept_reset_streams(limits::UNSEEN_RESETS)
                .max_local_error_reset_streams(limits::FORCED_RESETS)
                .keep_alive_interval(self.ping_after)
                .keep_alive_timeout(self.ping_timeout);
            let peer = Arc::new(Peer { server: self, activity: Arc::clone(&activity), client });
            let service = service_fn(move |request| {
                let peer = Arc::clone(&peer);
                let running = Running::begin(&peer.activity);
                async move { Ok::<_, Infallible>(call::answer(&peer, request, running).await) }
            });
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            drive(connection, &activity, times, &room, &life).await;
        })
    }
}
