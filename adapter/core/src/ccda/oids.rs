//! Object identifiers, template identifiers and codes of C-CDA R2.1 that are looked for.

/// Medicare Beneficiary Identifier.
pub(super) const MBI: &str = "2.16.840.1.113883.4.927";
/// Social security number: never kept.
pub(super) const SSN: &str = "2.16.840.1.113883.4.1";
/// The number of the time before the MBI.
pub(super) const HICN: &str = "2.16.840.1.113883.4.572";
/// Arc of the driver's licences of the states: never kept.
pub(super) const LICENCES: &str = "2.16.840.1.113883.4.3.";

/// National Provider Identifier.
pub(super) const NPI: &str = "2.16.840.1.113883.4.6";

/// ICD-10-CM.
pub(super) const ICD10CM: &str = "2.16.840.1.113883.6.90";
/// ICD-9-CM.
pub(super) const ICD9CM: &str = "2.16.840.1.113883.6.103";
/// SNOMED CT.
pub(super) const SNOMED: &str = "2.16.840.1.113883.6.96";
/// LOINC.
pub(super) const LOINC: &str = "2.16.840.1.113883.6.1";
/// Source of Payment Typology.
pub(super) const SOPT: &str = "2.16.840.1.113883.3.221.5";
/// X12 insurance types.
pub(super) const X12: &str = "2.16.840.1.113883.6.255.1336";

/// US Realm Header.
pub(super) const US_REALM: &str = "2.16.840.1.113883.10.20.22.1.1";
/// Arc of the C-CDA templates of entries.
pub(super) const ENTRIES: &str = "2.16.840.1.113883.10.20.22.4.";
/// Policy Activity.
pub(super) const POLICY: &str = "2.16.840.1.113883.10.20.22.4.61";
/// Payer Performer.
pub(super) const PAYER: &str = "2.16.840.1.113883.10.20.22.4.87";
/// Problem Status.
pub(super) const PROBLEM_STATUS: &str = "2.16.840.1.113883.10.20.22.4.6";
/// Assessment Scale Observation.
pub(super) const SCALE: &str = "2.16.840.1.113883.10.20.22.4.69";

/// Kinds of documents: template, LOINC code, and what the event is called.
pub(super) const DOCUMENTS: [(&str, &str, &str); 12] = [
    ("2.16.840.1.113883.10.20.22.1.2", "34133-9", "CCD"),
    ("2.16.840.1.113883.10.20.22.1.8", "18842-5", "DISCHARGE-SUMMARY"),
    ("2.16.840.1.113883.10.20.22.1.9", "11506-3", "PROGRESS-NOTE"),
    ("2.16.840.1.113883.10.20.22.1.4", "11488-4", "CONSULTATION-NOTE"),
    ("2.16.840.1.113883.10.20.22.1.3", "34117-2", "HISTORY-AND-PHYSICAL"),
    ("2.16.840.1.113883.10.20.22.1.14", "57133-1", "REFERRAL-NOTE"),
    ("2.16.840.1.113883.10.20.22.1.13", "18761-7", "TRANSFER-SUMMARY"),
    ("2.16.840.1.113883.10.20.22.1.15", "52521-2", "CARE-PLAN"),
    ("2.16.840.1.113883.10.20.22.1.7", "11504-8", "OPERATIVE-NOTE"),
    ("2.16.840.1.113883.10.20.22.1.6", "28570-0", "PROCEDURE-NOTE"),
    ("2.16.840.1.113883.10.20.22.1.5", "18748-4", "IMAGING-REPORT"),
    ("2.16.840.1.113883.10.20.22.1.10", "", "UNSTRUCTURED"),
];
