//! Invented people and what their sender says of them.

/// What a feed asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// An alignment to CKM.
    Align,
    /// An alignment to MSK besides.
    AlignMsk,
    /// Nothing: another address.
    Move,
    /// The end of the alignment.
    Unalign,
}

/// A feed to be sent.
#[derive(Debug, Clone)]
pub struct Feed {
    /// `MSH-10`
    pub control_id: String,
    /// The message.
    pub bytes: Vec<u8>,
}

/// Letters of a Medicare number.
const LETTERS: &[u8; 20] = b"ACDEFGHJKMNPQRTUVWXY";

/// Somebody, by number; numbers below 400,000 have each a Medicare number of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person(
    /// The number.
    pub usize,
);

impl Person {
    /// The Medicare number.
    pub fn mbi(self) -> String {
        let number = self.0;
        let letter = |at: usize| char::from(LETTERS[at % LETTERS.len()]);
        let digit = |at: usize| at % 10;
        format!(
            "3TA4RK{}{}{}{}{}",
            digit(number / 40_000),
            letter(number / 2_000),
            letter(number / 100),
            digit(number / 10),
            digit(number)
        )
    }

    /// `MSH-10` of the feed that asks for something. Both senders count alike, so that each id comes from both.
    pub fn control_id(self, ask: Ask) -> String {
        let kind = match ask {
            Ask::Align => "A",
            Ask::AlignMsk => "B",
            Ask::Move => "M",
            Ask::Unalign => "U",
        };
        format!("CR{:06}{kind}", self.0 / 2)
    }

    /// Which of the two senders speaks of this person.
    pub const fn sender(self) -> usize {
        self.0 % 2
    }

    /// `MSH-3` of that sender.
    pub const fn application(self) -> &'static str {
        if self.sender() == 0 { "EPIC" } else { "CERNER" }
    }

    /// `PID-3.1`
    pub fn record(self) -> String {
        format!("{}{:06}", self.application(), self.0)
    }

    /// The feed. The first sender takes acknowledgements in original mode, the second in enhanced mode.
    pub fn feed(self, ask: Ask) -> Feed {
        let mode = if self.sender() == 0 { "|" } else { "AL|NE" };
        let (application, record, number) = (self.application(), self.record(), self.0);
        let (control_id, mbi) = (self.control_id(ask), self.mbi());
        let (minute, street, zac) = match ask {
            Ask::Align => (0, "Prairie Avenue", "ZAC|1|ALIGN|CKM||Y\r"),
            Ask::AlignMsk => (0, "Prairie Avenue", "ZAC|1|ALIGN|MSK||Y\r"),
            Ask::Move => (1, "Elm Street", ""),
            Ask::Unalign => (2, "Elm Street", "ZAC|1|UNALIGN|CKM|loss-of-contact\r"),
        };
        let text = format!(
            "MSH|^~\\&|{application}|LAKESHORE|ACCESSBRIDGE|ACCESS|20260728080{minute}00-0500||ADT^A08^ADT_A01|{control_id}|P|2.5.1|||{mode}\r\
             EVN|A08|20260728080{minute}00\r\
             PID|1||{record}^^^LAKESHORE^MR~{mbi}^^^CMS^MC||Trial^Person{number}^^^^^L||19470912|F|||{number} {street}^^Oak Park^IL^60302^USA^H\r\
             PV1|1|O\r\
             DG1|1||E119^Type 2 diabetes mellitus without complications^I10||20260714|F\r\
             DG1|2||M1711^Unilateral primary osteoarthritis, right knee^I10||20260714|F\r\
             IN1|1|MCRA^Medicare Part A|00831^^^^NIIP|Medicare||||||||20160101|||MA|Trial^Person{number}|SEL^Self^HL70063|19470912||||1||||||||||||||{mbi}\r\
             IN1|2|MCRB^Medicare Part B|00831^^^^NIIP|Medicare||||||||20160101|||MB|Trial^Person{number}|SEL^Self^HL70063|19470912||||2||||||||||||||{mbi}\r\
             {zac}"
        );
        Feed { control_id, bytes: text.into_bytes() }
    }
}
