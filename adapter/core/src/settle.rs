//! Writes the outcome of a submission into the chart, and says it to the pipeline.
//!
//! What an outcome may do to a standing:
//!
//! * only `$align` makes aligned, and a check never ends it: whatever it answers about someone aligned here, the alignment
//!   stays until an unalignment, or the answer to a report, says otherwise;
//! * the id of an alignment is never lost: a newer one moves it to the former ones;
//! * a technical failure and an unknown code change nothing but, for a code, the last code;
//! * an answer that is not in the words of CMS changes nothing at all;
//! * a report changes the standing only where CMS says that there is no alignment, and only that of the alignment it was about; what
//!   became of it is kept in `reports`;
//! * an answer about an alignment that another has followed changes nothing;
//! * an alignment that CMS did not know under a number that was wrong is taken up again when CMS answers a request for one, sent under
//!   another number, that the patient is aligned already. Its id, its days and its reports are what they were. An answer under
//!   another number that says what becomes of an alignment gives it up. The number is the one that was sent, whatever the chart has since.
//!
//! A notice carries the words of CMS without the patient's numbers, unless the profile lets notices carry the MBI; it doubts a number
//! that breaks the form of CMS, whatever the outcome is.

mod notice;
mod report;
mod sent;
mod standing;

#[cfg(test)]
mod tests;

use crate::chart::Chart;
use crate::number;
use crate::plan::moment::Moment;
use access_contract::{Issue, Operation, OutcomeClass, Settled, Settlement};
use access_mappings::Profile;

/// Writes an outcome into a chart and makes the notice about it.
///
/// # Errors
/// One issue when the chart or the time cannot be read.
pub fn settle(profile: &Profile, chart: &str, settlement: &Settlement) -> Result<Settled, Issue> {
    let at = Moment::argument(&settlement.at, "at")?;
    let mut chart = Chart::parse(chart)?;
    let is_late = standing::is_about_former(&chart, settlement);
    let before = chart.aligned();
    standing::write(profile, &mut chart, settlement, at);
    report::write(&profile.guide, &mut chart, settlement);
    let document = chart.write()?;
    let mut notice = notice::tell(profile, &chart, settlement, at);
    if is_late {
        notice.issues.push(notice::of_former());
    }
    let aligns = settlement.operation == Operation::Align && settlement.outcome.class == OutcomeClass::Done;
    if !aligns && chart.aligned().iter().any(|track| !before.contains(track)) {
        notice.issues.push(notice::restored());
    }
    notice.text.push_str(&report::words(&profile.guide, settlement));
    notice.dates.extend(report::dates(profile, &document, settlement));
    if !profile.notices.include_mbi {
        // CMS quotes what it was sent, also where it says what is wrong with it.
        number::mask(&mut notice, &chart.numbers());
    }
    Ok(Settled { document, notices: vec![notice] })
}
