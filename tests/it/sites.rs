//! Profiles while the service runs: taken into use without losing a message, refused when they are wrong; and the codes they
//! do not know yet.

use kit::{Stage, until};
use std::path::PathBuf;
use std::time::Duration;

/// A site of a test, with what is laid over it.
fn site(more: &str) -> String {
    format!(
        "name = \"site\"\nextends = [\"base\"]\nguide = \"0.9.12\"\n{more}\n[[participants]]\nid = \"ACCES12345\"\npayer = \"12345\"\ntracks = [\"CKM\"]\n"
    )
}

/// A row for the code of [`feed`]; the first key of the site's top is a table, so it stands last.
const ROW: &str = "[[senders]]\napplication = \"LAB\"\nfacility = \"EAST\"\ncodes.observations = [{ code = \"GLUC\", loinc = \"2345-7\" }]\n";

/// A beneficiary with a result under a local code.
fn feed(number: usize) -> Vec<u8> {
    let segments = [
        format!("MSH|^~\\&|LAB|EAST|B|C|20261123080000||ADT^A08|M{number}|P|2.5.1"),
        "EVN|A08|20261123080000".to_owned(),
        format!("PID|1||{number}^^^EAST^MR||HALVORSEN^RUTH||19470912|F"),
        "OBX|1|NM|GLUC^Glucose^L||98|mg/dL|||||F".to_owned(),
        "IN1|1|Q7^Mutual".to_owned(),
        String::new(),
    ];
    segments.join("\r").into_bytes()
}

struct Place(PathBuf);

impl Place {
    /// A stage whose service reads a profile of the test's own.
    async fn set(text: &str) -> (Stage, Self) {
        let mut stage = Stage::set("").await;
        let path = stage.folder().join("site.toml");
        std::fs::write(&path, text).unwrap();
        stage.vary("PROFILE", "site.toml");
        stage.vary("TIMES__PROFILE", "50ms");
        (stage, Self(path))
    }

    /// Writes the profile anew, as an editor does that saves in place.
    fn write(&self, text: &str) {
        std::fs::write(&self.0, text).unwrap();
    }
}

/// The section of one `table code` in what `unmapped --json` tells, with its count.
fn unmapped(stage: &Stage) -> Vec<String> {
    let told = stage.run(&["unmapped", "--json"]);
    assert_eq!(told.code, Some(0), "{}", told.err);
    let rows = told.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    rows.map(|row| format!("{} {} {}", row["table"].as_str().unwrap(), row["code"].as_str().unwrap(), row["count"]))
        .collect()
}

