//! The words for a standing that rules themselves look at. All others come from the guide's result codes.

/// Aligned here.
pub(crate) const ALIGNED: &str = "aligned";
/// Assigned to the control group.
pub(crate) const CONTROL_GROUP: &str = "control-group";
/// No longer aligned here.
pub(crate) const UNALIGNED: &str = "unaligned";
/// Nothing is known but that something was asked.
pub(crate) const UNKNOWN: &str = "unknown";
