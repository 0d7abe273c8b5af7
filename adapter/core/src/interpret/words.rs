//! Plain words for technical failures, and the HL7 fields that CMS's texts are about.

use access_contract::{OutcomeClass, Phase};

/// What a status means when no result came with it.
pub(super) struct Words {
    pub(super) class: OutcomeClass,
    pub(super) meaning: &'static str,
    pub(super) next_step: &'static str,
}

/// The words for an HTTP status.
pub(super) fn of_status(status: u16, phase: &Phase) -> Words {
    let failed = |meaning, next_step| Words { class: OutcomeClass::Failed, meaning, next_step };
    match status {
        400 | 422 => Words {
            class: OutcomeClass::FixAndResend,
            meaning: "CMS found something wrong or missing in what was sent. Nothing was done.",
            next_step: "Mend what the issues name, at its source in the feed or in the profile, and send again.",
        },
        401 => failed(
            "CMS did not accept the access token, not even a new one.",
            "Check client id, client secret and token address of this participant, then retry the submission.",
        ),
        403 => failed(
            "The credentials of this participant do not allow this operation.",
            "Check the scopes the token is asked with, and with CMS whether the participant is active, then retry.",
        ),
        404 if *phase == Phase::Poll => failed(
            "CMS does not know this submission any more, or never did.",
            "Look the patient up in the alignment report before sending again: the operation may have been done.",
        ),
        404 => failed(
            "There is no such operation at the configured address.",
            "Check the base address of this participant.",
        ),
        408 | 425 | 429 | 502 | 503 | 504 => failed(
            "CMS could not take the request, even after the retries.",
            "Retry the submission later. If this goes on, ask CMS whether the service is down.",
        ),
        500..=599 => failed(
            "Something went wrong at CMS.",
            "Retry the submission. If it fails again, give CMS support the id of the submission.",
        ),
        300..=399 => failed(
            "The address answered with a redirect, which is not followed with patient data.",
            "Check the base address of this participant.",
        ),
        400..=499 => {
            failed("CMS refused the request for a technical reason.", "Read the issues; retry when the cause is gone.")
        }
        _ => failed(
            "CMS answered in a way that has no meaning here.",
            "Have a person look at it. Look the patient up in the alignment report before sending again.",
        ),
    }
}

/// What an answer means whose status denies the result it holds.
pub(super) const CONTRADICTORY: &str = "CMS answered with a result and with a status that says there is none.";

/// What to do where it is open what CMS did.
pub(super) const LOOK_UP: &str =
    "Look the patient up in the alignment report before sending again: the operation may have been done.";

/// What a refusal means that is not in the words of CMS, and what to do: something before CMS may have written it, so nothing is
/// said of what CMS did. `what` says what the answer is instead. None for a status that says enough by itself.
pub(super) fn of_foreign(status: u16, phase: &Phase, what: &str) -> Option<(String, &'static str)> {
    if !(400..=499).contains(&status) || matches!(status, 401 | 404 | 408 | 425 | 429) {
        return None;
    }
    let meaning = format!("The request was refused with status {status}, and not in the words of CMS: {what}.");
    let next_step = match phase {
        Phase::Poll => "Look for a proxy or a gateway on the way to CMS, then ask for the answer again.",
        _ => {
            "Look for a proxy or a gateway on the way to CMS and check the base address, then retry the submission. If it stays so, \
             ask CMS."
        }
    };
    Some((meaning, next_step))
}

/// Words in CMS's texts, lower case, and what to look at.
const FIELDS: [(&str, &str); 14] = [
    ("participant", "`participants` in the profile"),
    ("payer", "`participants.payer` in the profile"),
    ("mbi", "PID-3 and IN2-6"),
    ("medicare beneficiary", "PID-3 and IN2-6"),
    ("patient.identifier", "PID-3 and IN2-6"),
    ("birthdate", "PID-7"),
    ("birth date", "PID-7"),
    ("gender", "PID-8"),
    ("patient.name", "PID-5"),
    ("condition", "DG1-3"),
    ("icd-10", "DG1-3"),
    ("track", "ZAC-3, or `participants.tracks` in the profile"),
    ("reason", "ZAC-4"),
    ("isproviderreferral", "ZAC-5"),
];

/// What to look at, for a text of CMS about faulty data; none if no word is known.
pub(super) fn advice(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    if text.contains("attestation") {
        return Some("document the patient's consent to the switch and send ZAC-6 = Y".to_owned());
    }
    let mut places: Vec<&str> = Vec::new();
    for (_, place) in FIELDS.iter().filter(|(word, _)| text.contains(word)) {
        if !places.contains(place) {
            places.push(place);
        }
    }
    (!places.is_empty()).then(|| format!("look at {}", places.join("; ")))
}
