//! Random programs on random data: nothing panics, nothing hangs, and what comes out is valid.
//!
//! The fuzz target `ottl` makes its programs with the same module.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that fails panics")]

mod program;

use std::ops::ControlFlow;

use agent_ottl::{Conditions, Context, Program};
use proptest::prelude::*;

use program::{Choices, batches, condition, statement};

/// Runs a program made of the bytes over every kind of batch.
fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let context = Context::ALL[choices.pick(Context::ALL.len())];
    let statements: Vec<String> = (0..=choices.pick(3)).map(|_| statement(&mut choices, context)).collect();
    let conditions = vec![condition(&mut choices, context, 2)];
    for mut batch in batches() {
        if let Ok(program) = Program::parse(context, &conditions[..choices.pick(2)], &statements) {
            let _ = program.run(&mut batch, &mut |_| ControlFlow::Continue(()));
            program::check(&batch);
        }
        if let Ok(conditions) = Conditions::parse(context, &conditions) {
            let items = batch.items();
            let _ = conditions.drop_matching(&mut batch, &mut |_| ControlFlow::Continue(()));
            program::check(&batch);
            assert!(batch.items() <= items);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_program_leaves_valid_batches(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        run(&bytes);
    }
}

#[test]
fn many_of_the_random_programs_compile() {
    let mut seed = 7_u64;
    let compiled = (0..2000).filter(|_| {
        let bytes: Vec<u8> = (0..200)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                seed.to_be_bytes()[0]
            })
            .collect();
        let mut choices = Choices::new(&bytes);
        let context = Context::ALL[choices.pick(Context::ALL.len())];
        Program::parse(context, &[] as &[&str], &[statement(&mut choices, context)]).is_ok()
    });
    assert!(compiled.count() > 300);
}
