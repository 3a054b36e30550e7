//! The Kubernetes-native OpenTelemetry agent.
fn main() {}
