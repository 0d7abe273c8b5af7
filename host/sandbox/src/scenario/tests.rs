//! Scenario files: what is read, and what is refused where.

use super::{AttestationRule, Fault, Scenario, TokenAuth};

/// Line and message of the mistake.
fn mistake(text: &str) -> (usize, String) {
    let error = Scenario::parse(text, "my.toml").unwrap_err();
    assert_eq!(error.file, "my.toml");
    (error.line, error.message)
}

fn is_mistake(text: &str, line: usize, part: &str) {
    let (found, message) = mistake(text);
    assert!(message.contains(part), "{message}");
    assert_eq!(found, line, "{message}");
}

#[test]
fn an_empty_scenario_is_the_defaults_and_the_default_file_writes_them_out() {
    let empty = Scenario::parse("", "empty.toml").unwrap();
    let default = Scenario::default_population().unwrap();
    assert_eq!((&empty.wire, &empty.programme), (&default.wire, &default.programme));
    assert_eq!((&empty.reporting, &empty.notices), (&default.reporting, &default.notices));
    assert!(empty.beneficiaries.is_empty() && empty.faults.is_empty() && empty.clients.is_empty());
}

#[test]
fn the_default_file_names_every_key() {
    let text = Scenario::default_text();
    let keys = "token_auth token_seconds scopes submit_scope poll_scope pending_polls answer_delay_ms progress poll_retry_after \
        content_location wording require_prefer bare_401 result_meta unknown_mbi lock_in_blocks switch_attestation participants \
        id secret mbi family given birth_date gender medicare services control_group excluded_from diagnoses alignments \
        pending_unalign days_ago participant track on operation skip times status retry_after body issues accept drop \
        expire_token result text delay_ms trickle_ms severity code diagnostics expression baseline_days quarterly_days \
        end_of_period_days missing_baseline document_errors unknown_sections unanswered expression_by required mail url \
        lock_in_before control_group_before baseline_before renewal_before submission reports type";
    for key in keys.split_whitespace() {
        assert!(text.contains(key), "{key}");
    }
}

#[test]
fn the_default_files_numbers_have_the_form_cms_prescribes() {
    let letter = |c: u8| c.is_ascii_uppercase() && !b"SLOIBZ".contains(&c);
    for person in Scenario::default_population().unwrap().beneficiaries {
        let mbi = person.mbi.as_bytes();
        let form = "CAXNAXNAANN".bytes().zip(mbi).all(|(kind, c)| match kind {
            b'C' => (b'1'..=b'9').contains(c),
            b'A' => letter(*c),
            b'X' => letter(*c) || c.is_ascii_digit(),
            _ => c.is_ascii_digit(),
        });
        assert!(form && mbi.len() == 11);
        assert!(person.mbi.starts_with("1AA0AA0AA"));
    }
}

#[test]
fn settings_are_read() {
    let scenario = Scenario::parse(
        "[wire]\ntoken_auth = \"form\"\ntoken_seconds = 5\n[programme]\nswitch_attestation = \"poll-400\"",
        "x.toml",
    )
    .unwrap();
    assert_eq!((scenario.wire.token_auth, scenario.wire.token_seconds), (TokenAuth::Form, 5));
    assert_eq!(scenario.programme.switch_attestation, AttestationRule::Poll400);
}

#[test]
fn mistakes_are_told_with_their_line() {
    is_mistake("[wire]\n\ntoken_secs = 1", 3, "token_secs");
    is_mistake("[wire]\ntoken_auth = \"digest\"", 2, "digest");
    is_mistake("\n[[beneficiary]]\nmbi = 5", 3, "string");
    is_mistake("[wire\n", 1, "");
    is_mistake("# no\n[extra]\na = 1", 2, "extra");
    is_mistake("[[beneficiary]]\nmbi = \"1AA0AA0AA01\"\nage = 70", 3, "age");
    is_mistake("[[beneficiary]]\nfamily = \"x\"", 1, "mbi");
    is_mistake("[[fault]]\non = \"answer\"", 2, "answer");
}

#[test]
fn values_out_of_range_are_told_with_the_line_of_their_table() {
    is_mistake("[wire]\ntoken_seconds = 0", 1, "token_seconds");
    is_mistake("[wire]\nsubmit_scope = \"x\"", 1, "submit_scope");
    is_mistake("[[client]]\nid = \"a\"\nsecret = \"\"", 1, "secret");
    let first = "[[beneficiary]]\nmbi = \"1AA0AA0AA01\"\n";
    is_mistake(&format!("{first}[[beneficiary]]\nmbi = \"1AA0AA0AA01\""), 3, "two beneficiaries");
    is_mistake(&format!("{first}[[beneficiary]]\nmbi = \"1aa0aa0aa01\""), 3, "`mbi`");
    is_mistake(&format!("{first}birth_date = \"1950-02-30\""), 1, "birth_date");
    is_mistake(&format!("{first}gender = \"F\""), 1, "gender");
    is_mistake(
        &format!("{first}alignments = [{{ participant = \"ACCESS1234\", track = \"CKM\", days_ago = 1 }}]"),
        1,
        "participant",
    );
    is_mistake(&format!("{first}[[fault]]\non = \"submit\"\ntimes = 0\nstatus = 500"), 3, "times");
}

