//! figment's view of an [`Environment`]: the variables of the agent, as text.

use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

use super::Environment;

/// Gives the named variables that are set and not empty, each under its own name.
pub(super) struct Variables<'a> {
    pub(super) environment: &'a dyn Environment,
    pub(super) names: &'static [&'static str],
}

impl Provider for Variables<'_> {
    fn metadata(&self) -> Metadata {
        Metadata::named("environment variable(s)")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let set = self.names.iter().filter_map(|name| {
            let value = self.environment.get(name).filter(|value| !value.is_empty())?;
            Some(((*name).to_owned(), Value::from(value)))
        });
        Ok(Map::from([(Profile::Default, set.collect())]))
    }
}
