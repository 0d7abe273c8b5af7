//! The token endpoint and what its tokens are good for.

use super::kit::{Kit, STRANGER, eligibility, start};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn basic(kit: &Kit, pair: &str, body: &str) -> super::kit::Answer {
    let header = format!("Basic {}", STANDARD.encode(pair));
    kit.send("POST", "/oauth2/token", &[("authorization", &header), FORM], body).await.unwrap()
}

#[tokio::test]
async fn form_fields_and_basic_both_get_a_token_of_300_seconds() {
    let kit = start("").await;
    let by_form = kit.ask_token("grant_type=client_credentials&client_id=a&client_secret=b").await.unwrap();
    let by_basic = basic(&kit, "a:b", "grant_type=client_credentials").await;
    for answer in [&by_form, &by_basic] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let body = answer.json();
        assert_eq!(
            (&body["token_type"], &body["expires_in"], &body["scope"]),
            (&"Bearer".into(), &300.into(), &"cdx/*.read cdx/fhir-resource.write".into())
        );
        assert!(body["access_token"].as_str().unwrap().len() > 30);
    }
    assert_ne!(by_form.json()["access_token"], by_basic.json()["access_token"]);
}

#[tokio::test]
async fn a_scenario_may_take_basic_only_or_form_only() {
    let kit = start("[wire]\ntoken_auth = \"basic\"").await;
    assert_eq!(basic(&kit, "a:b", "grant_type=client_credentials").await.status, 200);
    let refused = kit.ask_token("grant_type=client_credentials&client_id=a&client_secret=b").await.unwrap();
    assert_eq!((refused.status, &refused.json()["error"]), (401, &"invalid_client".into()));
    assert!(refused.header("www-authenticate").unwrap().starts_with("Basic"));

    let kit = start("[wire]\ntoken_auth = \"form\"").await;
    assert_eq!(basic(&kit, "a:b", "grant_type=client_credentials").await.status, 401);
    assert_eq!(kit.ask_token("grant_type=client_credentials&client_id=a&client_secret=b").await.unwrap().status, 200);
}

#[tokio::test]
async fn registered_clients_need_their_secret_encoded_or_not() {
    let kit = start("[[client]]\nid = \"hospital\"\nsecret = \"s=c&r%t+:x\"").await;
    assert_eq!(basic(&kit, "hospital:s=c&r%t+:x", "grant_type=client_credentials").await.status, 200);
    assert_eq!(basic(&kit, "hospital:s%3Dc%26r%25t%2B%3Ax", "grant_type=client_credentials").await.status, 200);
    let kit_plus = start("[[client]]\nid = \"a\"\nsecret = \"x+y\"").await;
    assert_eq!(basic(&kit_plus, "a:x+y", "grant_type=client_credentials").await.status, 200);
    assert_eq!(basic(&kit, "hospital:wrong", "grant_type=client_credentials").await.status, 401);
    assert_eq!(basic(&kit, "other:s=c&r%t+:x", "grant_type=client_credentials").await.status, 401);
}

#[tokio::test]
async fn bad_token_requests_get_the_errors_of_rfc_6749() {
    let kit = start("").await;
    for (body, status, error) in [
        ("client_id=a&client_secret=b", 400, "invalid_request"),
        ("grant_type=password&client_id=a&client_secret=b", 400, "unsupported_grant_type"),
        ("grant_type=client_credentials&client_id=a&client_id=a&client_secret=b", 400, "invalid_request"),
        ("grant_type=client_credentials&client_id=a", 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=a&client_secret=", 401, "invalid_client"),
        ("grant_type=client_credentials&client_id=a&client_secret=b&scope=launch", 400, "invalid_scope"),
    ] {
        let answer = kit.ask_token(body).await.unwrap();
        assert_eq!((answer.status, &answer.json()["error"]), (status, &error.into()), "{body}");
    }
    let twice = basic(&kit, "a:b", "grant_type=client_credentials&client_id=a&client_secret=b").await;
    assert_eq!((twice.status, &twice.json()["error"]), (400, &"invalid_request".into()));
    let json = kit.send("POST", "/oauth2/token", &[("content-type", "application/json")], "{}").await.unwrap();
    assert_eq!((json.status, &json.json()["error"]), (400, &"invalid_request".into()));
    assert_eq!(kit.send("GET", "/oauth2/token", &[], "").await.unwrap().status, 405);
}

#[tokio::test]
async fn a_token_ends_with_its_seconds_by_the_sandboxs_clock() {
    let mut kit = start("[wire]\ntoken_seconds = 60").await;
    kit.running.handle().advance(std::time::Duration::from_millis(59_999));
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
    kit.running.handle().advance(std::time::Duration::from_millis(1));
    let refused = kit.submit(&eligibility(STRANGER, "CKM")).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert_eq!(refused.issue(), ("security".to_owned(), "Invalid or expired access token".to_owned()));
    kit.renew().await;
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
    kit.running.handle().expire_tokens();
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 401);
}

#[tokio::test]
async fn a_missing_foreign_or_invented_token_is_401_also_without_a_body() {
    let mut kit = start("[wire]\nbare_401 = true").await;
    kit.token = "invented".to_owned();
    let bare = kit.submit(&eligibility(STRANGER, "CKM")).await;
    assert_eq!((bare.status, bare.body.len()), (401, 0));
    assert!(bare.header("www-authenticate").is_some());
    let path = super::kit::operation_path("align", "ACCES12345");
    for headers in [&[][..], &[("authorization", "Basic YTpi")][..], &[("authorization", "Bearer")][..]] {
        assert_eq!(kit.send("POST", &path, headers, "{}").await.unwrap().status, 401);
    }
    let poll = kit.get("/cdx/services/fhir/access/Patient/$submission-status/sub-1").await.unwrap();
    assert_eq!(poll.status, 401);
}

#[tokio::test]
async fn a_token_without_the_scope_is_403_on_the_operation_and_on_the_poll() {
    let mut kit = start("").await;
    let accepted = kit.submit(&eligibility(STRANGER, "CKM")).await;
    let limited =
        |scope: &'static str| format!("grant_type=client_credentials&client_id=a&client_secret=b&scope={scope}");
    let full = kit.token.clone();

    kit.token =
        kit.ask_token(&limited("cdx/*.read")).await.unwrap().json()["access_token"].as_str().unwrap().to_owned();
    let refused = kit.submit(&eligibility(STRANGER, "CKM")).await;
    assert_eq!((refused.status, refused.issue().0.as_str()), (403, "forbidden"));
    assert_eq!(kit.finish(&accepted).await.status, 200);

    kit.token = kit.ask_token(&limited("cdx/fhir-resource.write")).await.unwrap().json()["access_token"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
    assert_eq!(kit.get(accepted.header("content-location").unwrap()).await.unwrap().status, 403);

    kit.token = full;
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
}

#[tokio::test]
async fn a_participant_outside_the_scenario_or_the_client_is_403() {
    let kit = start("[programme]\nparticipants = [\"ACCES99999\"]").await;
    let refused = kit.submit(&eligibility(STRANGER, "CKM")).await;
    assert_eq!((refused.status, refused.issue().0.as_str()), (403, "forbidden"));
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM").from("ACCES99999")).await.status, 202);

    let kit = start("[[client]]\nid = \"a\"\nsecret = \"b\"\nparticipants = [\"ACCES12345\"]").await;
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM")).await.status, 202);
    assert_eq!(kit.submit(&eligibility(STRANGER, "CKM").from("ACCES99999")).await.status, 403);
}
