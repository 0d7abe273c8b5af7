//! A sandbox on port 0, a small HTTP client, and requests to change one thing in.

use crate::{Options, Running, Sandbox, Scenario};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Nobody in the beneficiary file.
pub(super) const STRANGER: &str = "2CC1DD2EE34";
/// The participant requests come from.
pub(super) const US: &str = "ACCES12345";
/// Another one.
pub(super) const OTHERS: &str = "ACCES99999";
/// The canonical root of the guide's version.
pub(super) const ROOT: &str = "https://dsacms.github.io/cmmi-access-model";

/// A running sandbox with a token for it.
pub(super) struct Kit {
    pub(super) running: Running,
    pub(super) token: String,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    /// Code and text of the first issue.
    pub(super) fn issue(&self) -> (String, String) {
        let body = self.json();
        assert_eq!(body["resourceType"], "OperationOutcome");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&body["issue"][0]["code"]), text(&body["issue"][0]["details"]["text"]))
    }

    /// The result code of a Parameters answer.
    pub(super) fn result(&self) -> String {
        let body = self.json();
        assert_eq!((self.status, &body["resourceType"]), (200, &json!("Parameters")), "{body}");
        assert_eq!(body["parameter"][0]["name"], "result");
        body["parameter"][0]["valueCodeableConcept"]["coding"][0]["code"].as_str().unwrap().to_owned()
    }
}

/// Starts with the text of a scenario; the clock stands still.
pub(super) async fn start(scenario: &str) -> Kit {
    start_with(Scenario::parse(scenario, "test.toml").unwrap(), Options::default()).await
}

pub(super) async fn start_with(scenario: Scenario, options: Options) -> Kit {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { clock_millis: options.clock_millis.or(Some(1_800_000_000_000)), ..options };
    let running = Sandbox::start(listener, scenario, options).unwrap();
    let mut kit = Kit { running, token: String::new() };
    kit.renew().await;
    kit
}

