//! The search for the number through the carriers of the profile.

use super::form::{Form, is_same, judge, normalise};
use super::seen::Seen;
use super::{assigned_by_cms, is_another_payers, is_expired, kind_of};
use crate::read::context::{Context, Said};
use crate::read::coverage::Cover;
use crate::read::groups::Group;
use crate::read::insured::{self, Insured};
use crate::view::limits::MAX_IDENTIFIER_BYTES;
use crate::view::{Repetition, Value};
use access_mappings::{FieldPath, MbiCarrier, PlanClass, PositionRule};

/// Statements that are weighed against one another; with as many nobody can tell which number is the patient's.
const MAX_CANDIDATES: usize = 64;

/// A number that may be taken.
pub(super) struct Candidate {
    pub(super) number: String,
    pub(super) path: String,
    /// Position of the carrier in the profile.
    pub(super) rank: usize,
    pub(super) rule: String,
    /// The position that breaks the form, where one does.
    pub(super) broken: Option<usize>,
}

/// A field that is looked at.
pub(super) struct Carrier {
    pub(super) rank: usize,
    pub(super) rule: String,
    /// Medicare's own: the position rule may be relaxed.
    pub(super) own: bool,
    /// Says by itself that it is the Medicare number, so that a wrong form cannot be something else.
    pub(super) explicit: bool,
}

pub(super) struct Search<'c, 'r> {
    pub(super) context: &'c Context<'r>,
    pub(super) candidates: Vec<Candidate>,
    /// Paths of values that are no MBI at carriers that may hold something else.
    pub(super) other: Vec<String>,
    /// Paths of values that are no MBI although they must be.
    pub(super) wrong: Vec<String>,
    pub(super) seen: Seen,
}

impl<'c, 'r> Search<'c, 'r> {
    /// A search that has found nothing yet.
    pub(super) fn new(context: &'c Context<'r>) -> Self {
        Self { context, candidates: Vec::new(), other: Vec::new(), wrong: Vec::new(), seen: Seen::default() }
    }

    /// Looks at one carrier.
    pub(super) fn look(&mut self, rank: usize, place: &MbiCarrier, group: &Group<'_, '_>, covers: &[Cover<'_, '_>]) {
        let carrier = |name: &str, own, explicit| Carrier { rank, rule: format!("mbi.{name}"), own, explicit };
        let context = self.context;
        match place {
            MbiCarrier::Pid3Medicare => {
                for identifier in group.pid.field(3).repetitions() {
                    let kind = kind_of(&identifier);
                    let (typed, assigned) = (kind == "MC", assigned_by_cms(context, &identifier));
                    if (typed || assigned) && is_expired(context, &identifier) {
                        expired(context, &identifier);
                    } else if typed || assigned {
                        // Beside another payer's name or another type, only a perfect number is believed.
                        let foreign = !assigned && is_another_payers(context, &identifier);
                        let local = || kind.is_empty() || context.profile.mbi.local_types.contains(&kind);
                        let own = !foreign && (typed || local());
                        self.weigh(&identifier.component(1).value(), &carrier("pid3-medicare", own, typed && own));
                    }
                }
            }
            MbiCarrier::In2Medicare => {
                for cover in covers {
                    let Some(in2) = cover.in2 else { continue };
                    let value = in2.field(6).value();
                    // Beside another plan, senders file that plan's member number here: only a perfect one is believed.
                    let medicare = cover.class() == Some(PlanClass::OriginalMedicare);
                    if is_patients(context, cover, &value) {
                        self.weigh(&value, &carrier("in2-medicare", medicare, medicare));
                    }
                }
            }
            MbiCarrier::In1InsuredId => {
                for cover in covers.iter().filter(|cover| may_carry(context, cover)) {
                    for identifier in cover.in1.field(49).repetitions() {
                        let value = identifier.component(1).value();
                        let fits = matches!(kind_of(&identifier).as_str(), "" | "MC" | "MB" | "SN");
                        if fits && is_patients(context, cover, &value) {
                            self.weigh(&value, &carrier("in1-insured-id", false, false));
                        }
                    }
                }
            }
            MbiCarrier::In1Policy => {
                for cover in covers.iter().filter(|cover| may_carry(context, cover)) {
                    let value = cover.in1.field(36).value();
                    if is_patients(context, cover, &value) {
                        self.weigh(&value, &carrier("in1-policy", false, false));
                    }
                }
            }
            MbiCarrier::Pid3Local => {
                for identifier in group.pid.field(3).repetitions() {
                    let local = context.profile.mbi.local_types.contains(&kind_of(&identifier));
                    if local && is_expired(context, &identifier) {
                        // One that CMS assigned was told above.
                        if !assigned_by_cms(context, &identifier) {
                            expired(context, &identifier);
                        }
                    } else if local {
                        self.weigh(&identifier.component(1).value(), &carrier("pid3-local", false, false));
                    }
                }
            }
            MbiCarrier::Path(path) => {
                // Loading the profile has checked the path.
                if let Ok(path) = path.parse::<FieldPath>() {
                    self.look_at(rank, &path, group, covers);
                }
            }
        }
    }

