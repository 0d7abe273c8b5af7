//! Several services on one PostgreSQL: they share the work, and any of them, and the database, may be killed at any moment.

use bridge_routes::mllp::{Timeouts, send_once};
use kit::{Balancer, Program, Proxy, Stage, Weather, fixture, until, until_ok};
use postgres_kit::Server;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

/// People; there are two messages about each.
const PEOPLE: usize = 24;
/// Engines that send at the same time.
const ENGINES: usize = 4;

/// A message about a person: the first has them checked, the second asks for an alignment.
fn message(person: usize, second: bool) -> (String, Vec<u8>) {
    let control_id = format!("HST{person:03}{}", u8::from(second));
    let mut text = String::from_utf8(fixture("zac-align-ckm.hl7")).unwrap();
    for (from, to) in [
        ("LKS000118", control_id.clone()),
        ("400112", format!("5{person:05}")),
        ("2FH7-GT4-MN61", format!("2FH7-GT4-MN{person:02}")),
        ("2FH7GT4MN61", format!("2FH7GT4MN{person:02}")),
        ("V26070118", format!("V27{person:06}")),
    ] {
        text = text.replace(from, &to);
    }
    if !second {
        let end = text.find("ZAC|").unwrap();
        text.truncate(end);
    }
    (control_id, text.into_bytes())
}

