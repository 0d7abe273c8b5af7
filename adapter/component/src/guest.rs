//! The exported functions: convert, call the core, convert back.

use crate::bindings::{feeds, notices, profiles, submissions, types};
use access_contract as contract;
use access_mappings::{Profile, ProfileError};

/// The component.
pub(crate) struct Adapter;

/// A loaded profile.
pub(crate) struct LoadedProfile(Profile);

fn converted<T: Into<U>, U>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(Into::into).collect()
}

impl profiles::Guest for Adapter {
    type Profile = LoadedProfile;
}

impl profiles::GuestProfile for LoadedProfile {
    fn load(resolved: String) -> Result<profiles::Profile, types::Issue> {
        let hint = "resolve the profile again with this version's `access-bridge check --resolved`";
        Profile::from_json(&resolved).map(Self::resource).map_err(|error| unreadable(&error, hint))
    }

    fn compact(&self) -> Result<Vec<u8>, types::Issue> {
        self.0.to_compact().map_err(|error| unreadable(&error, "load the profile in every instance"))
    }

    fn restore(compact: Vec<u8>) -> Result<profiles::Profile, types::Issue> {
        let hint = "hand over what `compact` of the same component gave, or load the profile";
        Profile::from_compact(&compact).map(Self::resource).map_err(|error| unreadable(&error, hint))
    }

    fn describe(&self) -> profiles::Description {
        profiles::Description {
            name: self.0.name.clone(),
            guide: self.0.guide.version.clone(),
            participants: self.0.participants.iter().map(|participant| participant.id.clone()).collect(),
            adapter: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl LoadedProfile {
    fn resource(profile: Profile) -> profiles::Profile {
        profiles::Profile::new(Self(profile))
    }
}

fn unreadable(error: &ProfileError, hint: &str) -> types::Issue {
    contract::Issue::new(contract::Severity::Fatal, "profile-unreadable", "profile", error.to_string())
        .hint(hint)
        .into()
}

fn loaded<'a>(profile: &'a profiles::ProfileBorrow<'_>) -> &'a Profile {
    &profile.get::<LoadedProfile>().0
}

impl feeds::Guest for Adapter {
    fn read(profile: profiles::ProfileBorrow<'_>, feed: Vec<u8>) -> Result<feeds::Reading, feeds::Refusal> {
        access_core::read::read(loaded(&profile), &feed).map(Into::into).map_err(Into::into)
    }

    fn read_text(profile: profiles::ProfileBorrow<'_>, feed: String) -> Result<feeds::Reading, feeds::Refusal> {
        access_core::read::read_text(loaded(&profile), &feed).map(Into::into).map_err(Into::into)
    }

    fn account_for(
        profile: profiles::ProfileBorrow<'_>,
        feed: Vec<u8>,
        values: bool,
    ) -> Result<feeds::Account, feeds::Refusal> {
        access_core::account::account(loaded(&profile), &feed, values).map(Into::into).map_err(Into::into)
    }

    fn plan_intents(
        profile: profiles::ProfileBorrow<'_>,
        request: feeds::PlanRequest,
    ) -> Result<feeds::Plan, types::Issue> {
        access_core::plan::plan(loaded(&profile), &request.into()).map(Into::into).map_err(Into::into)
    }

    fn gather(
        profile: profiles::ProfileBorrow<'_>,
        request: feeds::GatherRequest,
    ) -> Result<feeds::Gathered, types::Issue> {
        access_core::plan::gather(loaded(&profile), &request.into()).map(Into::into).map_err(Into::into)
    }

    fn take_up(
        profile: profiles::ProfileBorrow<'_>,
        request: feeds::TakeUpRequest,
    ) -> Result<feeds::Plan, types::Issue> {
        access_core::plan::take_up(loaded(&profile), &request.into()).map(Into::into).map_err(Into::into)
    }
}

impl submissions::Guest for Adapter {
    fn compose(
        profile: profiles::ProfileBorrow<'_>,
        participant: String,
        intent: feeds::Intent,
        chart: String,
    ) -> Result<submissions::Payload, Vec<types::Issue>> {
        access_core::compose::compose(loaded(&profile), &participant, &intent.into(), &chart)
            .map(Into::into)
            .map_err(converted)
    }

    fn compose_report(
        profile: profiles::ProfileBorrow<'_>,
        request: submissions::ReportRequest,
    ) -> Result<submissions::Payload, Vec<types::Issue>> {
        access_core::report::compose_report(loaded(&profile), &request.into()).map(Into::into).map_err(converted)
    }

    fn calendar(
        profile: profiles::ProfileBorrow<'_>,
        participant: String,
        chart: String,
        entries: Vec<feeds::Entry>,
        now: String,
    ) -> Result<Vec<submissions::Deadline>, types::Issue> {
        let entries: Vec<contract::Entry> = converted(entries);
        access_core::calendar::calendar(loaded(&profile), &participant, &chart, &entries, &now)
            .map(converted)
            .map_err(Into::into)
    }

    fn validate(profile: profiles::ProfileBorrow<'_>, payload: String) -> Vec<types::Issue> {
        converted(access_core::validate::validate(loaded(&profile), &payload))
    }

    fn interpret(profile: profiles::ProfileBorrow<'_>, exchange: submissions::Exchange) -> submissions::Outcome {
        access_core::interpret::interpret(loaded(&profile), &exchange.into()).into()
    }

    fn settle(
        profile: profiles::ProfileBorrow<'_>,
        chart: String,
        settlement: submissions::Settlement,
    ) -> Result<submissions::Settled, types::Issue> {
        access_core::settle::settle(loaded(&profile), &chart, &settlement.into()).map(Into::into).map_err(Into::into)
    }

    fn announce(
        profile: profiles::ProfileBorrow<'_>,
        chart: String,
        announcement: submissions::Announcement,
    ) -> Result<submissions::Settled, types::Issue> {
        access_core::announce::announce(loaded(&profile), &chart, &announcement.into())
            .map(Into::into)
            .map_err(Into::into)
    }
}

impl notices::Guest for Adapter {
    fn render(
        profile: profiles::ProfileBorrow<'_>,
        notice: feeds::Notice,
        envelope: notices::Envelope,
        format: notices::Format,
    ) -> Result<String, types::Issue> {
        access_core::render::render(loaded(&profile), &notice.into(), &envelope.into(), &format.into())
            .map_err(Into::into)
    }
}
