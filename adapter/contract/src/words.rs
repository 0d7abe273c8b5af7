//! Closed vocabularies with an `other` arm, each spelled exactly as on the wire.

/// Declares a vocabulary: an enum whose cases have one spelling each, plus `Other` for what a later version adds.
macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$case_meta:meta])* $case:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$case_meta])* $case,)+
            /// A word this version does not know; kept as it came.
            Other(String),
        }

        impl $name {
            /// The words this version knows.
            pub const WORDS: &'static [&'static str] = &[$($text),+];

            /// The spelling used in JSON, on the command line and in the component interface.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self { $(Self::$case => $text,)+ Self::Other(text) => text }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text { $($text => Self::$case,)+ other => Self::Other(other.to_owned()) }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self { Self::from(text.as_str()) }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self { word.as_str().to_owned() }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }
    };
}
pub(crate) use vocabulary;

vocabulary! {
    /// An ACCESS operation, without its leading `$`.
    Operation {
        /// `$check-eligibility`
        CheckEligibility = "check-eligibility",
        /// `$align`
        Align = "align",
        /// `$unalign`
        Unalign = "unalign",
        /// `$report-data`
        ReportData = "report-data",
    }
}

vocabulary! {
    /// A track of the ACCESS Model (`ACCESSTrackCS`, case-sensitive).
    Track {
        /// Early cardio-kidney-metabolic.
        ECkm = "eCKM",
        /// Cardio-kidney-metabolic.
        Ckm = "CKM",
        /// Musculoskeletal.
        Msk = "MSK",
        /// Behavioural health.
        Bh = "BH",
    }
}

impl Track {
    /// The track family. eCKM and CKM exclude each other and count as one; every other track is its own family.
    #[must_use]
    pub fn family(&self) -> &str {
        match self {
            Self::ECkm | Self::Ckm => "CKM",
            other => other.as_str(),
        }
    }
}
