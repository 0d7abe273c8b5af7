//! Every instrument from HL7 v2, FHIR and CSV.

use super::kit::{ALL, answered, csv, example, found, hl7v2, read, resource};
use crate::entries::Answered;

/// What does not depend on the format.
fn content(answered: &Answered) -> (String, String, String, Vec<[String; 3]>, Vec<[String; 2]>) {
    let answers = answered.answers.iter().map(|one| [one.link.clone(), one.value.clone(), one.code.clone()]);
    let scores = answered.scores.iter().map(|one| [one.link.clone(), one.value.clone()]);
    let time = answered.authored.replace("+00:00", "Z");
    (answered.instrument.clone(), answered.status.clone(), time, answers.collect(), scores.collect())
}

#[test]
fn every_instrument_is_the_same_from_every_format() {
    for instrument in ALL {
        let sample = example(instrument);
        let feeds = [hl7v2(&sample), resource(&sample).to_string(), csv(&sample)];
        for feed in &feeds {
            assert_eq!(found(&read(feed).issues), [], "{instrument}: {feed}");
        }
        let [message, resource, file] = feeds.map(|feed| {
            let mut all = answered(&feed);
            assert_eq!(all.len(), 1, "{instrument}: {feed}");
            all.remove(0)
        });
        let wanted = content(&resource);
        assert_eq!(wanted.0, instrument);
        assert_eq!((wanted.1.as_str(), wanted.2.as_str()), ("completed", "2026-01-15T10:30:00Z"));
        assert_eq!((wanted.3.len(), wanted.4.len()), (sample.answers.len(), sample.scores.len()), "{instrument}");
        assert_eq!(content(&message), wanted, "{instrument} from HL7 v2");
        assert_eq!(content(&file), wanted, "{instrument} from CSV");
        let stated = "2026-01-15T10:45:00.000000Z";
        assert_eq!([&message, &resource, &file].map(|one| one.stated.as_str()), [stated; 3]);
    }
}

#[test]
fn words_and_places_are_kept_as_the_feed_has_them() {
    let sample = example("GAD-7");
    let message = &answered(&hl7v2(&sample))[0];
    let first = &message.answers[0];
    assert_eq!((first.text.as_str(), first.display.as_str()), ("Invented?", "words"));
    assert_eq!(first.from.as_ref().unwrap().path, "OBX[1]-5");
    assert_eq!((message.identifier.as_str(), message.in_lines), ("F200", true));
    let response = &answered(&resource(&sample).to_string())[0];
    let first = &response.answers[0];
    assert_eq!((first.text.as_str(), first.display.as_str()), ("Invented?", "words"));
    assert_eq!(first.from.as_ref().unwrap().path, "QuestionnaireResponse.item[0]");
    assert_eq!(response.canonical, "http://example.org/Questionnaire/GAD7Questionnaire");
    assert_eq!((response.identifier.as_str(), response.in_lines), ("QuestionnaireResponse/q1", false));
    let row = &answered(&csv(&sample))[0];
    assert_eq!(row.answers[0].from.as_ref().unwrap().path, "row 2, column 6");
    assert_eq!((row.identifier.as_str(), row.from.path.as_str()), ("F200", "row 2"));
}

/// FHIR takes no control characters, and one of them stopped the whole report.
#[test]
fn words_are_kept_without_control_characters() {
    let sample = example("GAD-7");
    let message = hl7v2(&sample).replace("Invented?", "Don\u{92}t\\X0B\\?").replace("^words^", "^wo\u{b}rds^");
    let response =
        resource(&sample).to_string().replace("Invented?", "Don\u{92}t\\u000b?").replace("words", "wo\\u000brds");
    for feed in [message, response] {
        let first = answered(&feed)[0].answers[0].clone();
        assert_eq!((first.text.as_str(), first.display.as_str()), ("Don’t ?", "wo rds"), "{feed}");
    }
}
