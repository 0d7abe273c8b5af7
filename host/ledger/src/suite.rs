//! What every store must do, whatever it is built on. A store's tests call [`behaviours!`] with a function that opens a fresh
//! [`kit::World`] for a test of a name, or says that it is skipped; each behaviour becomes a test of its own. [`model::run`] and [`joins::run`] are called in tests that are not asynchronous.

pub(crate) mod acts;
pub(crate) mod charts;
pub(crate) mod claims;
pub(crate) mod cms_notices;
pub(crate) mod entries;
pub(crate) mod feeds;
pub(crate) mod joins;
pub(crate) mod kit;
pub(crate) mod layouts;
pub(crate) mod lists;
pub(crate) mod merges;
pub(crate) mod model;
pub(crate) mod notices;
pub(crate) mod reasons;
pub(crate) mod rules;
pub(crate) mod taking;
pub(crate) mod unmapped;
pub(crate) mod upkeep;
pub(crate) mod wholes;
pub(crate) mod work;

/// Makes a test of each behaviour.
macro_rules! behaviours {
    ($world:path) => {
        $crate::suite::behaviours! { $world;
            feeds: a_feed_is_stored_with_everything_that_follows, the_same_feed_twice_does_nothing,
                a_control_id_with_other_content_is_told_and_stored_only_on_demand, a_feed_without_control_id_is_a_repeat_until_another_came,
                two_copies_of_a_feed_at_once_are_stored_once, an_intake_beyond_the_bounds_is_refused_whole,
                a_feed_beyond_the_bounds_is_quarantined_as_far_as_it_can_be_kept,
                an_intake_that_contradicts_itself_leaves_nothing, a_refused_feed_is_kept_once_and_counted,
                a_replayed_feed_leaves_the_list_and_returns_when_refused_again;
            charts: charts_are_found_in_the_order_of_keys_each_once, a_chart_that_moved_is_a_conflict_and_leaves_nothing,
                a_conflict_in_the_second_subject_takes_the_first_back, two_plans_for_a_new_person_make_one_chart,
                a_key_moves_only_from_a_chart_that_was_seen, keys_of_other_participants_are_other_keys,
                what_a_plan_needs_is_answered_in_one;
            entries: an_entry_takes_the_place_of_the_one_under_its_key, the_newest_of_each_code_are_found,
                entries_follow_their_chart_into_a_merge, a_chart_is_looked_at_when_its_time_comes,
                a_look_that_failed_is_put_off_and_not_lost;
            taking: an_unsent_submission_takes_the_newer_intent, a_held_submission_with_another_reason_is_told_again, an_automatic_intent_lets_a_held_submission_go,
                a_submission_in_flight_is_never_overwritten, tracks_of_one_family_are_one,
                reports_of_different_periods_do_not_meet, a_report_in_doubt_stays_the_report_it_was,
                what_ended_makes_room_for_a_new_one, a_worker_loses_what_was_asked_for_anew,
                a_submission_that_waits_for_another_is_not_due, commands_reach_their_chart_only,
                a_cancelled_visit_withdraws_what_was_not_sent, a_command_before_an_intent_makes_room,
                a_notice_about_an_intent_names_its_submission_once, a_doubt_is_told_of_what_carries_the_intent,
                a_command_that_changes_nothing_is_told, a_request_that_meets_an_open_submission_is_told;
            reasons: an_automatic_intent_approves_only_what_it_meets, an_alignment_behind_a_check_keeps_waiting_for_a_person,
                what_followed_the_former_reason_is_dropped, an_approved_move_is_held_again_for_another_reason, what_was_approved_or_asked_for_keeps_its_reason, an_approval_is_for_the_diagnoses_that_were_shown,
                an_approval_is_for_the_track_and_reason_that_were_shown, a_move_that_is_not_the_approved_one_is_held_whole,
                a_report_that_is_open_already_is_told_to_nobody, a_merge_drops_half_a_move_once_and_tells_it,
                what_follows_one_in_flight_goes_only_for_its_reason, a_check_keeps_the_visit_it_was_asked_for_with,
                an_order_about_one_half_of_a_move_is_about_both, what_is_held_lapses_with_its_reason,
                what_is_told_of_a_submission_names_its_own_request, what_its_own_request_says_is_not_told_twice,
                what_lapses_is_told_by_its_own_request, asking_again_takes_no_reference_away,
                a_screen_does_not_ask_beside_an_alignment;
            merges: open_work_and_keys_move_to_the_survivor, of_two_unsent_ones_one_goes_on, one_in_flight_beats_one_unsent,
                two_in_flight_both_go_on, reports_of_different_periods_both_go_on, a_second_merge_leads_to_the_last_survivor, a_chart_is_not_joined_in_a_circle;
            claims: nothing_is_claimed_twice, a_lease_that_ran_out_is_claimed_by_another_and_lost_to_the_first,
                one_chart_sends_one_at_a_time_in_order, what_is_put_off_is_not_overtaken_within_its_family, polls_do_not_wait_for_the_chart, due_times_are_kept,
                work_given_back_is_due_at_once, what_its_owner_does_not_know_of_is_given_back, a_renewed_lease_holds_longer, what_was_being_sent_is_found_after_a_crash,
                racing_workers_share_the_work, a_clock_that_is_set_back_holds_nothing_up,
                what_is_in_hand_is_not_claimed_again_whatever_the_clock_says, work_of_participants_that_rest_is_left_where_it_is,
                what_failed_can_be_taken_before_it_is_due, an_unalignment_waits_for_the_answer_to_the_alignment,
                an_alignment_waits_for_the_answer_to_the_unalignment_unless_that_is_in_doubt;
            work: the_whole_way_is_written_down, the_payload_is_stored_before_and_for_each_attempt,
                the_cms_id_is_kept_for_good, a_status_url_of_any_kind_is_kept, an_acceptance_that_outlived_its_lease_is_taken,
                an_acceptance_after_a_decision_is_refused, an_ending_with_a_moved_chart_is_a_conflict_and_can_be_repeated,
                dependents_start_when_told, dependents_are_cancelled_down_the_line, a_held_dependent_is_held_when_it_starts,
                a_doubt_is_never_claimed, postponing_counts, what_is_told_once_is_told_once,
                a_chart_is_looked_at_again_until_that_is_done, what_was_done_under_a_lease_is_not_done_twice;
            acts: every_act_follows_the_table_and_nothing_else, approving_covers_what_waits_for_it,
                cancelling_covers_what_waits_for_it, a_retry_keeps_the_first_cms_id, a_retry_beside_an_open_one_is_refused,
                an_uncertain_submission_is_polled_again_at_its_location,
                a_polled_submission_can_be_given_up_and_repeated, a_polled_submission_is_asked_for_now,
 what_waits_for_its_next_try_is_sent_now, a_failed_submission_is_polled_again_unless_another_is_open, a_late_cancel_stops_a_worker,
                a_report_is_repeated_beside_that_of_another_period, an_unknown_submission_is_not_found;
            notices: a_route_delivers_in_order, what_waits_for_a_route_goes_to_another_on_demand, a_failing_delivery_holds_the_queue_until_it_is_given_up,
                routes_do_not_wait_for_each_other, a_delivery_lease_is_exclusive_and_runs_out, a_delivery_that_its_owner_does_not_know_of_is_given_back,
                a_delivery_put_off_by_a_wrong_clock_is_due, a_route_follows_a_clock_that_is_set_back, a_dead_delivery_can_be_sent_again,
                an_outcome_notice_brings_the_answer, notices_of_quarantine_are_made_once,
                notices_are_found_by_the_control_id_of_their_message,
                a_notice_beyond_the_bounds_is_refused_with_all_that_comes_with_it;
            lists: pages_are_stable_while_rows_are_added, submissions_are_filtered, charts_and_feeds_are_filtered,
                health_counts, a_ledger_is_ready_while_it_answers;
            cms_notices: a_notice_of_cms_is_stored_with_its_chart_and_what_is_told,
                a_chart_that_a_notice_leaves_alone_does_not_move, the_same_notice_of_cms_has_no_second_effect,
                a_notice_whose_chart_moved_is_a_conflict_and_leaves_nothing, an_unmatched_notice_waits_for_a_person,
                a_notice_that_nobody_vouches_for_waits_and_is_told_of_its_submission,
                a_notice_of_cms_follows_a_merge, a_notice_beyond_the_bounds_is_kept_as_far_as_it_can_be, a_mark_is_remembered,
                of_several_that_come_upon_a_turn_one_tells;
            upkeep: a_ledger_that_was_worked_on_holds_what_it_must, everything_is_exported,
                what_is_old_goes_and_what_is_needed_stays, what_was_refused_goes_when_its_time_is_over;
            unmapped: a_code_is_counted_once_for_each_feed_that_was_stored, codes_are_listed_by_sender,
                a_code_that_is_known_now_is_forgotten, the_codes_that_did_not_come_for_longest_make_room;
        }
    };
    ($world:path; $($module:ident: $($behaviour:ident),+;)+) => {
        $(mod $module {
            $(#[tokio::test]
            async fn $behaviour() {
                let Some(world) = $world(stringify!($behaviour)) else { return };
                $crate::suite::$module::$behaviour(&world).await;
            })+
        })+
    };
}
pub(crate) use behaviours;
