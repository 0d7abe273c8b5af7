//! The turns of a circuit.

use super::{Admission, Attempt, Circuits, Judgement, Probe, Turn};
use bridge_client::{Backoff, BackoffSettings};
use bridge_types::Timestamp;
use std::time::Duration;

const HOST: &str = "api.example.org";

fn circuits() -> Circuits {
    let settings = BackoffSettings {
        base: Duration::from_secs(10),
        max: Duration::from_secs(40),
        factor_percent: 200,
        jitter_percent: 0,
    };
    Circuits::new(3, Backoff::new(settings).unwrap())
}

const fn second(at: i64) -> Timestamp {
    Timestamp::from_millis(at * 1000)
}

const fn of(chart: &str) -> Attempt<'_> {
    Attempt { chart, tokens_of: None, retry_after: None }
}

fn fails(circuits: &Circuits, chart: &str, at: i64) -> Judgement {
    circuits.failed(HOST, &of(chart), second(at))
}

/// Any piece may be tried.
const ANY: Admission = Admission::OneOfAny(Vec::new());

fn opened() -> Circuits {
    let circuits = circuits();
    assert_eq!(fails(&circuits, "a", 0), Judgement::None);
    assert_eq!(fails(&circuits, "b", 1), Judgement::None);
    assert_eq!(fails(&circuits, "a", 2), Judgement::Lost(second(2)));
    circuits
}

/// There is work for one person only, and it fails.
fn opened_by_one() -> Circuits {
    let circuits = circuits();
    for at in 0..3 {
        let expected = if at < 2 { Judgement::None } else { Judgement::Doubtful };
        assert_eq!(fails(&circuits, "a", at), expected);
    }
    assert_eq!(circuits.alone(HOST, &of("a"), second(2)), Some(Turn::Lost(second(2))));
    circuits
}

#[test]
fn failures_in_a_row_open_it_and_one_answer_between_them_keeps_it_closed() {
    let circuits = circuits();
    for _ in 0..10 {
        assert_eq!(fails(&circuits, "a", 0), Judgement::None);
        assert_eq!(fails(&circuits, "b", 0), Judgement::None);
        assert_eq!(circuits.answered(HOST, "c"), None);
    }
    assert_eq!(circuits.admission(HOST), Admission::Everything);
    assert_eq!(opened().admission(HOST), Admission::Nothing(second(12)));
}

#[test]
fn attempts_under_way_when_it_opens_change_nothing() {
    let circuits = opened();
    assert_eq!(fails(&circuits, "c", 3), Judgement::None);
    assert_eq!(circuits.admission(HOST), Admission::Nothing(second(12)));
}

#[test]
fn probes_that_fail_wait_ever_longer_up_to_the_bound() {
    let circuits = opened();
    let mut now = 12;
    for wait in [20, 40, 40] {
        circuits.probed(HOST, second(now), false);
        assert_eq!(circuits.admission(HOST), Admission::Nothing(second(now + wait)));
        now += wait;
    }
}

#[test]
fn after_a_probe_one_piece_decides_and_a_person_hears_of_the_first_loss_and_the_end_only() {
    let circuits = opened();
    circuits.probed(HOST, second(12), true);
    assert_eq!(circuits.admission(HOST), ANY);
    assert_eq!(fails(&circuits, "a", 13), Judgement::None);
    assert_eq!(circuits.admission(HOST), Admission::Nothing(second(33)));
    circuits.probed(HOST, second(33), true);
    assert_eq!(circuits.answered(HOST, "b"), Some(Turn::Back(second(2))));
    assert_eq!(circuits.admission(HOST), Admission::Everything);
    assert_eq!(circuits.answered(HOST, "a"), None);
}

#[test]
fn a_probe_is_made_by_one_only_and_again_where_it_was_lost() {
    let circuits = opened();
    let probe = Some(Probe { tokens_of: None });
    assert_eq!(circuits.take_probe(HOST, second(11)), None);
    assert_eq!(circuits.take_probe(HOST, second(12)), probe);
    assert_eq!(circuits.take_probe(HOST, second(71)), None);
    assert_eq!(circuits.take_probe(HOST, second(72)), probe);
    circuits.probed(HOST, second(73), true);
    assert_eq!(circuits.take_probe(HOST, second(1000)), None);
}

