//! The people of the day and their messages. All invented; the numbers have the form of an MBI and belong to nobody.

/// One person.
pub(super) struct Person {
    /// As the story calls them.
    pub(super) short: &'static str,
    /// `PID-5`
    pub(super) name: &'static str,
    /// `PID-7`
    pub(super) born: &'static str,
    /// `PID-8`
    pub(super) sex: &'static str,
    /// The hospital's number, `PID-3.1`.
    pub(super) record: &'static str,
    /// The MBI as this hospital's registration writes it.
    pub(super) mbi: &'static str,
    /// `PID-11`
    pub(super) home: &'static str,
}

pub(super) const ROSA: Person = Person {
    short: "Rosa",
    name: "ALVAREZ^ROSA^M",
    born: "19480412",
    sex: "F",
    record: "100231",
    mbi: "3AC4-DE5-FG61",
    home: "18 Maple Court^^Peoria^IL^61602^USA^H",
};
pub(super) const SEAN: Person = Person {
    short: "Sean",
    name: "OBRIEN^SEAN",
    born: "19511130",
    sex: "M",
    record: "100377",
    mbi: "4CD5EF6GH72",
    home: "2 Lake Street^^Madison^WI^53703^USA^H",
};
pub(super) const INES: Person = Person {
    short: "Ines",
    name: "MOREAU^INES",
    born: "19550809",
    sex: "F",
    record: "100412",
    mbi: "5DE6FG7HJ83",
    home: "77 Oak Avenue^^Rockford^IL^61101^USA^H",
};
pub(super) const HAROLD: Person = Person {
    short: "Harold",
    name: "JENSEN^HAROLD",
    born: "19440221",
    sex: "M",
    record: "100518",
    mbi: "6EF7GH8JK94",
    home: "5 Mill Road^^Racine^WI^53402^USA^H",
};
pub(super) const MEI: Person = Person {
    short: "Mei",
    name: "TANAKA^MEI",
    born: "19500615",
    sex: "F",
    record: "100604",
    mbi: "7FG8HJ9KM15",
    home: "310 Elm Street^^Chicago^IL^60614^USA^H",
};
pub(super) const GRETA: Person = Person {
    short: "Greta",
    name: "OLSEN^GRETA",
    born: "19460102",
    sex: "F",
    record: "100733",
    mbi: "8GH9JK1MN26",
    home: "9 Harbour Lane^^Kenosha^WI^53140^USA^H",
};

pub(super) const OMAR: Person = Person {
    short: "Omar",
    name: "HADDAD^OMAR",
    born: "19490518",
    sex: "M",
    record: "100861",
    mbi: "9HJ1KM2NP37",
    home: "64 Birch Road^^Aurora^IL^60505^USA^H",
};

impl Person {
    /// An ADT message with this person's `PID` and further segments.
    pub(super) fn adt(&self, event: &str, control_id: &str, time: &str, segments: &[&str]) -> String {
        let stamp = format!("20261123{}00", time.replace(':', ""));
        self.message(&format!("ADT^{event}"), control_id, &stamp, segments)
    }

    /// A message about this person, sent at a time as HL7 writes it.
    pub(super) fn message(&self, event: &str, control_id: &str, stamp: &str, segments: &[&str]) -> String {
        let head = format!(
            "MSH|^~\\&|REGISTRATION|PRAIRIE CLINIC|ACCESS-BRIDGE|BRIDGE|{stamp}||{event}|{control_id}|P|2.5.1\r\
             EVN||{stamp}\r\
             PID|1||{record}^^^PRAIRIE^MR~{mbi}^^^CMS^MC||{name}||{born}|{sex}|||{home}\r\
             PV1|1|O|CARD^12||||||||||||||||V{record}\r",
            record = self.record,
            mbi = self.mbi,
            name = self.name,
            born = self.born,
            sex = self.sex,
            home = self.home,
        );
        segments.iter().fold(head, |message, segment| format!("{message}{segment}\r"))
    }

    /// The same person at another address.
    pub(super) const fn at(&self, home: &'static str) -> Self {
        Self {
            short: self.short,
            name: self.name,
            born: self.born,
            sex: self.sex,
            record: self.record,
            mbi: self.mbi,
            home,
        }
    }
}

/// Original Medicare as registration writes it.
pub(super) const MEDICARE: &str = "IN1|1|MCARE|00831|MEDICARE PART A AND B||||||||||||MB";
/// Type 2 diabetes.
pub(super) const DIABETES: &str = "DG1|1||E119^Type 2 diabetes^I10|||F";
/// Hypertension.
pub(super) const HYPERTENSION: &str = "DG1|1||I10^Essential hypertension^I10C|||F";
/// Knee osteoarthritis.
pub(super) const KNEE: &str = "DG1|1||M17.11^Osteoarthritis right knee^I10C|||F";
/// Depression.
pub(super) const DEPRESSION: &str = "DG1|1||F32.1^Major depressive disorder^I10C|||F";
