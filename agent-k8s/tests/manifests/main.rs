//! The manifests in `deploy/`, plain, of kustomizations and of the chart: every document decodes into its Kubernetes type
//! without loss, says what is documented, and gives away no privilege.
//!
//! Not a cluster: what an API server would default or refuse beyond types is not seen here.

#[cfg(test)]
mod access;
#[cfg(test)]
mod chart;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod documentation;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod hardening;
#[cfg(test)]
mod helm;
#[cfg(test)]
mod helm_installed;
#[cfg(test)]
mod kustomize;
#[cfg(test)]
mod presets;
#[cfg(test)]
mod roles;
#[cfg(test)]
mod standard;
#[cfg(test)]
mod values;
#[cfg(test)]
mod webhook;
