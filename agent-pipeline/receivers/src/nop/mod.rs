//! `nop`: a receiver that never receives anything.
//!
//! For pipelines that must name a receiver, and for tests of a graph.

#[cfg(test)]
mod tests;

use agent_component::{
    BoxFuture, BuildContext, BuildError, Info, Life, Outputs, Receiver, ReceiverComponent,
};
use agent_component::{RunError, StartError};
use agent_config::Validate;
use serde::Deserialize;

/// It has no settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {}

impl Validate for Config {}

/// Receives nothing until it is stopped.
#[derive(Debug)]
pub struct Nop;

impl ReceiverComponent for Nop {
    const INFO: Info = Info::stable("nop");
    type Config = Config;

    fn build(_: &Config, _: &BuildContext) -> Result<Self, BuildError> {
        Ok(Self)
    }
}

impl Receiver for Nop {
    fn start(&mut self) -> BoxFuture<'_, Result<(), StartError>> {
        Box::pin(async { Ok(()) })
    }

    fn run(self: Box<Self>, _: Outputs, life: Life) -> BoxFuture<'static, Result<(), RunError>> {
        Box::pin(async move {
            life.stop.cancelled().await;
            Ok(())
        })
    }
}
