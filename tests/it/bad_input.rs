//! Input that is made to do harm, or that says something false, under the names it is usually given. Each goes through the component
//! or the program: it gets a code, costs little, and leads to no submission that it must not lead to.

use access_contract::{ChartRecord, PlanRequest};
use bridge_runtime::{Adapter, ComponentBytes, Instance, Limits};
use std::io::Write;
use std::process::{Command, Stdio};

const NOW: &str = "2026-07-20T12:00:00Z";
const MBI: &str = "5KC2HN9PR38";

/// The component with the charts that feeds have made so far.
struct Desk {
    guest: Instance,
    charts: Vec<ChartRecord>,
}

/// What became of one feed.
#[derive(Debug, Default)]
struct Followed {
    refused: bool,
    codes: Vec<String>,
    payloads: Vec<String>,
}

impl Followed {
    fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|found| found == code)
    }
}

impl Desk {
    fn new() -> Self {
        let bytes = ComponentBytes::read(&kit::component()).unwrap();
        let limits = Limits { time: std::time::Duration::from_secs(60), instances: 1, ..Limits::default() };
        let adapter = Adapter::new(&bytes, &kit::profile().1, limits, Some(&kit::cache())).unwrap();
        Self { guest: adapter.instantiate().unwrap(), charts: Vec::new() }
    }

    /// Reads, plans and composes.
    fn follow(&mut self, feed: &[u8]) -> Followed {
        let mut followed = Followed::default();
        let reading = match self.guest.read(feed).unwrap() {
            Ok(reading) => reading,
            Err(refusal) => {
                let codes = refusal.issues.into_iter().map(|issue| issue.code).collect();
                return Followed { refused: true, codes, ..followed };
            }
        };
        followed.codes.extend(reading.issues.into_iter().map(|issue| issue.code));
        for subject in reading.subjects {
            let request = PlanRequest {
                entries: Vec::new(),
                participant: reading.participant.clone(),
                feed: reading.header.control_id.clone(),
                facts: subject.facts,
                charts: self.charts.clone(),
                now: NOW.to_owned(),
            };
            let plan = self.guest.plan(request).unwrap().unwrap();
            followed.codes.extend(plan.issues.into_iter().map(|issue| issue.code));
            let Some(chart) = plan.chart else { continue };
            for intent in plan.intents {
                match self.guest.compose(&reading.participant, intent, &chart.document).unwrap() {
                    Ok(payload) => followed.payloads.push(payload.body),
                    Err(issues) => followed.codes.extend(issues.into_iter().map(|issue| issue.code)),
                }
            }
            self.charts = vec![ChartRecord { id: "chart".to_owned(), document: chart.document }];
        }
        followed
    }
}

/// The feed that leads to a payload, with texts replaced wherever they stand.
fn altered(changes: &[(&str, &[u8])]) -> Vec<u8> {
    let mut feed = kit::fixture("a04-eckm.hl7");
    for (from, to) in changes {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let mut rest = feed.as_slice();
        while let Some(at) = rest.windows(from.len()).position(|part| part == from.as_bytes()) {
            parts.extend([rest[..at].to_vec(), to.to_vec()]);
            rest = &rest[at + from.len()..];
        }
        assert!(!parts.is_empty(), "the fixture has no {from}");
        parts.push(rest.to_vec());
        feed = parts.concat();
    }
    feed
}

#[test]
fn two_million_delimiters() {
    let mut desk = Desk::new();
    for (delimiter, code) in
        [("|", "limit-fields"), ("~", "limit-repetitions"), ("^", "limit-parts"), ("&", "limit-parts")]
    {
        let feed = altered(&[("\rIN2|", format!("\rZZ1|{}\rIN2|", delimiter.repeat(2_000_000)).as_bytes())]);
        let followed = desk.follow(&feed);
        assert!(followed.refused && followed.codes[0] == code, "{delimiter}: {:?}", followed.codes);
    }
    // Ends of segments and escape characters are nothing by themselves.
    for (delimiter, segment) in [("\r", ""), ("\n", ""), ("\\", "OBX|1|ST|1^X^L||")] {
        let feed = altered(&[("\rPV1|", format!("\r{segment}{}\rPV1|", delimiter.repeat(2_000_000)).as_bytes())]);
        let followed = Desk::new().follow(&feed);
        assert!(!followed.refused && followed.payloads.len() == 1, "{delimiter:?}: {:?}", followed.codes);
    }
}

