//! The operations this sandbox serves.

/// One of the four operations that `$submission-status` reports on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    CheckEligibility,
    Align,
    Unalign,
    ReportData,
}

/// All of them.
pub(crate) const OPERATIONS: [Operation; 4] =
    [Operation::CheckEligibility, Operation::Align, Operation::Unalign, Operation::ReportData];

impl Operation {
    /// Its name without the leading `$`.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::CheckEligibility => "check-eligibility",
            Self::Align => "align",
            Self::Unalign => "unalign",
            Self::ReportData => "report-data",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        OPERATIONS.into_iter().find(|operation| operation.code() == code)
    }
}
