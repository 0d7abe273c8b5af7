//! The people a message speaks of: each `PID` begins one, and everything up to the next `PID` belongs to it.

use super::stop::Stop;
use crate::view::limits::MAX_PATIENTS;
use crate::view::{Message, Segment};
use access_contract::{Issue, Severity};

/// One person's segments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group<'m, 't> {
    pub(super) pid: &'m Segment<'t>,
    segments: &'m [Segment<'t>],
}

impl<'m, 't> Group<'m, 't> {
    /// Some segments of a person.
    pub(super) fn of(pid: &'m Segment<'t>, segments: &'m [Segment<'t>]) -> Self {
        Self { pid, segments }
    }

    /// The segments of a name, in order.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &'m Segment<'t>> + use<'m, 't> {
        self.segments.iter().filter(move |segment| segment.name() == name)
    }

    /// The first segment of a name.
    pub(super) fn first(&self, name: &'static str) -> Option<&'m Segment<'t>> {
        self.all(name).next()
    }

    /// Every segment, in order.
    pub(super) fn segments(&self) -> &'m [Segment<'t>] {
        self.segments
    }
}

/// Finds the groups. What stands before the first `PID` belongs to the first group: senders misplace segments.
pub(super) fn find<'m, 't>(message: &'m Message<'t>) -> Result<Vec<Group<'m, 't>>, Box<Stop>> {
    let all = message.all();
    let starts: Vec<usize> =
        all.iter().enumerate().filter(|(_, segment)| segment.name() == "PID").map(|(position, _)| position).collect();
    if starts.len() > MAX_PATIENTS {
        let issue = Issue::new(
            Severity::Fatal,
            "limit-patients",
            "PID",
            format!("the message is about more than {MAX_PATIENTS} patients"),
        )
        .hint("send one message for each patient")
        .condition(100);
        return Err(Stop::reject(issue));
    }
    let ends = starts.iter().skip(1).copied().chain([all.len()]);
    let groups = starts.iter().zip(ends).enumerate().filter_map(|(number, (start, end))| {
        let segments = all.get(if number == 0 { 0 } else { *start }..end)?;
        Some(Group { pid: all.get(*start)?, segments })
    });
    Ok(groups.collect())
}