/// An engine that keeps a message until it is acknowledged, one after the other; adds what was acknowledged.
async fn play(door: SocketAddr, people: Vec<usize>, acknowledged: Arc<AtomicUsize>) -> BTreeSet<String> {
    let times = Timeouts { connect: Duration::from_secs(2), answer: Duration::from_secs(20) };
    let mut done = BTreeSet::new();
    for person in people {
        for second in [false, true] {
            let (control_id, bytes) = message(person, second);
            let answer = loop {
                match send_once(&door.to_string(), &bytes, times).await {
                    Ok(answer) => break String::from_utf8_lossy(&answer).into_owned(),
                    // Not stored, or not known: the same message again.
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            };
            let answer = answer.split('\r').find(|line| line.starts_with("MSA")).unwrap_or_default().to_owned();
            assert_eq!(answer, format!("MSA|CA|{control_id}"));
            done.insert(control_id);
            acknowledged.fetch_add(1, Ordering::Relaxed);
        }
    }
    done
}

/// A stage whose ledger is a database.
async fn stage(server: &Server) -> (Stage, String) {
    let address = server.database();
    let name = address.rsplit_once("@/").unwrap().1.split('?').next().unwrap().to_owned();
    let mut stage = Stage::set("").await;
    stage.keep_in(&address);
    (stage, name)
}

/// Starts the engines; what they have had acknowledged is counted.
fn engines(door: SocketAddr) -> (Vec<JoinHandle<BTreeSet<String>>>, Arc<AtomicUsize>) {
    let acknowledged = Arc::new(AtomicUsize::new(0));
    let engines = (0..ENGINES).map(|engine| {
        let people = (0..PEOPLE).filter(|person| person % ENGINES == engine).collect();
        tokio::spawn(play(door, people, Arc::clone(&acknowledged)))
    });
    (engines.collect(), acknowledged)
}

/// Waits until so many messages are acknowledged.
async fn reached(acknowledged: Arc<AtomicUsize>, count: usize) {
    let enough = || (acknowledged.load(Ordering::Relaxed) >= count).then_some(());
    until(&format!("{count} are acknowledged"), enough).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hosts_and_the_database_may_be_killed_at_any_moment() {
    let Some(server) = Server::start("hosts_and_the_database_may_be_killed_at_any_moment") else { return };
    let (stage, database) = stage(&server).await;
    let (first, second) = (stage.start().await, stage.start().await);
    let balancer = Balancer::start(doors(&[&first, &second])).await;
    let (engines, acknowledged) = engines(balancer.address);
    let reached = |count: usize| reached(Arc::clone(&acknowledged), count);
    reached(PEOPLE / 2).await;
    first.kill();
    reached(PEOPLE).await;
    server.crash();
    server.resume();
    reached(PEOPLE + 8).await;
    let third = stage.start().await;
    balancer.set(doors(&[&second, &third]));
    reached(PEOPLE + 16).await;
    second.kill();
    books_agree(&stage, &server, &database, engines).await;
}

/// Lets the engines finish, and compares what they, the ledger, CMS and the receiver of notices have.
async fn books_agree(stage: &Stage, server: &Server, database: &str, engines: Vec<JoinHandle<BTreeSet<String>>>) {
    let mut done = BTreeSet::new();
    for engine in engines {
        done.extend(engine.await.unwrap());
    }
    assert_eq!(done.len(), 2 * PEOPLE);

    // What was acknowledged is in the ledger.
    let feeds = server.psql(database, "SELECT control_id FROM feeds");
    assert_eq!(feeds.lines().map(str::to_owned).collect::<BTreeSet<_>>(), done);
    // Everything comes to its end, and every notice is delivered.
    let open = "SELECT operation, state, lease_owner, lease_until - changed_at FROM submissions WHERE state NOT IN ('done', 'uncertain')
        UNION ALL SELECT route, state, lease_owner, lease_until - changed_at FROM deliveries WHERE state <> 'delivered'";
    until_ok("everything is done and told", || {
        let left = server.psql(database, open);
        if left.is_empty() { Ok(()) } else { Err(left) }
    })
    .await;
    let ids = server.psql(database, "SELECT id FROM notices");
    let heard = stage.engine.heard();
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in &heard {
        let id = one.message.split('|').nth(9).unwrap().to_owned();
        messages.entry(id).or_default().insert(one.message.clone());
    }
    for id in ids.lines() {
        assert!(messages.contains_key(id), "the notice {id} was told to nobody");
    }
    // What was told twice was told in the same words, under the same id.
    assert!(messages.values().all(|told| told.len() == 1));
    // Nothing with consequences was submitted twice, and each person was checked before they were aligned.
    let aligned: Vec<_> = stage.cms().all_accepted().into_iter().filter(|one| one.operation == "align").collect();
    assert!(aligned.iter().all(|one| one.count == 1), "{aligned:?}");
    for person in 0..PEOPLE {
        let name = stage.cms().fingerprint(&format!("2FH7GT4MN{person:02}"));
        let keys = stage.cms().keys();
        let position =
            |operation: &str| keys.iter().position(|key| key.beneficiary == name && key.operation == operation);
        let (checked, aligned) = (position("check-eligibility"), position("align"));
        if let (Some(checked), Some(aligned)) = (checked, aligned) {
            assert!(checked < aligned, "person {person}");
        }
    }
    // What a kill left in doubt is told as such; everybody else is aligned.
    let doubts = server.psql(database, "SELECT count(*) FROM submissions WHERE state = 'uncertain'");
    let told =
        heard.iter().filter(|one| one.code == "aligned").map(|one| &one.control_id).collect::<BTreeSet<_>>().len();
    assert!(told + doubts.parse::<usize>().unwrap() >= PEOPLE, "{told} aligned, {doubts} in doubt");
}

fn doors(programs: &[&Program]) -> Vec<String> {
    programs.iter().map(|program| program.door().to_owned()).collect()
}

/// A database that fails for good is followed by its standby, while an engine sends and submissions are under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_takes_over_in_the_middle_of_the_work() {
    let Some(server) = Server::start("a_standby_takes_over_in_the_middle_of_the_work") else { return };
    let (mut stage, database) = stage(&server).await;
    let standby = server.standby();
    stage.keep_in(&server.address_with(&standby, &database));
    let (first, second) = (stage.start().await, stage.start().await);
    let balancer = Balancer::start(doors(&[&first, &second])).await;
    let (engines, acknowledged) = engines(balancer.address);
    reached(Arc::clone(&acknowledged), PEOPLE).await;
    server.crash();
    standby.promote();
    books_agree(&stage, &standby, &database, engines).await;
}

/// Whoever does not hear that a commit was done holds what it does not know of: it would rest until its lease runs out, and a route
/// with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commits_whose_answers_are_lost_hold_nothing_up() {
    let Some(server) = Server::start("commits_whose_answers_are_lost_hold_nothing_up") else { return };
    let (mut stage, database) = stage(&server).await;
    let proxy = Proxy::before(format!("127.0.0.1:{}", server.port())).await;
    stage.keep_in(&format!("postgresql://bridge@{}/{database}", proxy.address));
    let program = stage.start().await;
    proxy.set(Weather::LosesCommits(5));
    let balancer = Balancer::start(doors(&[&program])).await;
    let (engines, _) = engines(balancer.address);
    books_agree(&stage, &server, &database, engines).await;
}