/// Another profile in the configuration was taken at the next start without a word.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_with_another_profile_is_told_once() {
    let (mut stage, place) = Place::set(&site("")).await;
    let told = "used with another profile before";
    let program = stage.start().await;
    assert!(!program.log().contains(told));
    program.kill();
    let other = std::fs::read_to_string(&place.0).unwrap().replacen("name = \"site\"", "name = \"other\"", 1);
    std::fs::write(place.0.with_file_name("other.toml"), other).unwrap();
    stage.vary("PROFILE", "other.toml");
    let program = stage.start().await;
    assert!(program.log().contains(told), "{}", program.log());
    program.kill();
    let program = stage.start().await;
    assert_eq!(program.log().matches(told).count(), 0, "{}", program.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_without_a_row_is_counted_and_gone_when_the_profile_has_one() {
    let (stage, place) = Place::set(&site("")).await;
    let program = stage.start().await;
    for number in 1..=3 {
        assert_eq!(program.send(&feed(number)).await, "AA");
    }
    // Sent again, it is no news.
    assert_eq!(program.send(&feed(3)).await, "AA");
    assert_eq!(unmapped(&stage), ["observation GLUC 3", "plan Q7 3"]);
    let shown = stage.run(&["unmapped", "--sender", "LAB,EAST"]);
    assert!(
        shown.out.contains("{ code = \"GLUC\", system = \"L\", unit = \"mg/dL\", loinc = \"\" },  # Glucose; 3 feeds"),
        "{}",
        shown.out
    );
    assert!(stage.run(&["unmapped", "--sender", "LAB,WEST"]).out.contains("every code"));
    place.write(&(site("") + ROW));
    until("the code is known", || (unmapped(&stage) == ["plan Q7 3"]).then_some(())).await;
    assert_eq!(program.send(&feed(4)).await, "AA");
    assert_eq!(unmapped(&stage), ["plan Q7 4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_is_lost_while_profiles_come_and_go() {
    let (stage, place) = Place::set(&site("")).await;
    let program = stage.start().await;
    let (sent, write) = tokio::join!(
        async {
            let mut sent = 0;
            for number in 1..=150 {
                assert_eq!(program.send(&feed(number)).await, "AA", "message {number}");
                sent += 1;
            }
            sent
        },
        async {
            let mut rounds = 0;
            for round in 0..8 {
                let whole = site(&format!("training = \"{}\"", if round % 2 == 0 { "submit" } else { "refuse" }));
                // Cut in the middle, as by a slow editor; then whole.
                place.write(&whole[..whole.len() / 2]);
                tokio::time::sleep(Duration::from_millis(130)).await;
                place.write(&whole);
                tokio::time::sleep(Duration::from_millis(130)).await;
                rounds += 1;
            }
            rounds
        }
    );
    assert_eq!((sent, write), (150, 8));
    let log = program.log();
    assert!(log.matches("the profile was replaced").count() >= 2, "{log}");
    assert!(log.contains("the profile before stays in use"), "{log}");
    assert_eq!(stage.quarantine(), Vec::<serde_json::Value>::new());
    let counted = unmapped(&stage);
    assert!(counted.contains(&"plan Q7 150".to_owned()), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_profile_is_told_once_with_its_place_and_the_old_one_stays() {
    let (stage, place) = Place::set(&site("training = \"refuse\"")).await;
    let program = stage.start().await;
    place.write(&site("training = \"sumbit\""));
    until("the mistake is told", || program.log().contains("the profile before stays in use").then_some(())).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let log = program.log();
    assert_eq!(log.matches("site.toml:4:12").count(), 1, "{log}");
    assert!(log.contains("did you mean `submit`?"), "{log}");
    let training = String::from_utf8(feed(1)).unwrap().replace("|P|2.5.1", "|T|2.5.1");
    assert_eq!(program.send(training.as_bytes()).await, "AR");
    place.write(&site("training = \"submit\""));
    until("the profile is replaced", || program.log().contains("the profile was replaced").then_some(())).await;
    assert_eq!(program.send(training.as_bytes()).await, "AA");
    // Another participant needs credentials, which are read at the start only.
    place.write(&site("training = \"submit\"").replace("ACCES12345", "ACCES54321"));
    until("the participant is refused", || program.log().contains("participants of the profile changed").then_some(()))
        .await;
    assert_eq!(program.send(&feed(2)).await, "AA");
}

#[test]
fn the_cases_of_a_profile_are_run_and_told_when_they_fail() {
    let example = kit::offline(&["check", "--profile", "example"]);
    assert_eq!(example.code, Some(0), "{}", example.out);
    assert!(example.out.contains("cases: 6 as expected"), "{}", example.out);
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("site.toml");
    std::fs::write(&path, site("") + ROW).unwrap();
    std::fs::create_dir(folder.path().join("cases")).unwrap();
    let feed = String::from_utf8(feed(1)).unwrap();
    std::fs::write(folder.path().join("cases/one.hl7"), &feed).unwrap();
    let case = |expect: &str| {
        let text = format!(
            "[[case]]\nname = \"a result\"\nwhy = \"it has a row\"\nfeed = \"one.hl7\"\nexpect = {{ {expect} }}\n"
        );
        std::fs::write(folder.path().join("cases/results.toml"), text).unwrap();
        kit::offline(&["check", "--profile", path.to_str().unwrap()])
    };
    let fine = case("answer = \"AA\", observations = [\"2345-7\"], unmapped = [\"plan Q7\"]");
    assert_eq!((fine.code, fine.out.contains("cases: 1 as expected")), (Some(0), true), "{}", fine.out);
    let failed = case("observations = [\"4548-4\"], mbi = true");
    assert_eq!(failed.code, Some(1), "{}", failed.out);
    assert!(failed.out.contains("results.toml:1: a result\n  mbi: expected [true], found [false]\n  observations: expected [4548-4], found [2345-7]"), "{}", failed.out);
    assert!(!failed.out.contains("HALVORSEN"));
    let unknown = case("observation = []");
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.out.contains("results.toml:5:12: unknown field `observation`"), "{}", unknown.out);
    let resolved = kit::offline(&["check", "--resolved", "--profile", path.to_str().unwrap()]);
    let document: serde_json::Value = serde_json::from_str(&resolved.out).unwrap();
    assert_eq!(document["senders"][0]["facility"], "EAST");
}

/// Whatever was refused for the same reason comes in with one command, once the reason is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_refused_for_one_reason_is_replayed_together() {
    let (stage, place) = Place::set(&site("")).await;
    let program = stage.start().await;
    for (control_id, processing) in [("T1", "T"), ("T2", "T"), ("T3", "D")] {
        let text = String::from_utf8(feed(7)).unwrap().replace("|M7|P|", &format!("|{control_id}|{processing}|"));
        assert_eq!(program.send(text.as_bytes()).await, "AR");
    }
    let nobody = String::from_utf8(feed(8)).unwrap().replace("\rPID|", "\rZID|");
    assert_eq!(program.send(nobody.as_bytes()).await, "AE");
    let unnamed = stage.run(&["quarantine", "replay"]);
    assert_eq!(unnamed.code, Some(2), "one that names nothing takes nothing: {}", unnamed.out);
    let still = stage.run(&["quarantine", "replay", "--code", "training-message"]);
    assert_eq!(still.code, Some(1), "{}", still.err);
    assert!(still.out.ends_with("\n0 taken in, 3 still in quarantine\n"), "{}", still.out);

    place.write(&site("training = \"submit\"\n"));
    let listed = stage.run(&["quarantine", "list", "--code", "training-message", "--json"]).out;
    assert_eq!(listed.lines().count(), 3);
    let taken = stage.run(&["quarantine", "replay", "--code", "training-message", "--since", "1h"]);
    assert_eq!(taken.code, Some(0), "{}{}", taken.out, taken.err);
    assert!(taken.out.ends_with("\n3 taken in, 0 still in quarantine\n"), "{}", taken.out);
    let rest = stage.run(&["quarantine", "replay", "--since", "1h", "--json"]);
    assert_eq!((rest.code, rest.out.lines().count()), (Some(1), 1), "{}", rest.err);
    assert!(rest.out.contains("patient-missing"), "{}", rest.out);
}
