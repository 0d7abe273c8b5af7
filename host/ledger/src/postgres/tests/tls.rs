//! TLS with certificates validated, and passwords.

use crate::postgres::{PostgresLedger, PostgresSettings, Time};
use crate::suite::kit::START;
use crate::suite::wholes::{complete, whole};
use crate::{Kind, Ledger, LedgerError};
use bridge_types::{RandomIds, TestClock};
use postgres_kit::Server;
use std::sync::Arc;
use std::time::Duration;

fn open(url: &str, password: &str, authority: &str) -> Result<PostgresLedger, LedgerError> {
    let settings = PostgresSettings::new(url, Some(password), Some(authority.as_bytes())).unwrap();
    PostgresLedger::open(settings, Time::Given(Arc::new(TestClock::at(START))), Arc::new(RandomIds))
}

#[tokio::test]
async fn a_server_is_spoken_to_by_tls_and_known_by_its_certificate() {
    let Some(server) = Server::start("a_server_is_spoken_to_by_tls_and_known_by_its_certificate") else { return };
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    server.psql("postgres", "CREATE ROLE keeper LOGIN PASSWORD 'geheim'");
    server.psql("postgres", "CREATE DATABASE kept OWNER keeper");
    server.speak_tls(&made.cert.pem(), &made.signing_key.serialize_pem());
    let url = format!("postgresql://keeper@localhost:{}/kept?sslmode=require&hostaddr=127.0.0.1", server.port());
    // The server takes its new settings up in its own time.
    let mut ledger = open(&url, "geheim", &made.cert.pem());
    for _ in 0..100 {
        if ledger.is_ok() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        ledger = open(&url, "geheim", &made.cert.pem());
    }
    let ledger = ledger.unwrap();
    ledger.intake(whole(0)).await.unwrap();
    assert_eq!(complete(&ledger).await, 1);
    let spoken = "SELECT count(*) > 0 AND bool_and(ssl AND version = 'TLSv1.3') FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
        WHERE usename = 'keeper'";
    assert_eq!(server.psql("postgres", spoken), "t");

    let cases = [("geheim", &other, "TLS with the server failed"), ("falsch", &made, "login refused (SQLSTATE 28P01)")];
    for (password, authority, reason) in cases {
        let error = open(&url, password, &authority.cert.pem()).unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
        let text = format!("{error} {error:?}");
        assert!(error.to_string().contains(reason) && !text.contains(password), "{text}");
    }
    // Without TLS nobody gets in.
    let plain = url.replace("sslmode=require", "sslmode=disable");
    assert!(open(&plain, "geheim", &made.cert.pem()).unwrap_err().to_string().contains("login refused"));
}
