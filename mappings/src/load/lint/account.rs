//! Lists of what is deliberately ignored.

use super::Linter;
use crate::account::Pattern;

impl Linter<'_> {
    pub(super) fn account(&mut self) {
        for (at, text) in self.texts_at("account.ignored") {
            if let Err(error) = text.parse::<Pattern>() {
                let hint =
                    Some("a segment, field, component or range of fields: NK1, PV1-3, PID-15.2, IN1-23..34".into());
                self.error(at, format!("`{text}` names nothing of a message: {error}"), hint);
            }
        }
        for (at, text) in self.texts_at("account.ignored_fhir") {
            let is_path = text.strip_prefix("**.").or_else(|| text.strip_prefix("*.")).unwrap_or(text);
            if !is_path
                .split('.')
                .all(|step| !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
            {
                let hint = Some("an element without positions: Patient.photo, *.meta, **.display".into());
                self.error(at, format!("`{text}` names no element of a resource"), hint);
            }
        }
        for (at, text) in self.texts_at("account.ignored_ccda") {
            let path = text.strip_prefix("//").or_else(|| text.strip_prefix('/')).unwrap_or_default();
            if path.split('/').any(str::is_empty) {
                let hint = Some(
                    "an absolute path, or // and a name: /ClinicalDocument/custodian, //templateId, //@classCode"
                        .into(),
                );
                self.error(at, format!("`{text}` names no element of a document"), hint);
            }
        }
    }
}
