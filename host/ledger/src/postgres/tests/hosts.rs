//! Several hosts on one database, at the same moment.

use super::{connect, database, open};
use crate::postgres::presence::{self, Pace};
use crate::suite::kit::*;
use crate::{Claimer, Code, IntakeResult, Kind, Ledger, LedgerError, State};
use access_contract::Track;
use bridge_types::{RandomIds, TestClock};
use postgres_kit::Server;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

#[tokio::test]
async fn hosts_that_start_at_once_migrate_once() {
    let Some(server) = Server::shared("hosts_that_start_at_once_migrate_once") else { return };
    let address = server.database();
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let address = address.clone();
            std::thread::spawn(move || open(&address))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_newer_or_foreign_database_is_refused_with_a_reason() {
    let Some(server) = Server::shared("a_newer_or_foreign_database_is_refused_with_a_reason") else { return };
    let address = server.database();
    let name = database(&address);
    let ledger = open(&address).unwrap();
    server.psql(&name, "UPDATE ledger_schema SET version = 99");
    let newer = LedgerError::NewerSchema { found: 99, supported: crate::postgres::schema::current() };
    assert_eq!(open(&address).unwrap_err(), newer);
    // One that was open before goes on with the connections it has, and makes no new ones.
    drop(ledger);

    let address = server.database();
    let name = database(&address);
    server.psql(&name, "CREATE TABLE feeds (mine TEXT)");
    let foreign = open(&address).unwrap_err();
    assert_eq!(foreign.kind(), Kind::Fatal);
    assert!(foreign.to_string().contains("tables of another program (SQLSTATE 42P07)"), "{foreign}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_own_trouble() {
    let error = open("postgresql://bridge@127.0.0.1:1/access").unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    let LedgerError::Unavailable { source, .. } = &error else { panic!("{error}") };
    assert!(matches!(source.code, Code::Number(_)), "{error}");
    assert_eq!(source.name, "server refuses connections");
}

/// Whatever answers where the server should be: nothing is known to be wrong with what is stored.
#[tokio::test]
async fn what_answers_like_no_server_is_own_trouble() {
    // Ready for statements before anybody said who asks; and no word of the protocol at all.
    for answer in [&b"Z\0\0\0\x05I"[..], b"220 mail.example ESMTP\r\n"] {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut hello = [0; 1024];
            let _ = std::io::Read::read(&mut stream, &mut hello);
            std::io::Write::write_all(&mut stream, answer).unwrap();
        });
        let error = open(&format!("postgresql://bridge@127.0.0.1:{port}/access")).unwrap_err();
        server.join().unwrap();
        assert_eq!(error.kind(), Kind::Unavailable, "{error}");
    }
}

/// A column of another type is not what this version writes: that is told from a connection that is no good.
#[tokio::test]
async fn a_column_of_another_type_is_damage() {
    let Some(server) = Server::shared("a_column_of_another_type_is_damage") else { return };
    let address = server.database();
    let ledger = open(&address).unwrap();
    let stored = ledger.intake(inside(vec![newcomer(&["id:A|1"], vec![])])).await.unwrap();
    let IntakeResult::Stored(stored) = stored else { panic!("not stored") };
    let chart = stored.subjects[0].chart.clone().unwrap().id;
    server.psql(&database(&address), "ALTER TABLE charts ALTER COLUMN version TYPE DOUBLE PRECISION");
    let read = ledger.chart(&chart).await.unwrap_err();
    assert_eq!(read.kind(), Kind::Fatal, "{read}");
    server.psql(&database(&address), "ALTER TABLE marks ALTER COLUMN changed_at TYPE DOUBLE PRECISION");
    let written = ledger.set_mark("mbox", "17").await.unwrap_err();
    assert_eq!(written.kind(), Kind::Fatal, "{written}");
}

