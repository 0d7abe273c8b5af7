//! Invented people, as facts and as charts.

use crate::chart::{Chart, Standing};
use crate::facts::{Address, Alias, Certainty, Diagnosis, Facts, Name, Origin, Plan, Request, Sourced, Stated};
use access_contract::{ChartRecord, Header, Intent, Notice, NoticeKind, Plan as Planned, PlanRequest};
use access_mappings::{EventEffect, EventRule, PlanClass, Profile};
use std::sync::OnceLock;

pub(super) const NOW: &str = "2026-11-23T12:00:00Z";
pub(super) const MBI: &str = "3AA1AA1AA11";
pub(super) const OTHER_MBI: &str = "4CC2CC2CC22";
pub(super) const PARTICIPANT: &str = "ACCES12345";

/// The built-in example site.
pub(super) fn site() -> &'static Profile {
    static PROFILE: OnceLock<Profile> = OnceLock::new();
    PROFILE.get_or_init(|| access_mappings::example().unwrap())
}

/// A copy of the site, to be changed.
pub(super) fn profile() -> Profile {
    site().clone()
}

fn origin(path: &str) -> Origin {
    Origin { feed: "M1".to_owned(), path: path.to_owned(), rule: "test".to_owned() }
}

pub(super) fn sourced<T>(value: T, path: &str) -> Sourced<T> {
    Sourced { value, from: origin(path) }
}

fn set<T>(value: T, path: &str) -> Option<Stated<T>> {
    Some(Stated::Set(sourced(value, path)))
}

/// Facts under construction. Starts from an A08 that says nothing but a medical record number.
#[derive(Debug, Clone)]
pub(super) struct Feed(pub(super) Facts);

/// An event that says nothing but a medical record number.
pub(super) fn feed(event: &str) -> Feed {
    let (kind, event) = event.split_once('^').unwrap();
    let header = Header {
        control_id: "M1".to_owned(),
        message_type: kind.to_owned(),
        event: event.to_owned(),
        sending_application: "EPIC".to_owned(),
        sending_facility: "MAIN".to_owned(),
        ..Header::default()
    };
    let rule = EventRule { effect: EventEffect::Snapshot, screens: true };
    Feed(Facts {
        visit: Some("V1".to_owned()),
        aliases: vec![alias("A1")],
        patient: "PID|1||A1^^^H^MR".to_owned(),
        ..Facts::about(&header, &rule, "2026-11-23T10:00:00".to_owned())
    })
}

/// A registration of a beneficiary: Original Medicare, number, name, sex, birth date, and the given diagnoses.
pub(super) fn beneficiary(codes: &[&str]) -> Feed {
    feed("ADT^A04").mbi(MBI).person("SMITH", "ANN", "female", "1950-03-07").medicare().diagnosed(codes)
}

impl Feed {
    pub(super) fn with(mut self, change: impl FnOnce(&mut Facts)) -> Self {
        change(&mut self.0);
        self
    }

    pub(super) fn at(self, sent_at: &str) -> Self {
        self.with(|facts| facts.sent_at = sent_at.to_owned())
    }

    pub(super) fn effect(self, effect: EventEffect) -> Self {
        self.with(|facts| {
            facts.effect = effect;
            facts.screens = false;
        })
    }

    pub(super) fn mbi(self, mbi: &str) -> Self {
        self.with(|facts| facts.mbi = Some(sourced(mbi.to_owned(), "PID-3[2].1")))
    }

    pub(super) fn person(self, family: &str, given: &str, gender: &str, birth_date: &str) -> Self {
        let name = Name { family: family.to_owned(), given: vec![given.to_owned()], suffix: String::new() };
        self.with(|facts| {
            facts.name = set(name, "PID-5");
            facts.gender = set(gender.to_owned(), "PID-8");
            facts.birth_date = set(birth_date.to_owned(), "PID-7");
        })
    }

    pub(super) fn visit(self, visit: Option<&str>) -> Self {
        self.with(|facts| facts.visit = visit.map(str::to_owned))
    }

    pub(super) fn known_as(self, values: &[&str]) -> Self {
        self.with(|facts| facts.aliases = values.iter().map(|value| alias(value)).collect())
    }

    pub(super) fn lives_in(self, state: &str) -> Self {
        let address = Address { state: state.to_owned(), postal_code: "60601".to_owned(), stands_in: false };
        self.with(|facts| facts.address = set(address, "PID-11"))
    }

    pub(super) fn dead(self) -> Self {
        self.with(|facts| facts.deceased = set(true, "PID-30"))
    }

    pub(super) fn medicare(self) -> Self {
        self.plans(vec![coverage(PlanClass::OriginalMedicare, 1)])
    }

    pub(super) fn plans(self, plans: Vec<Plan>) -> Self {
        self.with(|facts| facts.plans = Some(plans))
    }

    pub(super) fn diagnosed(self, codes: &[&str]) -> Self {
        let rows = codes.iter().zip(1..).map(|(code, rank)| diagnosis(code, rank, Certainty::Confirmed)).collect();
        self.with(|facts| facts.diagnoses = Some(rows))
    }

    pub(super) fn changes(self, rows: &[(&str, Certainty)]) -> Self {
        let rows = rows.iter().zip(1..).map(|((code, certainty), rank)| diagnosis(code, rank, *certainty)).collect();
        self.with(|facts| {
            facts.diagnoses = Some(rows);
            facts.diagnoses_are_changes = true;
        })
    }