    /// Looks at a field named by the site. Segments of insurance and the guarantor may be about somebody else.
    pub(super) fn look_at(&mut self, rank: usize, path: &FieldPath, group: &Group<'_, '_>, covers: &[Cover<'_, '_>]) {
        let carrier = Carrier { rank, rule: "mbi.path".to_owned(), own: false, explicit: false };
        let context = self.context;
        let mut plans = 0;
        for segment in group.segments() {
            plans += usize::from(segment.name() == "IN1");
            if segment.name() != path.segment {
                continue;
            }
            // Those that belong to no plan are about nobody else.
            let about = match segment.name() {
                "IN1" | "IN2" | "IN3" if plans > 0 => {
                    let Some(cover) = covers.get(plans - 1) else { continue };
                    cover.insured.clone()
                }
                "GT1" => insured::guarantor(context, group, segment),
                _ => Insured::Patient,
            };
            for repetition in segment.field(usize::from(path.field)).repetitions() {
                let component = repetition.component(path.component.map_or(1, usize::from));
                let value = match path.subcomponent {
                    Some(number) => component.subcomponent(usize::from(number)),
                    None => component.value(),
                };
                if is_ones(context, &about, &value) {
                    self.weigh(&value, &carrier);
                }
            }
        }
    }

    /// Judges one value.
    pub(super) fn weigh(&mut self, value: &Value<'_>, carrier: &Carrier) {
        let Said::Text(text) = self.context.said(value) else { return };
        let context = self.context;
        let path = value.path();
        if text.len() > MAX_IDENTIFIER_BYTES {
            context.too_long(value);
            return;
        }
        if text.contains('\u{fffd}') {
            let hint = "declare the character set in MSH-18, or set default_charset in the profile";
            context.fail(
                "undecodable-identifier",
                path,
                "the Medicare number holds bytes that could not be decoded",
                hint,
            );
            return;
        }
        let rules = &context.profile.mbi;
        let plain = normalise(&text);
        if !rules.allow_placeholders && rules.placeholders.iter().any(|sample| is_sample(sample, &plain)) {
            self.seen.note(plain);
            let hint = "fill the number on the patient's own card";
            context.fail("mbi-placeholder", path, "the Medicare number is a published sample, nobody has it", hint);
            return;
        }
        match judge(&text) {
            Form::Empty => {}
            Form::Valid(number) => self.take(number, path, carrier, None),
            Form::Position(number, position) if carrier.own && rules.positions == PositionRule::Warn => {
                self.take(number, path, carrier, Some(position));
            }
            Form::Several(number, _) if carrier.explicit => {
                self.seen.note(number);
                self.wrong.push(path);
            }
            Form::Position(number, position) | Form::Several(number, position) => {
                self.seen.note(number);
                let message =
                    format!("position {position} is not what the CMS form allows there; the number was not taken");
                context.warn(
                    "mbi-position",
                    path,
                    &message,
                    "compare the number with the card: letters are often taken for digits",
                );
            }
            Form::Withdrawn => {
                self.seen.note(plain);
                let message =
                    "the number has the form of a claim number from before the MBI; it was dropped and is not kept";
                context.warn("hicn-dropped", path, message, "ask the patient for the new Medicare card");
            }
            Form::Malformed if carrier.explicit => self.wrong.push(path),
            Form::Malformed => self.other.push(path),
        }
    }

    fn take(&mut self, number: String, path: String, carrier: &Carrier, broken: Option<usize>) {
        self.seen.note(number.clone());
        // The same field may be named by two carriers, and one that states a number again says nothing new.
        let known = |known: &Candidate| known.path == path || (known.number == number && known.rank == carrier.rank);
        if self.candidates.len() < MAX_CANDIDATES && !self.candidates.iter().any(known) {
            self.candidates.push(Candidate { number, path, rank: carrier.rank, rule: carrier.rule.clone(), broken });
        }
    }
}

/// Tells of a Medicare number that has expired.
fn expired(context: &Context<'_>, identifier: &Repetition<'_>) {
    if !identifier.component(1).value().text().is_empty() {
        let message = "the Medicare number has expired by the sender's word; it was not taken";
        context.inform("mbi-expired", identifier.component(8).value().path(), message);
    }
}

/// Whether a number is a sample, or one of its family.
fn is_sample(sample: &str, number: &str) -> bool {
    match sample.strip_suffix('*') {
        Some(start) => number.starts_with(&normalise(start)),
        None => is_same(sample, number),
    }
}

/// Whether numbers of such a plan can be the MBI.
fn may_carry(context: &Context<'_>, cover: &Cover<'_, '_>) -> bool {
    match cover.class() {
        Some(PlanClass::OriginalMedicare) => true,
        Some(PlanClass::MedicareAdvantage | PlanClass::Supplement) => context.profile.mbi.from_other_plans,
        _ => false,
    }
}

/// Whether the insured is the patient; warns of a number that is left out because it is somebody else's.
fn is_patients(context: &Context<'_>, cover: &Cover<'_, '_>, value: &Value<'_>) -> bool {
    is_ones(context, &cover.insured, value)
}

/// The same of whoever is judged to be insured, or to pay.
fn is_ones(context: &Context<'_>, about: &Insured, value: &Value<'_>) -> bool {
    let Insured::Other(at) = about else { return true };
    if !value.is_absent() && !value.is_null() {
        context.warn(
            "insured-not-patient",
            at,
            "the insured or guarantor is not the patient, so the number was not taken as the patient's",
            "Medicare has no dependants; correct the insured in the registration, or add the code to coverage.self_relationships",
        );
    }
    false
}
