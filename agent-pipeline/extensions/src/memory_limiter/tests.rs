//! `memory_limiter`: the lines it draws, and for how long.

use agent_component::{BuildInfo, Host, Lines, Memory};
use agent_config::{Issues, MapEnvironment, Section};

use super::*;

const MIB: u64 = 1 << 20;

fn context() -> BuildContext {
    let build = BuildInfo { version: "0.0.0", commit: "none" };
    let host = Host::new(build, Arc::new(MapEnvironment::new()));
    let host = Host { memory: Memory::measured_by(|| Some(MIB)), ..host };
    BuildContext { id: "memory_limiter".parse().unwrap(), pipeline: None, host: Arc::new(host) }
}

#[tokio::test]
async fn its_lines_hold_from_start_to_end_and_the_later_of_two_counts() {
    let context = context();
    let lines = || context.host.memory.lines();
    let limiter = |limit_mib| {
        let limit = Config { limit_mib, ..Config::default() };
        Arc::new(MemoryLimiter::build(&limit, &context).unwrap())
    };
    let (old, new) = (limiter(100), limiter(200));
    assert_eq!(lines(), None, "what was only built may never run");
    old.start().await.unwrap();
    assert_eq!(lines(), Some(Lines { soft: 80 * MIB, hard: 100 * MIB }));
    new.start().await.unwrap();
    assert_eq!(lines(), Some(Lines { soft: 160 * MIB, hard: 200 * MIB }));
    drop(old);
    let life = Life::default();
    life.stop.cancel();
    new.run(life).await.unwrap();
    assert_eq!(lines(), None);
}

#[test]
fn its_section_is_the_processors() {
    let yaml = "{limit_mib: 1, spike_limit_mib: 1}";
    let (section, issues) = Section::parse("extensions::memory_limiter", yaml, &MapEnvironment::new());
    let section = section.unwrap_or_else(|| panic!("{issues}"));
    let mut issues = Issues::new();
    assert!(section.decode_valid::<Config>(&mut issues).is_none());
    let told = issues.to_string();
    for wrong in [
        "memory_limiter::check_interval: 'check_interval' must be greater than zero",
        "memory_limiter::spike_limit_mib: 'spike_limit_mib' must be smaller than 'limit_mib'",
    ] {
        assert!(told.contains(wrong), "{told}");
    }
}
