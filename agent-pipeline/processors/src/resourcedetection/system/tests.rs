//! What the machine says, with names and files that the test writes.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

/// Names as a test has them; `None` is an error.
#[derive(Default)]
struct Known {
    canonical: Option<&'static str>,
    of_address: Option<&'static str>,
    /// Looking up a canonical name waits until the other end goes.
    hangs: Option<Mutex<Receiver<()>>>,
}

impl Names for Known {
    fn own(&self) -> io::Result<String> {
        Ok("own".to_owned())
    }

    fn canonical(&self, name: &str) -> io::Result<String> {
        assert_eq!(name, "own");
        if let Some(hangs) = &self.hangs {
            let _ = hangs.lock().unwrap().recv();
        }
        self.canonical.map(str::to_owned).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        Ok(vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()])
    }

    fn name_of(&self, address: IpAddr) -> io::Result<String> {
        let known = self.of_address.filter(|_| address.is_ipv6());
        known.map(str::to_owned).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

async fn name(known: Known, sources: &[HostnameSource], limit: Duration) -> Result<String, String> {
    let names: Arc<dyn Names> = Arc::new(known);
    hostname::find(&names, sources, Instant::now() + limit).await
}

const LONG: Duration = Duration::from_secs(20);

#[tokio::test]
async fn the_first_source_that_knows_a_name_counts() {
    use HostnameSource::{Cname, Dns, Lookup, Os};
    let dotted = || Known { canonical: Some("own.example.com."), ..Known::default() };
    let short = || Known { canonical: Some("own"), of_address: Some("v6.example.com."), ..Known::default() };
    let alone = || Known { canonical: Some("own"), ..Known::default() };
    for (known, sources, expected) in [
        (dotted(), [Dns, Os], Ok("own.example.com")),
        (short(), [Dns, Os], Ok("v6.example.com")),
        (alone(), [Dns, Os], Ok("own")),
        (short(), [Cname, Os], Ok("own")),
        (short(), [Lookup, Os], Ok("v6.example.com")),
        (Known::default(), [Dns, Os], Ok("own")),
        (dotted(), [Os, Dns], Ok("own")),
        (Known::default(), [Cname, Lookup], Err("all hostname sources failed to get hostname")),
    ] {
        let found = name(known, &sources, LONG).await;
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned), "{sources:?}");
    }
}

#[tokio::test]
async fn a_source_that_does_not_answer_gives_way_in_time() {
    let (hold, hangs) = channel();
    let known = Known { hangs: Some(Mutex::new(hangs)), ..Known::default() };
    let found = name(known, &[HostnameSource::Dns, HostnameSource::Os], Duration::from_millis(400)).await;
    assert_eq!(found, Ok("own".to_owned()));
    drop(hold);
}

/// Detects with everything wanted, on a machine with these files.
async fn detect(files: &[(&str, &str)]) -> Vec<(String, AnyValue<'static>)> {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut config = SystemConfig { hostname_sources: vec![HostnameSource::Os], ..SystemConfig::default() };
    for attribute in SystemAttribute::ALL {
        config.resource_attributes.insert(*attribute, Switch { enabled: Some(true) });
    }
    let system = System::with(&config, Arc::new(Known::default()), root.path());
    let detected = system.detect(Instant::now() + LONG).await.unwrap();
    detected.attributes.into_iter().map(|(key, value)| (key.into_owned(), value)).collect()
}

