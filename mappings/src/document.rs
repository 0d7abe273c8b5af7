//! The resolved profile as a document: JSON text, in which it travels into the component, and the compact form, in which the
//! component gives it to further instances of itself.

use crate::profile::Profile;
use serde::Deserialize;

/// The schema of the document this version writes and reads.
pub const SCHEMA: u32 = 1;

/// Longest document that is read, in bytes. The built-in example is about 110 kB.
pub const MAX_PROFILE_BYTES: usize = 4 << 20;

/// Why a profile document could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// It is longer than [`MAX_PROFILE_BYTES`].
    #[error("the profile has {found} bytes, the limit is {MAX_PROFILE_BYTES}")]
    TooLong {
        /// Its length in bytes.
        found: usize,
    },
    /// It was written by another version.
    #[error("the profile has schema {found}, this version reads schema {SCHEMA}")]
    Schema {
        /// The schema it names.
        found: u32,
    },
    /// It is not the JSON text of a profile.
    #[error("the profile is not a readable document")]
    Json(#[from] serde_json::Error),
    /// It is not the compact form of a profile.
    #[error("the profile is not in the compact form of this version")]
    Compact(#[from] postcard::Error),
}

/// What every version of the document has.
#[derive(Deserialize)]
struct Probe {
    schema: u32,
}

impl Profile {
    /// The document as JSON text. The same profile gives the same bytes.
    ///
    /// # Errors
    /// [`ProfileError::Json`] when it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, ProfileError> {
        Ok(serde_json::to_string(self)?)
    }

    /// Reads what [`Profile::to_json`] wrote.
    ///
    /// # Errors
    /// [`ProfileError::TooLong`] above the limit, [`ProfileError::Schema`] for a document of another version,
    /// [`ProfileError::Json`] for anything that is not a profile.
    pub fn from_json(text: &str) -> Result<Self, ProfileError> {
        if text.len() > MAX_PROFILE_BYTES {
            return Err(ProfileError::TooLong { found: text.len() });
        }
        match serde_json::from_str::<Self>(text) {
            Ok(profile) if profile.schema == SCHEMA => Ok(profile),
            Ok(profile) => Err(ProfileError::Schema { found: profile.schema }),
            // Another version has other keys, so the number is looked at before the keys are blamed.
            Err(error) => match serde_json::from_str::<Probe>(text) {
                Ok(probe) if probe.schema != SCHEMA => Err(ProfileError::Schema { found: probe.schema }),
                _ => Err(ProfileError::Json(error)),
            },
        }
    }

    /// The profile in a form that is taken up several times faster than JSON. It has no version and no names of its own: only
    /// the program that wrote it can read it.
    ///
    /// # Errors
    /// [`ProfileError::Compact`] when it cannot be written so.
    pub fn to_compact(&self) -> Result<Vec<u8>, ProfileError> {
        Ok(postcard::to_allocvec(self)?)
    }

    /// Reads what [`Profile::to_compact`] of the same program wrote. What messages seldom need is read when it is first looked at;
    /// should that not be what was written, the program stops there.
    ///
    /// # Errors
    /// [`ProfileError::TooLong`] above the limit, [`ProfileError::Schema`] for a form of another version,
    /// [`ProfileError::Compact`] for anything that is not such a form.
    pub fn from_compact(compact: &[u8]) -> Result<Self, ProfileError> {
        if compact.len() > MAX_PROFILE_BYTES {
            return Err(ProfileError::TooLong { found: compact.len() });
        }
        let (profile, rest): (Self, &[u8]) = postcard::take_from_bytes(compact)?;
        match profile.schema {
            _ if !rest.is_empty() => Err(postcard::Error::DeserializeBadEncoding.into()),
            SCHEMA => Ok(profile),
            found => Err(ProfileError::Schema { found }),
        }
    }
}
