//! The relay: tonic, a full decode into the published types, a batch as the seed configuration has it, a full encode,
//! gzip level 6.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::{Request, Response, Status};

use super::Options;
use super::exporter::{Encoder, Exporter};
use crate::backend::data_points;

const BATCH_ITEMS: usize = 1024;
const TIMEOUT: Duration = Duration::from_millis(200);

/// What the batches of the three signals have in common.
trait Batchable: Message + Default + Send + 'static {
    const PATH: &'static str;
    fn append(&mut self, other: Self);
    fn items(&self) -> usize;
}

impl Batchable for ExportTraceServiceRequest {
    const PATH: &'static str = "/v1/traces";

    fn append(&mut self, other: Self) {
        self.resource_spans.extend(other.resource_spans);
    }

    fn items(&self) -> usize {
        self.resource_spans.iter().flat_map(|entry| &entry.scope_spans).map(|scope| scope.spans.len()).sum()
    }
}

impl Batchable for ExportLogsServiceRequest {
    const PATH: &'static str = "/v1/logs";

    fn append(&mut self, other: Self) {
        self.resource_logs.extend(other.resource_logs);
    }

    fn items(&self) -> usize {
        self.resource_logs
            .iter()
            .flat_map(|entry| &entry.scope_logs)
            .map(|scope| scope.log_records.len())
            .sum()
    }
}

impl Batchable for ExportMetricsServiceRequest {
    const PATH: &'static str = "/v1/metrics";

    fn append(&mut self, other: Self) {
        self.resource_metrics.extend(other.resource_metrics);
    }

    fn items(&self) -> usize {
        data_points(self)
    }
}

type Full = mpsc::Sender<(&'static str, Bytes)>;

/// Collects the requests of one signal.
struct Batch<T> {
    pending: Arc<Mutex<(T, usize)>>,
    full: Full,
}

impl<T: Batchable> Batch<T> {
    fn new(full: &Full, tasks: &mut JoinSet<Result<()>>) -> Self {
        let batch = Self { pending: Arc::default(), full: full.clone() };
        let (pending, full) = (Arc::clone(&batch.pending), full.clone());
        tasks.spawn(async move {
            loop {
                tokio::time::sleep(TIMEOUT).await;
                let (request, items) =
                    std::mem::take(&mut *pending.lock().unwrap_or_else(PoisonError::into_inner));
                if items > 0 {
                    full.send((T::PATH, request.encode_to_vec().into())).await?;
                }
            }
        });
        batch
    }

    async fn add(&self, request: T) -> Result<(), Status> {
        let full = {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            pending.1 += request.items();
            pending.0.append(request);
            (pending.1 >= BATCH_ITEMS).then(|| std::mem::take(&mut *pending).0)
        };
        if let Some(full) = full {
            let body = full.encode_to_vec().into();
            self.full
                .send((T::PATH, body))
                .await
                .map_err(|_| Status::unavailable("the exporter has ended"))?;
        }
        Ok(())
    }
}

#[tonic::async_trait]
impl TraceService for Batch<ExportTraceServiceRequest> {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.add(request.into_inner()).await?;
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Batch<ExportLogsServiceRequest> {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        self.add(request.into_inner()).await?;
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Batch<ExportMetricsServiceRequest> {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        self.add(request.into_inner()).await?;
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

/// Runs until it is killed.
pub(super) async fn run(options: Options) -> Result<()> {
    let encoder = if options.compression == "gzip" { Encoder::Level6 } else { Encoder::Plain };
    let mut exporter = Exporter::connect(&options.backend, encoder).await?;
    let (full, mut batches) = mpsc::channel(2);
    let mut tasks = JoinSet::new();
    let server = tonic::transport::Server::builder()
        .add_service(TraceServiceServer::new(Batch::new(&full, &mut tasks)))
        .add_service(LogsServiceServer::new(Batch::new(&full, &mut tasks)))
        .add_service(MetricsServiceServer::new(Batch::new(&full, &mut tasks)))
        .serve(options.grpc);
    tasks.spawn(async move { server.await.context("the gRPC server") });
    tasks.spawn(async move {
        while let Some((path, body)) = batches.recv().await {
            exporter.post(path, body).await?;
        }
        bail!("no server is left")
    });
    match tasks.join_next().await {
        Some(ended) => ended?,
        None => Ok(()),
    }
}
