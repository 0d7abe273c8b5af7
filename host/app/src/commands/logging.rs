//! Logging to standard error. Constant messages, no values of messages.

use tracing_subscriber::EnvFilter;

/// Who is heard: every crate of this product that logs, and no other.
const HEARD: [&str; 9] = [
    "access_bridge",
    "bridge_client",
    "bridge_cms_notices",
    "bridge_ingest",
    "bridge_ledger",
    "bridge_net",
    "bridge_routes",
    "bridge_runtime",
    "bridge_sandbox",
];

/// Starts logging; a second call changes nothing.
pub(crate) fn start(format: &str, level: &str) {
    let heard = HEARD.map(|name| format!("{name}={level}")).join(",");
    let filter = EnvFilter::new(format!("off,{heard}"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let _ = if format == "json" { builder.json().try_init() } else { builder.with_ansi(false).try_init() };
}

#[cfg(test)]
mod tests {
    use super::HEARD;
    use std::fs;
    use std::path::{Path, PathBuf};

    fn logs(folder: &Path) -> bool {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path: PathBuf| {
            if path.is_dir() {
                logs(&path)
            } else {
                fs::read_to_string(&path).is_ok_and(|text| text.contains("tracing::"))
            }
        })
    }

    /// Two were not heard once: that certificates or mails could not be read was told to nobody.
    #[test]
    fn every_crate_that_logs_is_heard() {
        let host = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for entry in fs::read_dir(host).unwrap() {
            let folder = entry.unwrap().path();
            let Ok(manifest) = fs::read_to_string(folder.join("Cargo.toml")) else { continue };
            if logs(&folder.join("src")) {
                let name = manifest.split("name = \"").nth(1).unwrap().split('"').next().unwrap().replace('-', "_");
                assert!(HEARD.contains(&name.as_str()), "{name} logs, and is not heard");
            }
        }
    }
}
