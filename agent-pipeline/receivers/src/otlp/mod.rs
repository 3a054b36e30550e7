//! `otlp`: takes telemetry from OpenTelemetry SDKs, agents and collectors, over gRPC and HTTP.
//!
//! One server a protocol for all signals. What a client is answered is what came back from the pipeline, so a
//! success means that a holder of data has taken it. Sockets are bound in `start`; `run` owns all tasks.

mod answer;
pub mod config;
mod counts;
mod export;
mod grpc;
mod http;
mod metadata;
mod server;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use agent_component::{
    BoxFuture, BuildContext, BuildError, Endpoint, Host, Info, Life, Outputs, Receiver, ReceiverComponent,
    RunError, StartError,
};
use agent_config::ComponentId;
use agent_net::tls::{ServerTls, TlsServerSettings};
use tokio_util::task::TaskTracker;
use tracing::info;

use self::config::{Config, GrpcConfig, HttpConfig, is_unix};
use self::counts::Counts;
use self::grpc::GrpcServer;
use self::http::HttpServer;
use self::server::accept::{Ending, accept};
use self::server::socket::Socket;

const GRPC: &str = "protocols::grpc";
const HTTP: &str = "protocols::http";

/// The OTLP receiver.
#[derive(Debug)]
pub struct Otlp {
    id: ComponentId,
    host: Arc<Host>,
    grpc: Option<Service<GrpcConfig>>,
    http: Option<Service<HttpConfig>>,
}

/// One protocol: its settings, its certificate, and its socket once started.
#[derive(Debug)]
struct Service<C> {
    config: C,
    tls: Option<ServerTls>,
    socket: Option<Socket>,
}

impl<C> Service<C> {
    fn new(config: C, tls: Option<&TlsServerSettings>, alpn: &[&str], key: &str) -> Result<Self, BuildError> {
        let tls = tls
            .map(|settings| ServerTls::new(settings, alpn))
            .transpose()
            .map_err(|error| BuildError::new(error.at(&format!("{key}::tls")), error.to_string()))?;
        Ok(Self { config, tls, socket: None })
    }
}

impl ReceiverComponent for Otlp {
    const INFO: Info = Info::stable("otlp");
    type Config = Config;

    fn endpoints(config: &Config) -> Vec<Endpoint> {
        let grpc = config.protocols.grpc.as_ref().map(|grpc| (GRPC, &grpc.endpoint, &grpc.transport));
        let http = config.protocols.http.as_ref().map(|http| (HTTP, &http.endpoint, &http.transport));
        let endpoint = |(key, address, transport): (&str, &String, &String)| Endpoint {
            at: format!("{key}::endpoint"),
            address: address.clone(),
            is_unix: is_unix(transport),
        };
        grpc.into_iter().chain(http).map(endpoint).collect()
    }

    fn build(config: &Config, context: &BuildContext) -> Result<Self, BuildError> {
        let grpc = config.protocols.grpc.clone();
        let grpc = grpc.map(|config| {
            let tls = config.tls.clone();
            Service::new(config, tls.as_ref(), &["h2"], GRPC)
        });
        let http = config.protocols.http.clone();
        let http = http.map(|config| {
            let tls = config.tls.clone();
            Service::new(config, tls.as_ref(), &["h2", "http/1.1"], HTTP)
        });
        Ok(Self {
            id: context.id.clone(),
            host: Arc::clone(&context.host),
            grpc: grpc.transpose()?,
            http: http.transpose()?,
        })
    }
}

impl Receiver for Otlp {
    fn start(&mut self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async {
            let listeners = &self.host.listeners;
            if let Some(grpc) = &mut self.grpc {
                let config = &grpc.config;
                let socket = Socket::listen(listeners, &config.endpoint, &config.transport, GRPC)?;
                info!(component = %self.id, endpoint = config.endpoint, address = socket.address().map(display), "Starting GRPC server");
                grpc.socket = Some(socket);
            }
            if let Some(http) = &mut self.http {
                let config = &http.config;
                let socket = Socket::listen(listeners, &config.endpoint, &config.transport, HTTP)?;
                info!(component = %self.id, endpoint = config.endpoint, address = socket.address().map(display), "Starting HTTP server");
                http.socket = Some(socket);
            }
            Ok(())
        })
    }

    fn run(self: Box<Self>, outputs: Outputs, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            let Self { id, host, grpc, http } = *self;
            let tasks = TaskTracker::new();
            let counts = |transport| Counts::new(&host, &id, transport);
            let panics = counts("").panics;
            let ending = Ending { life: life.clone(), lame_duck: host.lame_duck, panics };
            let serve_grpc = async {
                let Some(Service { config, tls, socket: Some(socket) }) = grpc else { return Ok(()) };
                let server =
                    Arc::new(GrpcServer::new(&config, outputs.clone(), host.memory.clone(), counts("grpc")));
                accept(socket, tls, server, ending.clone(), tasks.clone()).await
            };
            let serve_http = async {
                let Some(Service { config, tls, socket: Some(socket) }) = http else { return Ok(()) };
                let server =
                    Arc::new(HttpServer::new(&config, outputs.clone(), host.memory.clone(), counts("http")));
                accept(socket, tls, server, ending.clone(), tasks.clone()).await
            };
            tokio::try_join!(serve_grpc, serve_http)?;
            tasks.close();
            // Connections end by themselves on both tokens; what is left of a request's task on abort ends with them.
            life.or_abort(tasks.wait()).await;
            Ok(())
        })
    }
}