/// Two engines deliver the same message to two hosts at once, again and again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_feed_at_two_hosts_has_one_effect() {
    let Some(server) = Server::shared("the_same_feed_at_two_hosts_has_one_effect") else { return };
    let address = server.database();
    let hosts = [Arc::new(open(&address).unwrap()), Arc::new(open(&address).unwrap())];
    for number in 0..25 {
        let tasks: Vec<_> = (0..6)
            .map(|turn| {
                let host = Arc::clone(&hosts[turn % 2]);
                let subject = newcomer(&[&format!("id:A|{number}")], vec![check(Track::Bh)]);
                let intake = outside(feed(&format!("m{number}"), &format!("MSH|{number}")), vec![subject]);
                tokio::spawn(async move { host.intake(intake).await })
            })
            .collect();
        let mut stored = 0;
        for task in tasks {
            match task.await.unwrap().unwrap() {
                IntakeResult::Stored(_) => stored += 1,
                IntakeResult::Duplicate(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(stored, 1);
    }
    let health = hosts[0].health().await.unwrap();
    assert_eq!((health.feeds, health.charts, health.submissions[&State::Ready]), (25, 25, 25));
}

/// Feeds about one person at several hosts: each plan is made from the chart as it is, or made again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feeds_about_one_person_follow_each_other() {
    let Some(server) = Server::shared("feeds_about_one_person_follow_each_other") else { return };
    let address = server.database();
    let hosts = [Arc::new(open(&address).unwrap()), Arc::new(open(&address).unwrap())];
    let tasks: Vec<_> = (0..8)
        .map(|task| {
            let host = Arc::clone(&hosts[task % 2]);
            tokio::spawn(async move {
                for turn in 0..10 {
                    loop {
                        let keys = ["mbi:1".to_owned()];
                        let found = host.charts(PARTICIPANT, &keys).await.unwrap();
                        let seen: Vec<_> = found.iter().map(crate::StoredChart::seen).collect();
                        let count: u64 = found.first().map_or(0, |chart| chart.document.expose().parse().unwrap());
                        let mut subject = newcomer(&["mbi:1"], vec![check(Track::Bh)]);
                        subject.change = Some(change(seen.first(), &["mbi:1"], &(count + 1).to_string()));
                        subject.seen = seen;
                        let intake = outside(feed(&format!("m{task}-{turn}"), "MSH"), vec![subject]);
                        match host.intake(intake).await.unwrap() {
                            IntakeResult::Stored(_) => break,
                            IntakeResult::Conflict => {}
                            other => panic!("{other:?}"),
                        }
                    }
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let chart = hosts[0].charts(PARTICIPANT, &["mbi:1".to_owned()]).await.unwrap().remove(0);
    assert_eq!((chart.version, chart.document.expose().as_str()), (80, "80"));
    let health = hosts[0].health().await.unwrap();
    assert_eq!((health.charts, health.submissions[&State::Ready]), (1, 1));
}

/// Workers of two hosts race for work: nothing is taken twice, and of one chart one piece at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_share_the_work() {
    let Some(server) = Server::shared("hosts_share_the_work") else { return };
    let address = server.database();
    let clock = TestClock::at(START);
    let host = || Arc::new(connect(&address, &clock, Arc::new(RandomIds)).unwrap());
    let hosts = [host(), host()];
    for person in 0..30 {
        let subject =
            newcomer(&[&format!("id:A|{person}")], vec![check(Track::Bh), align(Track::Msk), check(Track::Msk)]);
        hosts[0].intake(inside(vec![subject])).await.unwrap();
    }
    let tasks: Vec<_> = (0..8)
        .map(|worker| {
            let host = Arc::clone(&hosts[worker % 2]);
            tokio::spawn(async move {
                let mut taken = Vec::new();
                for _ in 0..20 {
                    taken.extend(host.claim(&format!("w{worker}"), MINUTE, 3).await.unwrap());
                }
                taken
            })
        })
        .collect();
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await.unwrap());
    }
    let submissions: BTreeSet<_> = taken.iter().map(|piece| &piece.lease.submission).collect();
    let charts: BTreeSet<_> = taken.iter().map(|piece| &piece.chart).collect();
    assert_eq!((taken.len(), submissions.len(), charts.len()), (30, 30, 30));
    assert!(taken.iter().map(|piece| &piece.lease.owner).collect::<BTreeSet<_>>().len() > 1);
}

/// A service that is gone holds nothing up until its leases run out.
#[tokio::test]
async fn what_a_killed_service_had_in_hand_is_given_back() {
    let Some(server) = Server::shared("what_a_killed_service_had_in_hand_is_given_back") else { return };
    let ledger = open(&server.database()).unwrap();
    let pace = Pace { every: Duration::from_millis(20), looks: 3 };
    let appear = |owner: &'static str| presence::appear(Arc::clone(&ledger.settings), ledger.time.clone(), owner, pace);
    let (first, second) = (appear("first").await.unwrap(), appear("second").await.unwrap());
    let subjects = (0..2).map(|number| newcomer(&[&format!("id:A|{number}")], vec![check(Track::Bh)])).collect();
    ledger.intake(inside(subjects)).await.unwrap();
    ledger.notify(vec![notice(access_contract::NoticeKind::Deadline, &["engine"])]).await.unwrap();
    let taken = ledger.claim("first", MINUTE, 1).await.unwrap();
    ledger.begin_sending(&taken[0].lease, sending()).await.unwrap();
    assert_eq!(ledger.claim_deliveries("engine", "first", MINUTE, 1).await.unwrap().len(), 1);
    assert_eq!(ledger.claim("second", MINUTE, 1).await.unwrap().len(), 1);
    // While both are there, nothing is taken from either.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(ledger.claim("third", MINUTE, 9).await.unwrap().is_empty());
    drop(first);
    let mut found = Vec::new();
    for _ in 0..500 {
        found.extend(ledger.claim("third", MINUTE, 9).await.unwrap());
        if !found.is_empty() && !ledger.claim_deliveries("engine", "third", MINUTE, 1).await.unwrap().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let found: Vec<_> = found.iter().map(|piece| (piece.state, piece.lease.submission.as_str())).collect();
    assert_eq!(found, [(State::Sending, taken[0].lease.submission.as_str())]);
    drop(second);
}

/// Looks at charts had no owner, so those in hand at a kill waited until their leases ran out.
#[tokio::test]
async fn a_chart_that_a_killed_service_was_looking_at_is_given_back() {
    let Some(server) = Server::shared("a_chart_that_a_killed_service_was_looking_at_is_given_back") else { return };
    let ledger = open(&server.database()).unwrap();
    let pace = Pace { every: Duration::from_millis(20), looks: 3 };
    let appear = |owner: &'static str| presence::appear(Arc::clone(&ledger.settings), ledger.time.clone(), owner, pace);
    let (first, second) = (appear("first").await.unwrap(), appear("second").await.unwrap());
    let day = START.plus(Duration::from_secs(86_400));
    for (number, at) in [(1, START), (2, START), (3, day)] {
        let mut subject = newcomer(&[&format!("id:A|{number}")], vec![]);
        subject.change.as_mut().unwrap().look_at = Some(at);
        ledger.intake(inside(vec![subject])).await.unwrap();
    }
    let taken = ledger.claim_looks("first", MINUTE, 1).await.unwrap();
    assert_eq!((taken.len(), ledger.claim_looks("second", MINUTE, 1).await.unwrap().len()), (1, 1));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(ledger.claim_looks("third", MINUTE, 9).await.unwrap().is_empty());
    drop(first);
    let mut found = Vec::new();
    for _ in 0..500 {
        found = ledger.claim_looks("third", MINUTE, 9).await.unwrap();
        if !found.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(found.iter().map(|look| &look.chart).collect::<Vec<_>>(), [&taken[0].chart]);
    ledger.looked(&found[0]).await.unwrap();
    assert_eq!(ledger.next_due().await.unwrap(), Some(START.plus(MINUTE)));
    drop(second);
}

/// A clock that jumped on one host took a live POST from the other.
#[tokio::test]
async fn time_alone_takes_nothing_from_a_service_that_is_at_work() {
    let Some(server) = Server::shared("time_alone_takes_nothing_from_a_service_that_is_at_work") else { return };
    let (address, clock) = (server.database(), TestClock::at(START));
    let ledger = connect(&address, &clock, Arc::new(RandomIds)).unwrap();
    // So patient that nothing is given back meanwhile.
    let pace = Pace { every: Duration::from_secs(60), looks: 3 };
    let appear = |owner: &'static str| presence::appear(Arc::clone(&ledger.settings), ledger.time.clone(), owner, pace);
    let first = appear("first").await.unwrap();
    let _second = appear("second").await.unwrap();
    ledger.intake(inside(vec![newcomer(&["id:A|1"], vec![check(Track::Bh), check(Track::Msk)])])).await.unwrap();
    let taken = ledger.claim("first", MINUTE, 1).await.unwrap();
    clock.advance(60 * MINUTE);
    // Neither what is in hand, nor what its chart holds back meanwhile.
    assert!(ledger.claim("second", MINUTE, 9).await.unwrap().is_empty());
    assert_eq!(ledger.next_due_as(&Claimer::named("second")).await.unwrap(), None);
    ledger.begin_sending(&taken[0].lease, sending()).await.unwrap();
    clock.advance(60 * MINUTE);
    assert!(ledger.claim("second", MINUTE, 9).await.unwrap().is_empty());
    drop(first);
    // The server notices the end of a connection after a moment.
    let mut found = Vec::new();
    for _ in 0..500 {
        found = ledger.claim("second", MINUTE, 9).await.unwrap();
        if !found.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(found.iter().map(|piece| piece.state).collect::<Vec<_>>(), [State::Sending]);
}