/// Runs `convert` over something that is written to it.
fn convert(
    arguments: &[&str],
    write: impl FnOnce(&mut dyn Write) + Send + 'static,
) -> (Option<i32>, Vec<serde_json::Value>) {
    let mut command = Command::new(kit::program());
    command.arg("convert").args(arguments).args(["--now", NOW]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let cache = std::env::temp_dir().join("access-bridge-it");
    let mut child = command.env("XDG_CACHE_HOME", cache).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || write(&mut input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// An ordinary feed, one with so many bytes in one `OBX-5`, and an ordinary feed again.
fn with_a_large_one(out: &mut dyn Write, megabytes: usize) {
    out.write_all(&kit::fixture("a04-eckm.hl7")).unwrap();
    out.write_all(&kit::fixture("a01-ckm.hl7")).unwrap();
    out.write_all(b"OBX|1|ED|1^Scan^L||^^^Base64^").unwrap();
    let chunk = vec![b'A'; 1 << 20];
    (0..megabytes).for_each(|_| out.write_all(&chunk).unwrap());
    out.write_all(b"||||||F\r").unwrap();
    out.write_all(&kit::fixture("a04-msk.hl7")).unwrap();
}

#[test]
fn a_hundred_megabytes_in_one_obx() {
    let (code, lines) = convert(&[], |out| with_a_large_one(out, 100));
    assert_eq!((code, lines.len()), (Some(3), 3));
    assert_eq!(lines[1]["issues"][0]["code"], "limit-bytes");
    for (number, track) in [(0, "eCKM"), (2, "MSK")] {
        assert_eq!(lines[number]["submissions"][0]["track"], track);
    }
    let (_, stats) = convert(&["--stats", "--json"], |out| with_a_large_one(out, 100));
    assert_eq!((stats[0]["read"].as_u64(), stats[0]["refused"].as_u64()), (Some(2), Some(1)));
    if let (Some(peak), Some(loaded)) =
        (stats[0]["peak_memory_bytes"].as_u64(), stats[0]["loaded_memory_bytes"].as_u64())
    {
        assert!(peak - loaded < 80 << 20, "{} bytes more", peak - loaded);
    }
}

#[test]
fn deeply_nested_fhir() {
    let mut desk = Desk::new();
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"extension\":[", "]}")] {
        let feed = format!(
            "{{\"resourceType\":\"Patient\",\"extension\":{}1{}}}",
            open.repeat(1_000_000),
            close.repeat(1_000_000)
        );
        let followed = desk.follow(feed.as_bytes());
        assert_eq!((followed.refused, followed.codes), (true, vec!["json-too-deep".to_owned()]));
    }
    let bundle = "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":";
    let feed = format!("{}{}{}", bundle.repeat(5), "{\"resourceType\":\"Patient\",\"id\":\"p\"}", "}]}".repeat(5));
    let followed = desk.follow(feed.as_bytes());
    assert!(followed.has("bundle-nested"), "{followed:?}");
}

#[test]
fn a_bundle_that_references_itself() {
    let feed = r##"{"resourceType":"Bundle","id":"b","type":"collection","timestamp":"2026-07-14T14:15:00Z","entry":[
        {"fullUrl":"https://e.example/Bundle/b","resource":{"resourceType":"Bundle","id":"b","type":"collection","entry":[
            {"fullUrl":"https://e.example/Bundle/b","resource":{"resourceType":"Bundle","id":"b"}}]}},
        {"fullUrl":"https://e.example/Patient/p","resource":{"resourceType":"Patient","id":"p",
            "identifier":[{"system":"http://hl7.org/fhir/sid/us-mbi","value":"3AA1AA1AA11"}],"managingOrganization":{"reference":"#"},"link":[{"type":"replaces","other":{"reference":"Patient/p"}}]}},
        {"fullUrl":"https://e.example/Condition/c","resource":{"resourceType":"Condition","id":"c",
            "subject":{"reference":"Patient/p"},"encounter":{"reference":"Condition/c"},"evidence":[{"detail":[{"reference":"Bundle/b"}]}],
            "contained":[{"resourceType":"Encounter","id":"x","partOf":{"reference":"#x"}}],
            "code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"I10"}]}}},
        {"fullUrl":"https://e.example/Coverage/v","resource":{"resourceType":"Coverage","id":"v","status":"active",
            "beneficiary":{"reference":"Coverage/v"},"payor":[{"reference":"Coverage/v"}]}}]}"##;
    let mut desk = Desk::new();
    let followed = desk.follow(feed.as_bytes());
    assert!(!followed.refused && followed.has("subject-unresolved"), "{followed:?}");
    let chart: serde_json::Value = serde_json::from_str(&desk.charts[0].document).unwrap();
    assert_eq!(
        (chart["diagnoses"][0]["code"].as_str(), chart["diagnoses"].as_array().unwrap().len()),
        (Some("I10"), 1)
    );
}

#[test]
fn xml_bombs() {
    let laughs: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    let document = |inner: &str| format!("<ClinicalDocument xmlns=\"urn:hl7-org:v3\">{inner}</ClinicalDocument>");
    let mut desk = Desk::new();
    for (feed, code) in [
        (
            format!(
                "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY l0 \"ha\">{laughs}]>{}",
                document("<title>&l9;</title>")
            ),
            "xml-dtd",
        ),
        (
            format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>{}", document("<title>&e;</title>")),
            "xml-dtd",
        ),
        (format!("<!DOCTYPE x SYSTEM \"http://localhost/x.dtd\">{}", document("")), "xml-dtd"),
        (document("<title>&l9;</title>"), "xml-malformed"),
        (document(&"<a>".repeat(1_000_000)), "limit-depth"),
        (document(&"<a/>".repeat(1_000_000)), "limit-elements"),
        (
            document(&format!("<a {}/>", (0..100_000).map(|n| format!("a{n}=\"\" ")).collect::<String>())),
            "limit-attributes",
        ),
        (
            document(
                &format!("<a {}>", (0..40).map(|n| format!("xmlns:a{n}=\"u{n}\" ")).collect::<String>()).repeat(2),
            ),
            "limit-namespaces",
        ),
        (format!("<Patient xmlns=\"http://hl7.org/fhir\">{}", "<a>".repeat(1_000_000)), "fhir-xml"),
    ] {
        let followed = desk.follow(feed.as_bytes());
        assert!(followed.refused && followed.codes[0] == code, "{code}: {:?}", followed.codes);
    }
}

#[test]
fn invalid_utf_8_in_a_name() {
    assert_eq!(Desk::new().follow(&altered(&[])).payloads.len(), 1);
    for lost in [b"Oka\xfffor".as_slice(), b"Oka\xed\xa0\x80for", "Oka\u{fffd}for".as_bytes(), b"Oka\\XFF\\for"] {
        let followed = Desk::new().follow(&altered(&[("Okafor", lost)]));
        assert!(followed.payloads.is_empty() && followed.has("undecodable-name"), "{followed:?}");
    }
}

#[test]
fn day_first_dates() {
    for date in ["03/02/1951", "27/03/1951", "3.2.1951", "03-02-1951", "02/03/51"] {
        let followed = Desk::new().follow(&altered(&[("19510203", date.as_bytes())]));
        assert!(followed.payloads.is_empty() && followed.has("birth-date-invalid"), "{date}: {followed:?}");
    }
}

#[test]
fn a_birth_date_in_the_future() {
    for date in ["20260715", "2027", "29510203"] {
        let followed = Desk::new().follow(&altered(&[("19510203", date.as_bytes())]));
        assert!(followed.payloads.is_empty() && followed.has("birth-date-invalid"), "{date}: {followed:?}");
    }
}

#[test]
fn an_insured_id_when_in1_17_is_not_self() {
    let only_insured = [("5KC2HN9PR38^^^CMS^MC||Okafor", b"||Okafor".as_slice())];
    assert_eq!(Desk::new().follow(&altered(&only_insured)).payloads.len(), 1);
    for relationship in ["SPO^Spouse", "CHD^Child", "01", "PAR"] {
        let changes = [only_insured[0], ("SEL^Self", relationship.as_bytes())];
        let followed = Desk::new().follow(&altered(&changes));
        assert!(followed.payloads.is_empty() && followed.has("insured-not-patient"), "{relationship}: {followed:?}");
    }
}

#[test]
fn an_mbi_that_changes() {
    let mut desk = Desk::new();
    let first = desk.follow(&altered(&[]));
    assert!(first.payloads[0].contains(MBI));
    let changed: [(&str, &[u8]); 3] =
        [(MBI, b"4GY9XK2FM55"), ("20260714091500-0500", b"20260715091500-0500"), ("LKS000102", b"LKS000999")];
    let second = desk.follow(&altered(&changed));
    assert!(!second.refused && second.payloads.iter().all(|body| body.contains("4GY9XK2FM55") && !body.contains(MBI)));
    assert_eq!(second.payloads.len(), 1, "a new number is asked about anew: {second:?}");
    let chart: serde_json::Value = serde_json::from_str(&desk.charts[0].document).unwrap();
    assert_eq!(chart["former_mbis"], serde_json::json!([MBI]));
    // A late feed with the former number changes nothing.
    let late = desk.follow(&altered(&[("LKS000102", b"LKS000998")]));
    assert!(late.payloads.iter().all(|body| !body.contains(MBI)), "{late:?}");
    let chart: serde_json::Value = serde_json::from_str(&desk.charts[0].document).unwrap();
    assert_eq!(chart["mbi"]["value"], "4GY9XK2FM55");
    // The number of somebody born on another day stops for a person.
    let foreign: [(&str, &[u8]); 3] = [(MBI, b"4GY9XK2FM55"), ("400245", b"400999"), ("19510203", b"19480101")];
    let other = desk.follow(&altered(&foreign));
    assert!(other.payloads.is_empty(), "{other:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_doubted_in_an_accepted_feed_is_logged_once_for_a_sender() {
    let stage = kit::Stage::set("").await;
    let program = stage.start().await;
    let feed = String::from_utf8(kit::fixture("icd9.hl7")).unwrap();
    let other = feed.replace("|EPIC|LAKESHORE|", "|EPIC|EASTSIDE|");
    for (text, id) in [(&feed, "D1"), (&feed, "D2"), (&other, "D3")] {
        let answer = program.send(text.replace("LKS000126", id).as_bytes()).await;
        assert_eq!(answer, "CA", "{id}");
    }
    let log = program.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("WARN") && line.contains("icd9-ignored")).collect();
    assert_eq!(told.len(), 2, "{log}");
    assert!(told[0].contains("DG1[1]-3"), "{}", told[0]);
    for value in ["250.00", "4019", "Okafor", "Diabetes", "5KC2HN9PR38"] {
        assert!(!log.contains(value), "{log}");
    }
}

/// Only what reading doubts was on the log: a cancellation that withdrew nothing was acknowledged, and nobody heard of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_planning_doubts_in_an_accepted_feed_is_logged_too() {
    let stage = kit::Stage::set("").await;
    let program = stage.start().await;
    assert_eq!(program.send(&kit::fixture("a01-ckm.hl7")).await, "CA");
    let cancelled = String::from_utf8(kit::fixture("a11-cancelled.hl7")).unwrap();
    let unnumbered = cancelled.replace("V26070101^^^LAKESHORE^VN", "").replace("9400112^^^LAKESHORE^AN", "");
    assert_eq!(program.send(unnumbered.as_bytes()).await, "CA");
    let log = program.log();
    let told: Vec<&str> = log.lines().filter(|line| line.contains("WARN") && line.contains("visit-missing")).collect();
    assert_eq!(told.len(), 1, "{log}");
    assert!(told[0].contains("PV1-19") && told[0].contains("LKS000112"), "{}", told[0]);
}

/// Beside the truth, which named nobody, a notice said that no number is known and should be sent in PID-3, where one stood.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_medicare_numbers_are_told_in_one_notice_that_names_the_patient() {
    let stage = kit::Stage::set("").await;
    let program = stage.start().await;
    let feed = String::from_utf8(kit::fixture("a01-ckm.hl7")).unwrap().replace("2FH7GT4MN61", "3AA1AA1AA11");
    assert_eq!(program.send(feed.as_bytes()).await, "CA");
    let told = stage.engine.notice("LKS000101", "mbi-conflict").await.message;
    assert!(told.contains("|400112^^^") && told.contains(" at PID-3[2].1: two different Medicare numbers"), "{told}");
    // What else there is to tell of the feed was stored with it, and routes deliver in order.
    assert_eq!(program.send(&kit::fixture("zac-align-msk.hl7")).await, "CA");
    stage.engine.notice("LKS000119", "aligned").await;
    let about = stage.engine.heard().into_iter().filter(|one| one.control_id == "LKS000101");
    assert_eq!(about.map(|one| one.code).collect::<Vec<_>>(), ["mbi-conflict"]);
}
