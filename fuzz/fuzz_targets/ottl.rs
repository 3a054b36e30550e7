//! Random programs on sample batches and on what else the input holds.

#![no_main]

#[path = "../../agent-pipeline/ottl/tests/random/program.rs"]
mod program;

use std::ops::ControlFlow;

use agent_otlp::{Batch, Signal};
use agent_ottl::{Conditions, Context, Program};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use program::{Choices, batches, check, condition, statement};

fuzz_target!(|data: &[u8]| {
    let (choices, wire) = data.split_at(data.len().min(256));
    let mut choices = Choices::new(choices);
    let context = Context::ALL[choices.pick(Context::ALL.len())];
    let statements: Vec<String> = (0..=choices.pick(3)).map(|_| statement(&mut choices, context)).collect();
    let conditions = [condition(&mut choices, context, 2)];
    let program = Program::parse(context, &conditions[..choices.pick(2)], &statements);
    let conditions = Conditions::parse(context, &conditions);
    let given = Signal::ALL.into_iter().filter(|signal| context.is_of(*signal));
    let given = given.filter_map(|signal| Batch::from_protobuf(signal, Bytes::copy_from_slice(wire)).ok());
    for mut batch in batches().into_iter().chain(given) {
        if let Ok(program) = &program {
            let _ = program.run(&mut batch, &mut |_| ControlFlow::Continue(()));
            check(&batch);
        }
        if let Ok(conditions) = &conditions {
            let _ = conditions.drop_matching(&mut batch, &mut |_| ControlFlow::Continue(()));
            check(&batch);
        }
    }
});