    pub(super) fn asks(self, action: &str, change: impl FnOnce(&mut Request)) -> Self {
        let mut request = Request {
            action: action.to_owned(),
            track: String::new(),
            reason: String::new(),
            provider_referral: None,
            switch_consent: None,
            effective: None,
            reference: String::new(),
            path: format!("ZAC[{}]", self.0.requests.len() + 1),
        };
        change(&mut request);
        self.with(|facts| facts.requests.push(request))
    }

    /// The facts, as they travel.
    pub(super) fn text(&self) -> String {
        serde_json::to_string(&self.0).unwrap()
    }

    pub(super) fn plan_in(&self, profile: &Profile, charts: &[Chart]) -> Planned {
        super::super::plan(profile, &plan_request(self.text(), charts)).unwrap()
    }

    pub(super) fn plan(&self, charts: &[Chart]) -> Planned {
        self.plan_in(site(), charts)
    }

    /// The chart after this feed.
    pub(super) fn write(&self, charts: &[Chart]) -> Chart {
        chart(&self.plan(charts))
    }
}

pub(super) fn plan_request(facts: String, charts: &[Chart]) -> PlanRequest {
    let records =
        charts.iter().zip(1..).map(|(chart, n)| ChartRecord { id: format!("c{n}"), document: chart.write().unwrap() });
    PlanRequest {
        entries: Vec::new(),
        participant: PARTICIPANT.to_owned(),
        feed: "M1".to_owned(),
        facts,
        charts: records.collect(),
        now: NOW.to_owned(),
    }
}

pub(super) fn alias(value: &str) -> Alias {
    Alias { authority: "H".to_owned(), value: value.to_owned(), kind: "MR".to_owned() }
}

pub(super) fn coverage(class: PlanClass, priority: u32) -> Plan {
    Plan {
        class,
        priority,
        ordered: false,
        starts: None,
        ends: None,
        from: origin("IN1[1]-15"),
        statement: String::new(),
    }
}

pub(super) fn diagnosis(code: &str, rank: u32, certainty: Certainty) -> Diagnosis {
    Diagnosis {
        code: code.to_owned(),
        certainty,
        rank,
        recorded: None,
        visit: None,
        from: origin("DG1[1]-3"),
        statement: String::new(),
        instance: String::new(),
    }
}

/// The chart a plan leads to.
pub(super) fn chart(plan: &Planned) -> Chart {
    Chart::parse(&plan.chart.as_ref().unwrap().document).unwrap()
}

/// A chart with a standing in a track.
pub(super) fn standing(mut chart: Chart, track: &str, state: &str, since: &str) -> Chart {
    let alignment = if state == "aligned" { format!("sub-{track}") } else { String::new() };
    let standing = Standing {
        state: state.to_owned(),
        since: since.to_owned(),
        alignment,
        aligned_at: since.to_owned(),
        ..Standing::default()
    };
    chart.standing.insert(track.to_owned(), standing);
    chart
}

/// A beneficiary with the given diagnoses, aligned in a track since the summer.
pub(super) fn aligned(track: &str, codes: &[&str]) -> Chart {
    standing(
        beneficiary(codes).lives_in("IL").at("2026-08-01T08:00:00").write(&[]),
        track,
        "aligned",
        "2026-08-02T09:00:00Z",
    )
}

/// Each intent as `operation track mode rule`.
pub(super) fn intents(plan: &Planned) -> Vec<String> {
    let line = |intent: &Intent| format!("{} {} {} {}", intent.operation, intent.track, intent.mode, intent.rule);
    plan.intents.iter().map(line).collect()
}

/// The codes of the issues.
pub(super) fn codes(plan: &Planned) -> Vec<&str> {
    plan.issues.iter().map(|issue| issue.code.as_str()).collect()
}

/// The codes of the notices.
pub(super) fn notices(plan: &Planned) -> Vec<&str> {
    let told = plan.notices.iter().filter(|notice| notice.kind != NoticeKind::Deadline);
    told.map(|notice| notice.code.as_str()).collect()
}

/// `code kind-of-period due` of each notice about a date.
pub(super) fn deadlines(plan: &Planned) -> Vec<String> {
    let told = plan.notices.iter().filter(|notice| notice.kind == NoticeKind::Deadline);
    let due = |notice: &Notice| notice.dates.iter().find(|date| date.name == "due").map(|date| date.date.clone());
    told.map(|notice| format!("{} {} {}", notice.code, notice.track, due(notice).unwrap_or_default())).collect()
}

/// `code location` of each blocking issue.
pub(super) fn refusals(plan: &Planned) -> Vec<String> {
    plan.issues
        .iter()
        .filter(|issue| issue.blocks())
        .map(|issue| format!("{} {}", issue.code, issue.location))
        .collect()
}

/// What is withdrawn because its reason is gone, as `rule track`.
pub(super) fn lapses(plan: &Planned) -> Vec<String> {
    let lapses = plan.commands.iter().filter(|command| command.is_lapse());
    let track =
        |command: &access_contract::Command| command.track.as_ref().map_or("", |track| track.as_str()).to_owned();
    let lines = lapses.map(|command| format!("{} {}", command.rule.as_deref().unwrap_or_default(), track(command)));
    let lines: Vec<String> = lines.collect();
    let told = plan.notices.iter().filter(|notice| notice.code == "reason-lapsed").count();
    assert_eq!(told, lines.len(), "each is told");
    lines
}

/// The plan for a chart that is looked at without news.
pub(super) fn look(chart: &Chart) -> Planned {
    super::super::plan(site(), &plan_request(String::new(), std::slice::from_ref(chart))).unwrap()
}
