//! Payloads: any text that `validate` may be given, and as an answer of CMS.
#![no_main]

use access_contract::{Exchange, Operation, Phase};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let issues = access_core::validate::validate(&fuzz::EXAMPLE, text);
    assert!(issues.len() <= access_core::validate::MAX_ISSUES);
    let exchange = Exchange {
        operation: Operation::Align,
        phase: Phase::Poll,
        status: 200,
        content_type: "application/fhir+json".to_owned(),
        body: text.to_owned(),
    };
    let _ = access_core::interpret::interpret(&fuzz::EXAMPLE, &exchange);
});