#[test]
fn mistakes_about_reports_and_notices_are_told_with_their_line() {
    is_mistake("[reporting]\nbaseline_day = 60", 2, "baseline_day");
    is_mistake("[reporting]\nend_of_period_days = { ckm = [1, 2] }", 2, "ckm");
    is_mistake("[reporting]\nissues = \"loose\"", 2, "loose");
    is_mistake("[reporting]\nquarterly_days = [110, 70]", 1, "before it begins");
    is_mistake("[reporting]\nquarterly_days = [0, 70]", 1, "quarterly_days");
    is_mistake("[reporting]\nbaseline_days = 9999", 1, "baseline_days");
    is_mistake("[reporting]\n\n[reporting.required.CKM]\nbaseline = [\"PHQ-9\"]", 3, "`PHQ-9` is no measure of CKM");
    is_mistake("[notices]\nmails = \"x\"", 2, "mails");
    is_mistake("[notices]\nlock_in_before = 1000", 1, "365");
    is_mistake("[notices]\nurl = \"https://127.0.0.1/\"", 1, "no TLS");
    is_mistake("[notices]\ntoken = \"x\"", 1, "needs a `url`");
    is_mistake("[notices]\nurl = \"http://127.0.0.1/\"\ntoken = \"a b\"", 1, "printable");
    let aligned = |more: &str| {
        format!(
            "[[beneficiary]]\nmbi = \"1AA0AA0AA01\"\nalignments = [{{ participant = \"ACCES12345\", track = \"CKM\", days_ago = 9, {more} }}]"
        )
    };
    is_mistake(&aligned("submission = \"a b\""), 1, "`submission`");
    is_mistake(&aligned("reports = [{ type = \"yearly\", days_ago = 1 }]"), 1, "`type`");
    is_mistake(&aligned("reports = [{ type = \"baseline\", days_ago = 10 }]"), 1, "older than its alignment");
    is_mistake(&aligned("reports = [{ kind = \"baseline\", days_ago = 1 }]"), 3, "kind");
}

#[test]
fn keys_of_a_fault_that_do_not_go_together_are_refused() {
    for (keys, part) in [
        ("on = \"submit\"", "nothing to do"),
        ("on = \"submit\"\nstatus = 500\ndrop = true", "exclude"),
        ("on = \"submit\"\nexpire_token = true\nresult = \"x\"", "exclude"),
        ("on = \"submit\"\nbody = \"html\"", "status"),
        ("on = \"submit\"\nretry_after = 1", "status"),
        ("on = \"submit\"\nissues = [{}]\ndelay_ms = 1", "issues"),
        ("on = \"submit\"\ntext = \"x\"\ndelay_ms = 1", "text"),
        ("on = \"submit\"\naccept = true\ndelay_ms = 1", "accept"),
        ("on = \"poll\"\ndrop = true\naccept = true", "submit"),
        ("on = \"poll\"\nresult = \"x\"", "submit"),
        ("on = \"poll\"\ncontent_location = \"missing\"", "submit"),
        ("on = \"token\"\nexpire_token = true", "expire_token"),
        ("on = \"token\"\nmbi = \"1AA0AA0AA01\"\nstatus = 500", "token request"),
        ("on = \"submit\"\nmbi = \"1\"\nstatus = 500", "mbi"),
        ("on = \"submit\"\noperation = \"report\"\nstatus = 500", "operation"),
        ("on = \"submit\"\nstatus = 100", "status"),
        ("on = \"submit\"\ndelay_ms = 0", "delay_ms"),
        ("on = \"submit\"\ntrickle_ms = 600001", "trickle_ms"),
        ("on = \"poll\"\nstatus = 503\nretry_after = \"a\\nb\"", "retry_after"),
        ("on = \"poll\"\nstatus = 503\nnever = 1", "never"),
    ] {
        let error = Fault::parse(keys).unwrap_err();
        assert!(error.message.contains(part), "{keys}: {}", error.message);
    }
}

#[test]
fn too_much_of_anything_is_refused() {
    assert!(mistake(&" ".repeat((1 << 20) + 1)).1.contains("limit"));
    assert!(mistake(&"[[fault]]\non = \"poll\"\nstatus = 500\n".repeat(1_001)).1.contains("1001 faults"));
    assert!(mistake(&"[[client]]\nid = \"a\"\nsecret = \"b\"\n".repeat(1_001)).1.contains("1001 clients"));
}

#[test]
fn debug_output_shows_nobody_and_no_secret() {
    let text = "[[client]]\nid = \"a\"\nsecret = \"hunter2\"\n[[beneficiary]]\nmbi = \"1AA0AA0AA01\"\nfamily = \"Quill\"\n\
        [[fault]]\non = \"poll\"\nmbi = \"1AA0AA0AA01\"\nstatus = 500";
    let shown = format!("{:?}", Scenario::parse(text, "x.toml").unwrap());
    let text = "[notices]\nurl = \"http://127.0.0.1:1/\"\ntoken = \"swordfish\"";
    let shown = format!("{shown}{:?}", Scenario::parse(text, "x.toml").unwrap());
    for secret in ["swordfish", "hunter2", "1AA0AA0AA01", "Quill"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
