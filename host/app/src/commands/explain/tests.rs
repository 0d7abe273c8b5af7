//! Explanations of a feed made up to be hostile, in every form.

use super::joining::explanation;
use super::model::Explanation;
use super::text::Style;
use super::{html, text};
use crate::commands::offline::Converted;
use access_contract::{
    Account, AccountLine, Fate, Header, Intent, Issue, Mode, Operation, Payload, Provenance, Severity, Track,
};

const HOSTILE: &str = "\"'><script>alert(1)</script>&\u{1b}[2J\u{202e}\r\n";

fn line(path: &str, name: &str, fate: Fate, facts: &[&str], value: &str) -> AccountLine {
    AccountLine {
        path: path.to_owned(),
        name: name.to_owned(),
        fate,
        rules: facts.iter().map(|fact| format!("identity.{fact}")).collect(),
        facts: facts.iter().map(|fact| (*fact).to_owned()).collect(),
        value: Some(value.to_owned()),
    }
}

/// A feed with one payload, one ignored and one unused piece, and an issue.
fn example(value: &str, values: bool) -> Explanation {
    let intent = Intent::new(Operation::CheckEligibility, Track::Ckm, Mode::Auto, "screen", "a diagnosis qualifies");
    let from = |element: &str, source: &str, feed: &str, rule: &str| Provenance {
        element: element.to_owned(),
        source: source.to_owned(),
        feed: feed.to_owned(),
        rule: rule.to_owned(),
    };
    let body = serde_json::json!({
        "resourceType": "Parameters",
        "parameter": [
            { "name": "patient", "resource": { "resourceType": "Patient", "name": [{ "family": value }] } },
            { "name": "payerID", "valueIdentifier": { "value": "12345" } },
        ],
    });
    let payload = Payload {
        entries: Vec::new(),
        operation: Operation::CheckEligibility,
        track: Track::Ckm,
        body: body.to_string(),
        provenance: vec![
            from("Parameters.parameter[0].resource.name[0].family", "PID-5", "77", "identity.name"),
            from("Parameters.parameter[1].valueIdentifier", "profile", "", "participants.payer"),
        ],
        issues: Vec::new(),
    };
    let header = Header {
        control_id: "77".to_owned(),
        message_type: "ADT".to_owned(),
        event: "A08".to_owned(),
        ..Header::default()
    };
    let issue =
        Issue::new(Severity::Warning, "name-in-one-part", "PID-5", "the name stands in one part").hint("fill both");
    let account = Account {
        lines: vec![
            line("MSH-10", "Message Control ID", Fate::Used, &["feed"], "77"),
            line("PID-1", "Set ID", Fate::Ignored, &[], "1"),
            line("PID-5.1", "Patient Name", Fate::Used, &["name"], value),
            line("ZPD[1]-2", "", Fate::Unused, &[], value),
        ],
        truncated: false,
    };
    let lines =
        account.lines.into_iter().map(|line| AccountLine { value: line.value.filter(|_| values), ..line }).collect();
    let converted =
        Converted { header, submissions: vec![(intent, payload)], issues: vec![issue], ..Converted::default() };
    explanation("feed.hl7", &converted, Some(Account { lines, truncated: false }), values)
}

fn page(explanation: &Explanation) -> String {
    format!("{}\n{}\n{}", html::head(), html::feed(explanation, 1), html::foot())
}

#[test]
fn a_terminal_shows_source_value_rule_and_target_side_by_side() {
    let shown = text::render(&example("HALVORSEN", true), &Style { width: 100, colour: false });
    let expected = "\
feed.hl7  ADT^A08  control id 77

  SOURCE                           VALUE               RULE                FACT → TARGET

MSH
  MSH-10 Message Control ID        77                  identity.feed       feed

PID
  PID-5.1 Patient Name             HALVORSEN           identity.name       name → $check-eligibility
                                                                           name[0].family
    warning: name-in-one-part at PID-5: the name stands in one part
      hint: fill both
  1 ignored

ZPD[1]
! ZPD[1]-2                         HALVORSEN           unused

$check-eligibility CKM  rule screen (auto)
  a diagnosis qualifies
  parameter[1].valueIdentifier ← profile (participants.payer)

2 used, 1 ignored, 1 unused
hint: what nobody needs goes into the profile, as [account] \"+ignored\" = [\"ZPD-2\"]
";
    assert_eq!(shown, expected);
}

