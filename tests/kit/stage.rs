//! Sandbox, engine and configuration in a folder of their own.

use crate::program::finish;
use crate::{Engine, Finished, Program, Proxy, places, until};
use access_bridge::config::{Config, EXAMPLE};
use access_bridge::ledger::Stored;
use access_bridge::service::Service;
use bridge_ledger::Ledger;
use bridge_sandbox::{Handle, Options, Running, Sandbox, Scenario};
use bridge_types::{RandomIds, SystemClock, TestClock};
use serde_json::Value;
use std::cell::Cell;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Everything around the program.
pub struct Stage {
    /// Where notices go.
    pub engine: Engine,
    sandbox: Running,
    folder: TempDir,
    variables: Vec<(String, String)>,
    starts: Cell<u32>,
}

impl Stage {
    /// Sets the stage with a sandbox that plays a scenario (TOML).
    pub async fn set(scenario: &str) -> Self {
        places::warm_cache();
        let scenario = Scenario::parse(scenario, "test.toml").unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let options = Options { keep_payloads: true, ..Options::default() };
        let sandbox = Sandbox::start(listener, scenario, options).unwrap();
        let engine = Engine::start().await;
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join("access-bridge.toml"), EXAMPLE).unwrap();
        let component = places::component().display().to_string();
        // Compiled once for all tests.
        let cache = places::target().join("it-cache").display().to_string();
        let variables = [
            ("ACCESS__BASE_URL", sandbox.base_url()),
            ("ACCESS__TOKEN_URL", sandbox.token_url()),
            ("SOURCE__0__LISTEN", "127.0.0.1:0".to_owned()),
            ("ROUTE__0__ADDRESS", engine.address.to_string()),
            ("RUNTIME__COMPONENT", component),
            ("RUNTIME__CACHE", cache),
            ("TIMES__POLL_FIRST", "1s".to_owned()),
            ("TIMES__POLL_INTERVAL", "1s".to_owned()),
            ("TIMES__POLL_INTERVAL_MAX", "1s".to_owned()),
            ("TIMES__RETRY_BASE", "1s".to_owned()),
            ("TIMES__DELIVERY_BASE", "1s".to_owned()),
            ("TIMES__LOOK", "50ms".to_owned()),
            ("LOG__LEVEL", "debug".to_owned()),
        ];
        let variables = variables.map(|(name, value)| (format!("ACCESS_BRIDGE_{name}"), value)).to_vec();
        Self { engine, sandbox, folder, variables, starts: Cell::new(0) }
    }

    /// Sets a variable of the program's environment, by its name after `ACCESS_BRIDGE_`.
    pub fn vary(&mut self, name: &str, value: &str) {
        let name = format!("ACCESS_BRIDGE_{name}");
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
    }

    /// Sets a variable of the program's environment by its whole name.
    pub(crate) fn vary_raw(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Keeps the ledger in a PostgreSQL database in place of a file.
    pub fn keep_in(&mut self, url: &str) {
        self.vary("LEDGER__PATH", "");
        self.vary("LEDGER__URL", url);
    }

    /// Adds to the configuration.
    pub fn configure(&self, text: &str) {
        let config = std::fs::read_to_string(self.config()).unwrap();
        std::fs::write(self.config(), format!("{config}\n{text}")).unwrap();
    }

    /// The CMS side.
    pub fn cms(&self) -> &Handle {
        self.sandbox.handle()
    }

    /// Starts the program.
    pub async fn start(&self) -> Program {
        self.starts.set(self.starts.get() + 1);
        let log = self.folder.path().join(format!("run-{}.log", self.starts.get()));
        Program::start(&self.config(), &self.variables, log).await
    }

    /// The program with arguments, to be started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        crate::program::command(&self.config(), &self.variables, arguments)
    }

    /// The ledger, beside the program.
    pub fn ledger(&self) -> Arc<dyn Ledger> {
        Stored::of(&self.loaded(), Arc::new(SystemClock)).unwrap().open(Arc::new(RandomIds)).unwrap()
    }

    /// The service in this process, with a clock that the test moves.
    pub async fn serve(&self, clock: &TestClock) -> Service {
        Service::start(&self.loaded(), Arc::new(clock.clone()), Arc::new(RandomIds)).await.unwrap()
    }

    /// Where CMS really is.
    pub fn sandbox_url(&self) -> String {
        self.sandbox.base_url()
    }

    /// Puts a proxy between program and CMS. Status URLs must be relative for it to be on their way.
    pub async fn proxied(&mut self) -> Proxy {
        let (base, token) = (self.sandbox.base_url(), self.sandbox.token_url());
        let authority = base.split('/').nth(2).unwrap().to_owned();
        let proxy = Proxy::before(authority.clone()).await;
        for (name, url) in [("ACCESS__BASE_URL", base), ("ACCESS__TOKEN_URL", token)] {
            self.vary(name, &url.replace(&authority, &proxy.address.to_string()));
        }
        proxy
    }

    /// Puts a proxy between program and token endpoint alone.
    pub async fn proxied_tokens(&mut self) -> Proxy {
        let token = self.sandbox.token_url();
        let authority = token.split('/').nth(2).unwrap().to_owned();
        let proxy = Proxy::before(authority.clone()).await;
        self.vary("ACCESS__TOKEN_URL", &token.replace(&authority, &proxy.address.to_string()));
        proxy
    }

    fn loaded(&self) -> Config {
        Config::load(&self.config(), &self.variables.iter().cloned().collect()).unwrap()
    }

    /// Starts it so that its files can be kept from growing.
    #[cfg(target_os = "linux")]
    pub async fn start_in_shell(&self) -> Program {
        self.starts.set(self.starts.get() + 1);
        let log = self.folder.path().join(format!("run-{}.log", self.starts.get()));
        Program::start_in_shell(&self.config(), &self.variables, log).await
    }

    /// Starts it with a file as its standard input.
    pub async fn start_with_input(&self, input: &std::path::Path) -> Program {
        self.starts.set(self.starts.get() + 1);
        let log = self.folder.path().join(format!("run-{}.log", self.starts.get()));
        let input = std::fs::File::open(input).unwrap();
        Program::start_with_input(&self.config(), &self.variables, log, input).await
    }

    /// The folder of the configuration and the ledger.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// What is in quarantine, as `access-bridge quarantine list --json` tells it.
    pub fn quarantine(&self) -> Vec<Value> {
        let listed = self.run(&["quarantine", "list", "--json"]);
        assert_eq!(listed.code, Some(0), "{}", listed.err);
        listed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Runs a command of the program on the same configuration.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        finish(&self.config(), &self.variables, arguments)
    }

    /// The submissions, as `access-bridge submissions list --json` tells them.
    pub fn submissions(&self) -> Vec<Value> {
        let listed = self.run(&["submissions", "list", "--json"]);
        assert_eq!(listed.code, Some(0), "{}", listed.err);
        listed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits until a submission of an operation is in a state, and gives it back.
    pub async fn submission(&self, operation: &str, track: &str, state: &str) -> Value {
        until(&format!("{operation} for {track} is {state}"), || {
            self.submissions()
                .into_iter()
                .find(|one| one["operation"] == operation && one["track"] == track && one["state"] == state)
        })
        .await
    }

    /// How many requests for an operation's submission and track reached CMS, whatever they were answered.
    pub fn posts(&self, operation: &str, track: &str) -> usize {
        let path = format!("${operation}");
        let requests = self.cms().requests();
        requests.iter().filter(|one| one.path.ends_with(&path) && one.track.as_deref() == Some(track)).count()
    }

    /// The answers CMS gave on a path, in order.
    pub fn answers(&self, path: &str) -> Vec<Option<u16>> {
        self.cms().requests().into_iter().filter(|one| one.path.contains(path)).map(|one| one.status).collect()
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("access-bridge.toml")
    }
}
