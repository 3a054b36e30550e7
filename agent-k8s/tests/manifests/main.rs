//! The manifests in `deploy/`: every document decodes into its Kubernetes type without loss, and says what is documented.
//!
//! Not a cluster: what an API server would default or refuse beyond types is not seen here.

#[cfg(test)]
mod access;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod kustomize;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod webhook;
