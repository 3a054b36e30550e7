//! Commands of the pages: none that is not known here, and each names what is there.
//!
//! | command | how it is checked |
//! |---|---|
//! | `cargo xtask VERB` | the verb is one, and knows the options |
//! | `cargo` otherwise | a usual subcommand; `-p` names a member |
//! | `kubectl`, `helm`, `podman` | a usual subcommand; files, objects and values that are named are there |
//! | `curl` | a server of the agent answers at that port and path |
//! | `kubeagent` | the variables in front are settings, and the action is one |

use std::path::Path;

use agent_testkit::markdown::{files, repository};

use super::settings;

const KUBECTL: [&str; 14] = [
    "annotate",
    "apply",
    "auth",
    "create",
    "delete",
    "describe",
    "edit",
    "get",
    "label",
    "logs",
    "patch",
    "port-forward",
    "rollout",
    "set",
];
const HELM: [&str; 6] = ["get", "install", "rollback", "template", "uninstall", "upgrade"];
/// What the agent answers at, by port.
const SERVED: [(&str, &[&str]); 4] = [
    ("13133", &["/", "/health", "/ready"]),
    ("55679", &["/-/config", "/-/reload"]),
    ("8888", &["/metrics"]),
    ("4318", &["/v1/traces", "/v1/metrics", "/v1/logs"]),
];

pub(super) fn check(text: &str) -> Result<(), String> {
    let joined = text.replace("\\\n", " ");
    let mut lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.try_for_each(|line| {
        let line = line.split(" > ").next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        one(&words).map_err(|reason| format!("{line}: {reason}"))
    })
}

fn one(words: &[&str]) -> Result<(), String> {
    match words {
        ["cargo", "xtask"] => Ok(()),
        ["cargo", "xtask", verb, options @ ..] => xtask(verb, options),
        ["cargo", "test" | "build" | "check" | "bench" | "clippy" | "fmt" | "fuzz", rest @ ..] => cargo(rest),
        ["kubectl", verb, rest @ ..] if KUBECTL.contains(verb) => named(rest),
        ["helm", verb, rest @ ..] if HELM.contains(verb) => named(rest),
        ["podman", "build" | "load", rest @ ..] => named(rest),
        ["curl", rest @ ..] => curl(rest),
        [variables @ .., "kubeagent"] => variables.iter().try_for_each(|one| variable(one)),
        _ => Err("nobody checks this command".to_owned()),
    }
}

fn expect(is_so: bool, otherwise: impl Into<String>) -> Result<(), String> {
    is_so.then_some(()).ok_or_else(|| otherwise.into())
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap_or_default()
}

/// The verbs are arms of a `match`; the options of one are lines of what it prints for `--help`.
fn xtask(verb: &str, options: &[&str]) -> Result<(), String> {
    let is_verb = read(Path::new("xtask/src/main.rs")).contains(&format!("Some(\"{verb}\") =>"));
    expect(is_verb, "no such verb")?;
    if verb == "bless" {
        return cargo(options);
    }
    let folders = [format!("xtask/src/{verb}"), format!("xtask/{verb}")];
    let folders = folders.iter().filter(|folder| repository().join(folder).is_dir());
    let sources: String =
        folders.flat_map(|folder| files(Path::new(folder), "rs").unwrap()).map(|path| read(&path)).collect();
    let mut options = options.iter().filter(|option| option.starts_with("--"));
    options.try_for_each(|option| {
        let name = option.split('=').next().unwrap_or_default();
        expect(sources.contains(&format!("\n  {name} ")), format!("{verb} has no {name}"))
    })
}

fn cargo(words: &[&str]) -> Result<(), String> {
    let package = words.iter().position(|word| *word == "-p").and_then(|at| words.get(at + 1));
    let manifests = files(Path::new(""), "toml").unwrap();
    let Some(package) = package else { return Ok(()) };
    let name = format!("name = \"{package}\"");
    expect(manifests.iter().any(|path| read(path).lines().any(|line| line == name)), "no such package")
}

/// Files and folders, objects of the manifests, and values of the chart.
fn named(words: &[&str]) -> Result<(), String> {
    let everything: String =
        files(Path::new("deploy"), "yaml").unwrap().into_iter().map(|path| read(&path)).collect();
    for (number, word) in words.iter().enumerate() {
        let before = number.checked_sub(1).and_then(|before| words.get(before)).copied().unwrap_or_default();
        let name = word.rsplit(['/', ':', '=']).next().unwrap_or_default();
        if word.starts_with("deploy/") {
            expect(repository().join(word).exists(), format!("there is no {word}"))?;
        } else if before == "--set" {
            let value = format!("`{}`", word.split('=').next().unwrap_or_default());
            let readme = read(Path::new("deploy/helm/kubeagent/README.md"));
            expect(readme.contains(&value), format!("the chart has no {value}"))?;
        } else if word.contains("kubeagent:") || word.contains("target/dist/") {
            // An image, and the file of one: names that whoever builds them gives.
        } else if ["kubeagent", "kmagent", "kloudmate"].iter().any(|ours| name.starts_with(ours)) {
            let is_release = words.first() == Some(&name);
            let object = format!("name: {name}\n");
            expect(is_release || everything.contains(&object), format!("no manifest has {name}"))?;
        }
    }
    Ok(())
}

fn curl(words: &[&str]) -> Result<(), String> {
    let url = words.iter().find_map(|word| word.trim_matches('\'').strip_prefix("http://"));
    let (host, path) = url.and_then(|url| url.split_once('/')).ok_or("no URL with a path")?;
    let port = host.rsplit(':').next().unwrap_or_default();
    let served = SERVED.iter().find(|(known, _)| *known == port).map(|(_, paths)| *paths);
    expect(served.unwrap_or_default().contains(&format!("/{path}").as_str()), "nobody answers there")
}

fn variable(word: &str) -> Result<(), String> {
    let (name, value) = word.split_once('=').ok_or("not a variable")?;
    expect(settings::names().iter().any(|known| known == name), format!("{name} is no setting"))?;
    let action = ["validate", "print-config", "components", "test", "run"];
    expect(name != "KM_ACTION" || action.contains(&value), format!("{value} is no action"))
}

#[test]
fn commands_that_name_what_is_not_there_are_refused() {
    for (command, expected) in [
        ("cargo xtask dance", "no such verb"),
        ("cargo xtask soak kill --nope", "soak has no --nope"),
        ("cargo test -p nobody", "no such package"),
        ("kubectl frobnicate pods", "nobody checks"),
        ("kubectl apply -f deploy/nothing.yaml", "there is no deploy/nothing.yaml"),
        ("kubectl get configmap kmagent-confg", "no manifest has kmagent-confg"),
        ("helm install kubeagent deploy/helm/kubeagent --set mod=x", "the chart has no `mod`"),
        ("curl http://localhost:13133/readyz", "nobody answers"),
        ("KM_NOPE=1 kubeagent", "KM_NOPE is no setting"),
        ("KM_ACTION=list kubeagent", "list is no action"),
    ] {
        let reason = check(command).unwrap_err();
        assert!(reason.contains(expected), "{reason}");
    }
}