/// The API answered probes while its token endpoint was away, so the outage was over whenever nothing was due.
#[test]
fn the_token_endpoint_is_probed_where_the_trouble_was_there() {
    let circuits = opened();
    let attempt = Attempt { tokens_of: Some("ACCES12345"), ..of("b") };
    circuits.failed(HOST, &attempt, second(3));
    let probe = Probe { tokens_of: Some("ACCES12345".to_owned()) };
    assert_eq!(circuits.take_probe(HOST, second(12)), Some(probe));
    circuits.probed(HOST, second(12), true);
    // Since then it is the API itself.
    fails(&circuits, "b", 13);
    assert_eq!(circuits.take_probe(HOST, second(33)), Some(Probe { tokens_of: None }));
}

#[test]
fn what_cms_asks_to_wait_wins() {
    let circuits = circuits();
    let asked = |seconds: u64| Some(Duration::from_secs(seconds));
    for (chart, retry_after) in [("a", asked(600)), ("b", None), ("a", asked(60))] {
        circuits.failed(HOST, &Attempt { retry_after, ..of(chart) }, second(0));
    }
    assert_eq!(circuits.admission(HOST), Admission::Nothing(second(600)));
}

#[test]
fn an_outage_told_before_a_restart_is_probed_at_once_and_not_told_again() {
    let circuits = circuits();
    circuits.resume(HOST, second(5));
    assert_eq!(circuits.admission(HOST), Admission::Nothing(second(5)));
    circuits.probed(HOST, second(100), false);
    assert_eq!(fails(&circuits, "a", 101), Judgement::None);
    circuits.probed(HOST, second(200), true);
    assert_eq!(circuits.answered(HOST, "a"), Some(Turn::Back(second(5))));
}

/// One person whose request CMS kept refusing with 503 stopped everybody's.
#[test]
fn one_person_opens_it_only_where_there_is_no_work_for_another() {
    let circuits = circuits();
    for at in 0..10 {
        assert_ne!(fails(&circuits, "a", at), Judgement::Lost(second(at)));
        assert_eq!(circuits.admission(HOST), Admission::Everything);
    }
    // Another one has work, and CMS deals with it: the first has a trouble of its own from then on.
    assert_eq!(circuits.answered(HOST, "b"), None);
    for at in 10..20 {
        assert_eq!(fails(&circuits, "a", at), Judgement::None);
    }
    // Until CMS deals with it.
    assert_eq!(circuits.answered(HOST, "a"), None);
    for at in 20..22 {
        assert_eq!(fails(&circuits, "a", at), Judgement::None);
    }
    assert_eq!(fails(&circuits, "a", 22), Judgement::Doubtful);
}

#[test]
fn what_comes_while_one_person_fails_alone_is_tried_at_once_and_tells_whose_trouble_it_is() {
    let circuits = opened_by_one();
    assert_eq!(circuits.admission(HOST), Admission::OneBut("a".to_owned()));
    assert_eq!(circuits.answered(HOST, "b"), Some(Turn::Back(second(2))));
    for at in 10..20 {
        assert_eq!(fails(&circuits, "a", at), Judgement::None);
    }
    assert_eq!(circuits.admission(HOST), Admission::Everything);

    let circuits = opened_by_one();
    assert_eq!(fails(&circuits, "b", 4), Judgement::None);
    assert_eq!(circuits.admission(HOST), Admission::Nothing(second(12)));
    circuits.probed(HOST, second(12), true);
    assert_eq!(circuits.answered(HOST, "b"), Some(Turn::Back(second(2))));
    assert_eq!(fails(&circuits, "a", 13), Judgement::None);
    assert_eq!(fails(&circuits, "a", 14), Judgement::None);
    assert_eq!(fails(&circuits, "a", 15), Judgement::Doubtful);
}

#[test]
fn what_fails_by_itself_is_no_test_of_the_way() {
    let circuits = opened_by_one();
    circuits.answered(HOST, "b");
    for chart in ["c", "d", "c"] {
        fails(&circuits, chart, 20);
    }
    assert_eq!(circuits.admission(HOST), Admission::Nothing(second(30)));
    // Everybody is in the same boat.
    circuits.probed(HOST, second(30), true);
    assert_eq!(circuits.admission(HOST), ANY);
}

#[test]
fn where_one_failure_is_enough_one_person_is() {
    let settings = BackoffSettings { base: Duration::from_secs(10), ..BackoffSettings::default() };
    let circuits = Circuits::new(1, Backoff::new(settings).unwrap());
    assert_eq!(fails(&circuits, "a", 0), Judgement::Lost(second(0)));
}
