//! The files of `docs/deploy` are run as they stand, with folders of a test in place of the machine's.

use std::path::Path;
use std::process::{Command, Stdio};

/// A file of `docs/deploy`, with the machine's folders moved below one of a test.
fn moved(name: &str, root: &Path) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/deploy").join(name);
    let text = std::fs::read_to_string(file).unwrap();
    let root = root.display().to_string();
    ["/etc/", "/var/lib/", "/var/cache/"]
        .iter()
        .fold(text, |text, folder| text.replace(folder, &format!("{root}{folder}")))
        .replace("%d", &format!("{root}/credentials"))
}

/// The values of a key of a unit, in order.
fn values<'a>(unit: &'a str, key: &str) -> Vec<&'a str> {
    unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).collect()
}

/// What systemd makes of a unit before it starts the program: folders, credentials, environment.
fn prepared(unit: &str, root: &Path) -> Vec<(String, String)> {
    for folder in ["etc/access-bridge", "var/lib/access-bridge", "var/cache/access-bridge", "credentials"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
        kit::chmod(&root.join(folder), 0o700);
    }
    for credential in values(unit, "LoadCredential") {
        let (name, _) = credential.split_once(':').unwrap();
        let file = root.join("credentials").join(name);
        std::fs::write(&file, "secret\n").unwrap();
        kit::chmod(&file, 0o600);
    }
    let variables = values(unit, "Environment");
    variables.iter().map(|line| line.split_once('=').unwrap()).map(|(key, value)| (key.into(), value.into())).collect()
}

/// The example configuration with a ledger.
fn configure(root: &Path, from: &str, ledger: &str) {
    let example = kit::offline(&["config", "example"]).out;
    assert!(example.contains(from), "the example has no {from}");
    let text =
        example.replace(from, ledger).replace("127.0.0.1:2575", "127.0.0.1:0").replace("127.0.0.1:8471", "127.0.0.1:0");
    std::fs::write(root.join("etc/access-bridge/access-bridge.toml"), text).unwrap();
}

fn program(arguments: &[&str], root: &Path, variables: &[(String, String)]) -> Command {
    let mut command = Command::new(kit::program());
    command.args(arguments).current_dir(root.join("var/lib/access-bridge")).stdin(Stdio::null());
    command.envs(variables.iter().cloned()).env_remove("XDG_CACHE_HOME").env_remove("HOME");
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_unit_runs_the_service_and_keeps_its_compiled_code() {
    let root = tempfile::tempdir().unwrap();
    let unit = moved("access-bridge.service", root.path());
    let variables = prepared(&unit, root.path());
    let ledger = format!("path = \"{}/var/lib/access-bridge/ledger.sqlite\"", root.path().display());
    configure(root.path(), "path = \"access-bridge.sqlite\"", &ledger);
    let line = values(&unit, "ExecStart")[0].split_once(' ').unwrap().1;
    let arguments: Vec<&str> = line.split(' ').collect();
    // What other tests have compiled already, since to compile takes longer than a service is waited for.
    kit::copy_cache(&root.path().join("var/cache/access-bridge"));
    let log = root.path().join("log");
    let mut command = program(&arguments, root.path(), &variables);
    let mut service = command.stderr(std::fs::File::create(&log).unwrap()).stdout(Stdio::null()).spawn().unwrap();
    kit::until("the service starts", || {
        let text = std::fs::read_to_string(&log).unwrap();
        assert!(service.try_wait().unwrap().is_none(), "the service ended:\n{text}");
        text.contains(" started ").then_some(())
    })
    .await;
    // What systemd sends for a stop.
    assert!(Command::new("kill").arg(service.id().to_string()).status().unwrap().success());
    assert_eq!(kit::until("the service stops", || service.try_wait().unwrap()).await.code(), Some(0));
    assert!(root.path().join("var/lib/access-bridge/ledger.sqlite").exists());
    let told = std::fs::read_to_string(&log).unwrap();
    assert!(!told.contains("compiling") && !told.contains("compiles anew"), "{told}");
}

#[test]
fn the_unit_takes_the_password_of_a_database_from_its_second_file() {
    let root = tempfile::tempdir().unwrap();
    let unit = moved("access-bridge.service", root.path()) + &moved("postgresql.conf", root.path());
    let variables = prepared(&unit, root.path());
    configure(root.path(), "path = \"access-bridge.sqlite\"", "url = \"postgresql://bridge@127.0.0.1:5432/access\"");
    let checked = program(&["check"], root.path(), &variables)
        .arg("--config")
        .arg(root.path().join("etc/access-bridge/access-bridge.toml"))
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
}

/// A text that stands indented below a key of a YAML file.
fn below(yaml: &str, key: &str) -> String {
    let (before, rest) = yaml.split_once(&format!("{key}: |\n")).unwrap();
    let depth = before.rsplit('\n').next().unwrap().len() + 2;
    let lines = rest.lines().take_while(|line| line.is_empty() || line.starts_with(&" ".repeat(depth)));
    lines.map(|line| line.get(depth..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_configuration_of_the_manifest_is_one_that_works() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("etc/access-bridge");
    let secrets = root.path().join("etc/access-bridge-secrets");
    let manifest = moved("kubernetes.yaml", root.path());
    for folder in [&folder, &secrets, &root.path().join("var/lib/access-bridge")] {
        std::fs::create_dir_all(folder).unwrap();
    }
    for name in ["client-secret", "ledger-password"] {
        assert!(manifest.contains(&format!("\n  {name}: ")), "the manifest has no secret {name}");
        std::fs::write(secrets.join(name), "secret").unwrap();
        kit::chmod(&secrets.join(name), 0o440);
    }
    let config = ["DATABASE-HOST", "API-HOST", "TOKEN-HOST", "ENGINE-HOST", "CLIENT-ID"]
        .iter()
        .fold(below(&manifest, "access-bridge.toml"), |text, word| {
            text.replace(word, &format!("{}.example.org", word.to_lowercase()))
        });
    std::fs::write(folder.join("access-bridge.toml"), config).unwrap();
    let profile = kit::offline(&["config", "profile"]).out;
    std::fs::write(folder.join("site.toml"), profile).unwrap();
    let variables: Vec<(String, String)> = manifest
        .split("            - name: ")
        .filter_map(|part| {
            let (name, rest) = part.split_once('\n')?;
            Some((name.to_owned(), rest.trim_start().strip_prefix("value: ")?.lines().next()?.to_owned()))
        })
        .collect();
    assert!(variables.iter().any(|(name, _)| name == "ACCESS_BRIDGE_RUNTIME__CACHE"), "{variables:?}");
    let config = folder.join("access-bridge.toml").display().to_string();
    assert!(manifest.contains(&format!("args: [\"run\", \"--config\", \"{config}\"]")));
    let checked = program(&["check", "--config", &config], root.path(), &variables).output().unwrap();
    let told = String::from_utf8_lossy(&checked.stderr);
    assert!(!told.contains("access-bridge.toml"), "{told}");
}
