//! The traffic log: what it says, and what it never says.

use super::kit::{STRANGER, align, start_with, unalign};
use crate::{Options, Scenario, TrafficLog};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

/// A writer whose text can be read.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_request_is_one_line_without_secrets_and_people() {
    let written = Shared::default();
    let options = Options { traffic: TrafficLog::Writer(Box::new(written.clone())), ..Options::default() };
    let scenario = "[[fault]]\non = \"submit\"\noperation = \"unalign\"\ndrop = true";
    let kit = start_with(Scenario::parse(scenario, "test.toml").unwrap(), options).await;
    let accepted = kit.submit(&align(STRANGER, "CKM")).await;
    let id = accepted.header("content-location").unwrap().rsplit('/').next().unwrap().to_owned();
    kit.finish(&accepted).await;
    assert!(kit.try_submit(&unalign(STRANGER, "BH", "loss-of-contact")).await.is_none());
    kit.send("GET", &format!("/Patient?identifier={STRANGER}"), &[], "").await;
    kit.send("GET", &format!("/cdx/services/fhir/access/Patient/$submission-status/{STRANGER}"), &[], "").await;
    kit.post("align", STRANGER, "{}").await;
    kit.submit(&align(STRANGER, STRANGER)).await;

    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    for secret in [STRANGER, kit.token.as_str(), "client_secret", "Bearer", "Example", "1950", id.as_str(), "E11"] {
        assert!(!text.contains(secret), "the log has a value it must not have");
    }
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let paths: Vec<&str> = lines.iter().map(|line| line["path"].as_str().unwrap()).collect();
    let end = &id[id.len() - 4..];
    assert_eq!(paths[0], "/oauth2/token");
    assert_eq!(paths[1], "/access/Patient/$align");
    assert_eq!(paths[2], format!("/access/Patient/$submission-status/…{end}"));
    assert_eq!(paths[4..7], ["/access/Patient/$unalign", "other", "/access/Patient/$submission-status/…"]);
    let submit = &lines[1];
    assert_eq!((&submit["status"], &submit["method"]), (&202.into(), &"POST".into()));
    assert_eq!(
        (&submit["operation"], &submit["track"], &submit["participant"]),
        (&"align".into(), &"CKM".into(), &"ACCES12345".into())
    );
    assert_eq!(
        (&submit["prefer_async"], &submit["fault"], &submit["at"]),
        (&true.into(), &false.into(), &"2027-01-15T08:00:00.000Z".into())
    );
    assert_eq!(
        (&lines[3]["operation"], &lines[3]["track"], &lines[3]["status"]),
        (&"align".into(), &"CKM".into(), &200.into())
    );
    assert_eq!((&lines[4]["status"], &lines[4]["fault"]), (&serde_json::Value::Null, &true.into()));
    assert_eq!(lines.len(), kit.running.handle().requests().len());
}