#[test]
fn a_result_without_a_row_is_marked_and_carriers_of_the_mbi_are_not_to_be_ignored() {
    let result = AccountLine { rules: vec!["unmapped".to_owned()], ..line("OBX[1]-3.1", "", Fate::Used, &[], "WST") };
    let unused = ["IN2-6", "IN2-61", "ZPD[1]-2"].map(|path| line(path, "", Fate::Unused, &[], "1"));
    let account = Account { lines: [result].into_iter().chain(unused).collect(), truncated: false };
    let explained = explanation("feed.hl7", &Converted::default(), Some(account), true);
    let shown = text::render(&explained, &Style { width: 100, colour: false });
    assert!(shown.contains("\n! OBX[1]-3.1 "), "{shown}");
    assert!(shown.contains("\"+ignored\" = [\"ZPD-2\"]"), "{shown}");
}

#[test]
fn lines_keep_to_the_width_and_carry_no_colour_where_none_is_wanted() {
    for width in [60, 80, 132] {
        let shown = text::render(&example(&"LONG NAME ".repeat(30), true), &Style { width, colour: false });
        assert!(shown.lines().all(|line| line.chars().count() <= width), "{width}");
        assert!(!shown.contains('\u{1b}'));
    }
    assert!(text::render(&example("X", true), &Style { width: 80, colour: true }).contains("\u{1b}[33m! "));
}

#[test]
fn nothing_of_a_hostile_value_reaches_the_terminal_or_the_page_as_a_command() {
    let explanation = example(HOSTILE, true);
    let shown = text::render(&explanation, &Style { width: 100, colour: false });
    assert!(!shown.contains(['\u{1b}', '\u{202e}', '\r']));
    let page = page(&explanation);
    assert_eq!(page.matches("<script>").count(), 1, "the page's own");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains(['\u{1b}', '\u{202e}']));
    let again: serde_json::Value = serde_json::from_str(&serde_json::to_string(&explanation).unwrap()).unwrap();
    assert_eq!(again["pieces"][2]["value"], HOSTILE);
}

#[test]
fn without_values_no_form_holds_any() {
    let explanation = example("HALVORSEN", false);
    let forms = [
        text::render(&explanation, &Style { width: 100, colour: false }),
        serde_json::to_string(&explanation).unwrap(),
        page(&explanation),
    ];
    for form in forms {
        assert!(!form.contains("HALVORSEN") && !form.contains("12345"), "{form}");
        assert!(form.contains("PID-5.1"));
    }
}

/// Elements that are never closed.
const VOID: [&str; 3] = ["meta", "!doctype", "input"];

#[test]
fn the_page_is_well_formed_and_its_links_lead_somewhere() {
    let page = page(&example(HOSTILE, true));
    let body = page.replace(include_str!("page.js"), "").replace(include_str!("page.css"), "");
    let mut open: Vec<&str> = Vec::new();
    for tag in body.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap();
        let name = tag.split([' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if VOID.contains(&name) => {}
            None => open.push(name),
        }
    }
    assert!(open.is_empty(), "{open:?}");
    let links: Vec<&str> = page.split("href=\"#").skip(1).map(|rest| rest.split_once('"').unwrap().0).collect();
    assert_eq!(links.len(), 2, "an element of the payload, and what is unused");
    assert!(links.iter().all(|link| page.contains(&format!("id=\"{link}\""))));
    assert!(!page.contains("http://") && !page.contains("https://"), "nothing is loaded from elsewhere");
}

#[test]
fn the_schema_knows_every_key_of_an_explanation() {
    let schema: serde_json::Value = serde_json::from_str(include_str!("explanation.v1.schema.json")).unwrap();
    let shown = serde_json::to_value(example("X", true)).unwrap();
    let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<String>>();
    let parts = [
        (&schema, &shown),
        (&schema["$defs"]["piece"], &shown["pieces"][2]),
        (&schema["$defs"]["target"], &shown["pieces"][2]["targets"][0]),
        (&schema["$defs"]["submission"], &shown["submissions"][0]),
        (&schema["$defs"]["source"], &shown["submissions"][0]["provenance"][0]),
        (&schema["properties"]["summary"], &shown["summary"]),
        (&schema["$defs"]["issue"], &shown["issues"][0]),
    ];
    for (schema, shown) in parts {
        let known = keys(&schema["properties"]);
        assert!(keys(shown).iter().all(|key| known.contains(key)), "{:?} {known:?}", keys(shown));
        let needed = schema["required"].as_array().unwrap();
        assert!(needed.iter().all(|key| shown.get(key.as_str().unwrap()).is_some()));
    }
}