/// Sends bytes, reads to the end; none where the connection ended without an answer.
pub(super) async fn exchange(address: SocketAddr, bytes: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The other end may close before everything is written: the answer decides.
    let _ = stream.write_all(bytes).await;
    let mut received = Vec::new();
    let _ = stream.read_to_end(&mut received).await;
    let end = received.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8(received[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Some(Answer { status, headers, body: received[end + 4..].to_vec() })
}

/// A whole request.
pub(super) fn request(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| *name == "host") {
        text.push_str("host: sandbox.test:8080\r\n");
    }
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    format!("{text}\r\n{body}").into_bytes()
}

impl Kit {
    pub(super) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Option<Answer> {
        exchange(self.running.local_addr(), &request(method, target, headers, body)).await
    }

    /// Asks the token endpoint with form fields.
    pub(super) async fn ask_token(&self, body: &str) -> Option<Answer> {
        self.send("POST", "/oauth2/token", &[("content-type", "application/x-www-form-urlencoded")], body).await
    }

    pub(super) async fn renew(&mut self) {
        let answer = self.ask_token("grant_type=client_credentials&client_id=a&client_secret=b").await;
        // Scenarios about the token endpoint itself may refuse this client.
        self.token = answer
            .filter(|answer| answer.status == 200)
            .and_then(|answer| answer.json()["access_token"].as_str().map(str::to_owned))
            .unwrap_or_default();
    }

    /// Posts any text to an operation, with all the usual headers.
    pub(super) async fn post(&self, operation: &str, entity: &str, body: &str) -> Option<Answer> {
        let bearer = format!("Bearer {}", self.token);
        let headers =
            [("authorization", bearer.as_str()), ("content-type", "application/json"), ("prefer", "respond-async")];
        self.send("POST", &operation_path(operation, entity), &headers, body).await
    }

    /// Posts a payload as the participant it names.
    pub(super) async fn submit(&self, payload: &Payload) -> Answer {
        self.try_submit(payload).await.expect("an answer")
    }

    pub(super) async fn try_submit(&self, payload: &Payload) -> Option<Answer> {
        self.post(payload.operation, payload.participant, &payload.body.to_string()).await
    }

    /// Gets a path or an absolute URL.
    pub(super) async fn get(&self, location: &str) -> Option<Answer> {
        let path = location.strip_prefix("http://").map_or(location, |rest| &rest[rest.find('/').unwrap()..]);
        let bearer = format!("Bearer {}", self.token);
        self.send("GET", path, &[("authorization", &bearer)], "").await
    }

    /// Polls until the answer is final.
    pub(super) async fn finish(&self, accepted: &Answer) -> Answer {
        assert_eq!(accepted.status, 202, "{}", String::from_utf8_lossy(&accepted.body));
        let location = accepted.header("content-location").expect("a location").to_owned();
        for _ in 0..20 {
            let answer = self.get(&location).await.expect("an answer");
            if answer.status != 202 {
                return answer;
            }
        }
        panic!("no final answer after 20 polls");
    }

    /// Submits and waits for the result code.
    pub(super) async fn result_of(&self, payload: &Payload) -> String {
        self.finish(&self.submit(payload).await).await.result()
    }
}

pub(super) fn operation_path(operation: &str, entity: &str) -> String {
    format!("/cdx/services/fhir/access/Patient/${operation}?entityId={entity}")
}

/// A request body that passes every check, until it is changed.
pub(super) struct Payload {
    pub(super) operation: &'static str,
    pub(super) participant: &'static str,
    pub(super) body: Value,
}

/// `$check-eligibility` without a diagnosis.
pub(super) fn eligibility(mbi: &str, track: &str) -> Payload {
    payload("check-eligibility", mbi, track)
}

/// `$align` with a diagnosis of the track.
pub(super) fn align(mbi: &str, track: &str) -> Payload {
    payload("align", mbi, track).with(json!({ "name": "isProviderReferral", "valueBoolean": false })).with_condition(
        match track {
            "eCKM" => "I10",
            "CKM" => "E11.9",
            "MSK" => "M17.11",
            _ => "F32.9",
        },
    )
}

/// `$unalign`.
pub(super) fn unalign(mbi: &str, track: &str, reason: &str) -> Payload {
    let payload = payload("unalign", mbi, track).with(json!({
        "name": "reason",
        "valueCodeableConcept": { "coding": [{ "system": format!("{ROOT}/CodeSystem/ACCESSUnalignmentReasonCS"), "code": reason }] },
    }));
    if reason == "no-longer-clinically-eligible" { payload.with_condition("N18.6") } else { payload }
}

fn payload(operation: &'static str, mbi: &str, track: &str) -> Payload {
    let body = json!({
        "resourceType": "Parameters",
        "meta": { "profile": [format!("{ROOT}/StructureDefinition/access-{operation}-in")] },
        "parameter": [
            { "name": "participantID", "valueIdentifier": { "system": format!("{ROOT}/participant-id"), "value": US } },
            { "name": "payerID", "valueIdentifier": { "system": "urn:oid:2.16.840.1.113883.3.221.5", "value": "12345" } },
            { "name": "patient", "resource": {
                "resourceType": "Patient",
                "id": "p",
                "identifier": [{ "system": "http://terminology.hl7.org/NamingSystem/cmsMBI", "value": mbi }],
                "name": [{ "family": "Example", "given": ["Person"] }],
                "gender": "female",
                "birthDate": "1950-01-31",
            } },
            { "name": "track", "valueCodeableConcept": {
                "coding": [{ "system": format!("{ROOT}/CodeSystem/ACCESSTrackCS"), "code": track }],
            } },
        ],
    });
    Payload { operation, participant: US, body }
}

/// A Condition that every track profile takes, but for its code.
pub(super) fn condition(code: &str) -> Value {
    let status = |system: &str, code: &str| json!({ "coding": [{ "system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code }] });
    json!({
        "resourceType": "Condition",
        "clinicalStatus": status("condition-clinical", "active"),
        "verificationStatus": status("condition-ver-status", "confirmed"),
        "category": [status("condition-category", "problem-list-item")],
        "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code }] },
        "subject": { "reference": "Patient/p" },
    })
}

impl Payload {
    /// Adds a parameter.
    pub(super) fn with(mut self, parameter: Value) -> Self {
        self.body["parameter"].as_array_mut().unwrap().push(parameter);
        self
    }

    pub(super) fn with_condition(self, code: &str) -> Self {
        self.with(json!({ "name": "condition", "resource": condition(code) }))
    }

    pub(super) fn attested(self) -> Self {
        self.with(json!({ "name": "switchConsentAttestation", "valueBoolean": true }))
    }

    /// Comes from another participant.
    pub(super) fn from(mut self, participant: &'static str) -> Self {
        self.participant = participant;
        self.parameter("participantID")["valueIdentifier"]["value"] = json!(participant);
        self
    }

    /// Changes the first parameter of that name.
    pub(super) fn change(mut self, name: &str, change: impl FnOnce(&mut Value)) -> Self {
        change(self.parameter(name));
        self
    }

    /// Changes the Patient.
    pub(super) fn patient(self, change: impl FnOnce(&mut Value)) -> Self {
        self.change("patient", |parameter| change(&mut parameter["resource"]))
    }

    /// Removes all parameters of that name.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.body["parameter"].as_array_mut().unwrap().retain(|parameter| parameter["name"] != name);
        self
    }

    fn parameter(&mut self, name: &str) -> &mut Value {
        let parameters = self.body["parameter"].as_array_mut().unwrap();
        parameters.iter_mut().find(|parameter| parameter["name"] == name).unwrap()
    }
}