/// Every command reads and acts on a database as on a file, and none shows its password.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_work_on_a_database() {
    let Some(server) = Server::shared("commands_work_on_a_database") else { return };
    let (mut stage, _) = stage(server).await;
    stage.vary("LEDGER_PASSWORD", "geheim");
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    assert_eq!(program.exchange(&fixture("training.hl7")).await.code(), "CR");
    stage.engine.notice("LKS000118", "aligned").await;
    let id = stage.submission("align", "CKM", "done").await["id"].as_str().unwrap().to_owned();
    for (arguments, expected) in [
        (vec!["submissions", "show", &id], "aligned"),
        (vec!["charts", "list"], "ACCES12345"),
        (vec!["notices", "list"], "outcome"),
        (vec!["quarantine", "list"], "training-message"),
        (vec!["calendar"], "baseline"),
        (vec!["unmapped"], ""),
        (vec!["check"], "fine"),
    ] {
        let done = stage.run(&arguments);
        assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.err);
        assert!(done.out.contains(expected), "{arguments:?}: {}", done.out);
    }
    let refused = stage.run(&["submissions", "approve", &id]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("is done: cannot approve"), "{}", refused.err);
    assert!(!program.log().contains("geheim"));

    stage.vary("LEDGER__URL", "postgresql://bridge@127.0.0.1:1/access");
    let gone = stage.run(&["submissions", "list"]);
    assert_eq!(gone.code, Some(1));
    assert!(gone.err.contains("ledger postgresql://127.0.0.1:1/access: the ledger is unavailable"), "{}", gone.err);
    assert!(gone.err.contains("whether the server runs") && !gone.err.contains("geheim"), "{}", gone.err);
}

/// Two services on one SQLite file would take each other's work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_service_on_one_file_is_refused_with_a_reason() {
    let stage = Stage::set("").await;
    let first = stage.start().await;
    let second = stage.run(&["run"]);
    assert_eq!(second.code, Some(1));
    assert!(second.err.contains("another service works on this ledger"), "{}", second.err);
    assert!(second.err.contains("PostgreSQL"), "{}", second.err);
    assert_eq!(first.send(&fixture("zac-align-ckm.hl7")).await, "CA");
    stage.engine.notice("LKS000118", "aligned").await;
}

/// Commands took the clock of the host they run on. Where that is behind, a chart is planned in a past that the others have left.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_goes_by_the_clock_of_the_database_as_the_services_do() {
    let Some(server) = Server::start("a_command_goes_by_the_clock_of_the_database_as_the_services_do") else { return };
    let (stage, database) = stage(&server).await;
    server.psql(
        &database,
        "CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql \
         AS 'SELECT pg_catalog.clock_timestamp() + interval ''400 days'''",
    );
    server.psql(&database, &format!("ALTER DATABASE {database} SET search_path = public, pg_catalog"));
    let program = stage.start().await;
    assert_eq!(program.send(&fixture("training.hl7")).await, "CR");
    program.kill();
    let kept = || stage.quarantine().remove(0);
    let before = kept();
    assert_eq!(stage.run(&["quarantine", "replay", before["id"].as_str().unwrap()]).code, Some(1));
    let after = kept();
    assert_eq!(after["count"], 2);
    assert!(after["last_at"].as_str() >= before["last_at"].as_str(), "{before} {after}");
}

/// Each host told of the same outage, and of its end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_told_by_one_of_the_hosts() {
    let Some(server) = Server::shared("an_outage_is_told_by_one_of_the_hosts") else { return };
    let mut stage = Stage::set("[wire]\ncontent_location = 'relative'\n").await;
    stage.keep_in(&server.database());
    stage.vary("TIMES__OUTAGE_PROBE", "1s");
    let proxy = stage.proxied().await;
    proxy.set(Weather::Resets);
    let programs = [stage.start().await, stage.start().await];
    for person in 0..PEOPLE {
        assert_eq!(programs[person % 2].send(&message(person, true).1).await, "CA");
    }
    until("both hosts know of the outage", || {
        programs.iter().all(|program| program.log().contains("CMS cannot be reached")).then_some(())
    })
    .await;
    proxy.set(Weather::Clear);
    let heard = |code: &str| stage.engine.heard().iter().filter(|one| one.code == code).count();
    until("everybody is aligned", || (heard("aligned") == PEOPLE).then_some(())).await;
    assert_eq!((heard("cms-unreachable"), heard("cms-reachable")), (1, 1));
}
