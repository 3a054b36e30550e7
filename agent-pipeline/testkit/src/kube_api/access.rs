//! Who may do what: rules in the shape of a Role's, and the wording of a refusal.
//!
//! Not all of RBAC: no aggregation, no wildcards in sub-resources. As in a real server a list or watch counts as access
//! to one name when its field selector names it, so a rule with resource names allows it only then.

use super::selector::Selector;

/// One rule of a Role or `ClusterRole`, already bound to the server's service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Namespace of the `RoleBinding`; `None` is a `ClusterRoleBinding`.
    pub namespace: Option<String>,
    /// API group, empty for the core group.
    pub api_group: String,
    /// Resources, plural.
    pub resources: Vec<String>,
    /// Verbs; `*` is any.
    pub verbs: Vec<String>,
    /// Names the rule is restricted to; empty is any.
    pub resource_names: Vec<String>,
}

impl Rule {
    /// The documented Role of the agent: get, watch and list of the one `ConfigMap` `name`.
    pub fn read_config_map(namespace: &str, name: &str) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            api_group: String::new(),
            resources: vec!["configmaps".to_owned()],
            verbs: ["get", "watch", "list"].map(str::to_owned).to_vec(),
            resource_names: vec![name.to_owned()],
        }
    }

    /// Allows to write Events in `namespace`, and to count their repetitions.
    pub fn write_events(namespace: &str) -> Self {
        Self {
            namespace: Some(namespace.to_owned()),
            api_group: String::new(),
            resources: vec!["events".to_owned()],
            verbs: ["create", "patch"].map(str::to_owned).to_vec(),
            resource_names: Vec::new(),
        }
    }

    fn allows(&self, access: &Access) -> bool {
        let any = |list: &[String], wanted: &str| list.iter().any(|item| item == "*" || item == wanted);
        (self.namespace.is_none() || self.namespace == access.namespace)
            && (self.api_group == "*" || self.api_group == access.api_group)
            && any(&self.resources, &access.resource)
            && any(&self.verbs, &access.verb)
            && (self.resource_names.is_empty()
                || access.name.as_ref().is_some_and(|name| self.resource_names.contains(name)))
    }
}

/// What a request wants to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) verb: String,
    pub(super) api_group: String,
    pub(super) resource: String,
    pub(super) namespace: Option<String>,
    /// From the path, or from a field selector on `metadata.name`.
    pub(super) name: Option<String>,
    /// Of a list or a watch.
    pub(super) selector: Selector,
}

impl Access {
    pub(super) fn allowed_by(&self, rules: &[Rule]) -> bool {
        rules.iter().any(|rule| rule.allows(self))
    }

    /// The API server's message for `user` who may not do this.
    pub(super) fn refusal(&self, user: &str) -> String {
        let object = match &self.name {
            Some(name) => format!("{} \"{name}\"", self.resource),
            None => self.resource.clone(),
        };
        let place = match &self.namespace {
            Some(namespace) => format!("in the namespace \"{namespace}\""),
            None => "at the cluster scope".to_owned(),
        };
        format!(
            "{object} is forbidden: User \"{user}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
            self.verb, self.resource, self.api_group
        )
    }
}
