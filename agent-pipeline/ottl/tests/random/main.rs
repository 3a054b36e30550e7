//! Random programs on random data: nothing panics, nothing hangs or grows, and what comes out is valid.
//!
//! The fuzz target `ottl` makes programs with the same module. For longer than a test may take:
//! `PROPTEST_CASES=200000 cargo test -p agent-ottl --test random`.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails panics")]

mod data;
mod program;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use agent_ottl::{Conditions, Context, Program};
use proptest::prelude::*;

use program::{Choices, batches, condition, statement};

/// The longest that one program may take on one small batch: seconds, where it takes microseconds, for builds without
/// optimisation on a busy machine.
const SLOWEST: Duration = Duration::from_secs(20);

/// The most memory that a process full of them may take, in bytes: a program makes values of 16 MiB at most.
const MOST_MEMORY: u64 = 1 << 30;

/// Runs a program made of the bytes over every kind of batch, and over one made of the bytes.
fn run(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let context = Context::ALL[choices.pick(Context::ALL.len())];
    let statements: Vec<String> = (0..=choices.pick(3)).map(|_| statement(&mut choices, context)).collect();
    let conditions = vec![condition(&mut choices, context, 2)];
    let guarded = choices.pick(2);
    let random = data::batch_for(&mut choices, context);
    for mut batch in batches().into_iter().chain([random]) {
        let begin = Instant::now();
        if let Ok(program) = Program::parse(context, &conditions[..guarded], &statements) {
            let _ = program.run(&mut batch, &mut |_| ControlFlow::Continue(()));
            program::check(&batch);
        }
        if let Ok(conditions) = Conditions::parse(context, &conditions) {
            let items = batch.items();
            let _ = conditions.drop_matching(&mut batch, &mut |_| ControlFlow::Continue(()));
            program::check(&batch);
            assert!(batch.items() <= items);
        }
        assert!(begin.elapsed() < SLOWEST, "{statements:?} where {conditions:?}: {:?}", begin.elapsed());
    }
    assert!(peak_memory().is_none_or(|bytes| bytes < MOST_MEMORY), "{statements:?} where {conditions:?}");
}

/// At least 3,000, and as many as `PROPTEST_CASES` asks for.
fn cases() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases.max(3000), ..config }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn any_program_leaves_valid_batches(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        run(&bytes);
    }
}

/// Bytes of a generator that is the same everywhere.
fn bytes(seed: &mut u64, count: usize) -> Vec<u8> {
    let next = |_| {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        seed.to_be_bytes()[0]
    };
    (0..count).map(next).collect()
}

#[test]
fn many_of_the_random_programs_compile() {
    let mut seed = 7_u64;
    let compiled = (0..2000).filter(|_| {
        let bytes = bytes(&mut seed, 200);
        let mut choices = Choices::new(&bytes);
        let context = Context::ALL[choices.pick(Context::ALL.len())];
        Program::parse(context, &[] as &[&str], &[statement(&mut choices, context)]).is_ok()
    });
    assert!(compiled.count() > 300);
}

/// The most memory this process had resident, in bytes, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10)
}
