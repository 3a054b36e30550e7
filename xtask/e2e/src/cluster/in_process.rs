//! The API server of the tests, with the Role of the manifests.

use std::path::Path;

use agent_testkit::kube_api::{Options, Rule, Server};
use anyhow::{Context as _, Result};
use k8s_openapi::api::rbac::v1::Role;

use crate::json::text;
use crate::manifest;

/// Starts the server for the account of the manifests.
pub(super) async fn start(root: &Path) -> Result<Server> {
    let role: Role = serde_json::from_value(manifest::document(root, manifest::ACCESS, "Role")?)?;
    let namespace = role.metadata.namespace.context("the Role has no namespace")?;
    let account = manifest::document(root, manifest::ACCESS, "ServiceAccount")?;
    let service_account = text(&account, "/metadata/name").to_owned();
    let mut rules = Vec::new();
    for rule in role.rules.unwrap_or_default() {
        for api_group in rule.api_groups.unwrap_or_default() {
            rules.push(Rule {
                namespace: Some(namespace.clone()),
                api_group,
                resources: rule.resources.clone().unwrap_or_default(),
                verbs: rule.verbs.clone(),
                resource_names: rule.resource_names.clone().unwrap_or_default(),
            });
        }
    }
    Ok(Server::start_with(Options { namespace, service_account, rules }).await?)
}
