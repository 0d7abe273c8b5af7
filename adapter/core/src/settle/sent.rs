//! What a payload that was sent says.

use access_mappings::Guide;
use serde_json::Value;

/// The MBI of the Patient in a payload of ours: the parameter `patient` of a request, the entry of a report. `None` where there is
/// none, and of what is not JSON.
pub(super) fn number(guide: &Guide, payload: &str) -> Option<String> {
    number_in(guide, &serde_json::from_str(payload).ok()?)
}

/// The same of a resource, or of what it holds. Only as deep as the parser went.
fn number_in(guide: &Guide, resource: &Value) -> Option<String> {
    if resource["resourceType"] == "Patient" {
        let mut identifiers = resource["identifier"].as_array()?.iter();
        let mbi = identifiers.find(|identifier| identifier["system"] == guide.systems.mbi.as_str())?;
        return mbi["value"].as_str().map(str::to_owned);
    }
    let parts = ["parameter", "entry"].into_iter().filter_map(|name| resource[name].as_array());
    parts.flatten().find_map(|part| number_in(guide, &part["resource"]))
}