fn get<'a>(found: &'a [(String, AnyValue<'static>)], key: &str) -> Option<&'a str> {
    found.iter().find(|(known, _)| known == key).and_then(|(_, value)| value.as_str())
}

const CPU: &str = "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 106\n\
    model name\t: Intel(R) Xeon(R): 2.90GHz\nstepping\t: 6\ncache size\t: 49152 KB\n\nprocessor\t: 1\nmodel\t: 7\n";

#[tokio::test]
async fn files_are_read_as_their_manuals_say() {
    let release = "# comment\nNAME=\"Ubuntu\"\nVERSION='22.04.4 LTS (Jammy)'\nID=ubuntu\nVERSION_ID=\"22.04\"\nbroken\n\
        BUILD_ID=\"a\\\"b\"\n";
    let found = detect(&[
        ("etc/os-release", release),
        ("var/lib/dbus/machine-id", "0123456789abcdef\n"),
        ("proc/cpuinfo", CPU),
    ])
    .await;
    for (key, value) in [
        ("host.name", "own"),
        ("host.id", "0123456789abcdef"),
        ("os.type", "linux"),
        ("os.name", "ubuntu"),
        ("os.version", "22.04"),
        ("os.build.id", "a\"b"),
        ("host.cpu.vendor.id", "GenuineIntel"),
        ("host.cpu.family", "6"),
        ("host.cpu.model.id", "106"),
        ("host.cpu.model.name", "Intel(R) Xeon(R): 2.90GHz"),
        ("host.cpu.stepping", "6"),
    ] {
        assert_eq!(get(&found, key), Some(value), "{key}");
    }
    let description = get(&found, "os.description").unwrap();
    assert!(description.starts_with("Ubuntu 22.04.4 LTS (Jammy) (Linux "), "{description}");
    let cache = found.iter().find(|(key, _)| key == "host.cpu.cache.l2.size").unwrap();
    assert_eq!(cache.1, AnyValue::Int(49_152));
}

#[tokio::test]
async fn files_that_are_not_there_or_broken_leave_attributes_out() {
    for files in [
        vec![],
        vec![
            ("etc/os-release", "NAME\n=\"\nID=\nVERSION_ID=\"\n\\"),
            ("etc/machine-id", "\n"),
            ("proc/cpuinfo", ":::\ncache size : many KB\ncache size\nvendor_id :\nCPU implementer : 0xff\n"),
        ],
    ] {
        let found = detect(&files).await;
        for key in ["host.id", "os.name", "host.cpu.vendor.id", "host.cpu.cache.l2.size"] {
            assert!(!found.iter().any(|(known, _)| known == key), "{key} {found:?}");
        }
        assert_eq!(get(&found, "os.type"), Some("linux"));
        assert!(get(&found, "os.description").is_some_and(|text| text.starts_with("Linux ")), "{found:?}");
        assert!(get(&found, "os.build.id").is_some(), "the kernel's release stands in");
    }
}

#[tokio::test]
async fn a_file_without_end_is_read_up_to_a_bound() {
    let endless = "vendor_id : x\n".repeat(10_000);
    let found = detect(&[("proc/cpuinfo", &endless), ("etc/machine-id", &"a".repeat(1 << 20))]).await;
    assert_eq!(get(&found, "host.cpu.vendor.id"), Some("x"));
    assert_eq!(get(&found, "host.id").map(str::len), Some(64 << 10));
}

#[tokio::test]
async fn debian_has_its_version_in_a_file_of_its_own() {
    let release = ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n");
    let found = detect(&[release, ("etc/debian_version", "12.5\n")]).await;
    assert_eq!(get(&found, "os.version"), Some("12.5"));
    assert!(get(&found, "os.description").is_some_and(|text| text.starts_with("Debian 12 (Linux ")));
    assert_eq!(get(&detect(&[release]).await, "os.version"), Some("12"));
}

#[tokio::test]
async fn only_the_name_and_the_type_are_wanted_unless_told_otherwise() {
    let config = SystemConfig { hostname_sources: vec![HostnameSource::Os], ..SystemConfig::default() };
    let system = System::with(&config, Arc::new(Known::default()), Path::new("/nonexistent"));
    let detected = system.detect(Instant::now() + LONG).await.unwrap();
    let keys: Vec<_> = detected.attributes.iter().map(|(key, _)| &**key).collect();
    assert_eq!((keys, detected.schema_url), (vec!["host.name", "os.type"], SCHEMA_URL));
}

#[test]
fn this_machine_has_a_name() {
    assert!(!Resolver.own().unwrap().is_empty());
    assert_eq!(Resolver.canonical("localhost").unwrap(), "localhost");
    assert!(Resolver.canonical("does-not-exist.invalid").is_err());
    assert!(Resolver.name_of("192.0.2.255".parse().unwrap()).is_err(), "an address is no name");
}
