//! Parts of a profile that are taken up when they are first looked at.
//!
//! Few messages need what reports, answers of CMS and accounts need. In the compact form such a part is a piece of bytes of
//! its own, which an instance keeps as it is until somebody looks. In JSON it is like any other.

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

/// A part that may still be in its compact form.
#[derive(Clone)]
pub struct Deferred<T> {
    part: OnceLock<T>,
    compact: Box<[u8]>,
}

impl<T> From<T> for Deferred<T> {
    fn from(part: T) -> Self {
        Self { part: OnceLock::from(part), compact: Box::default() }
    }
}

impl<T: Default> Default for Deferred<T> {
    fn default() -> Self {
        Self::from(T::default())
    }
}

impl<T: DeserializeOwned> Deref for Deferred<T> {
    type Target = T;

    fn deref(&self) -> &T {
        #[expect(
            clippy::expect_used,
            reason = "a component takes up only what it wrote; what is not so must stop the call"
        )]
        self.part.get_or_init(|| postcard::from_bytes(&self.compact).expect("a part that Deferred wrote"))
    }
}

impl<T: DeserializeOwned> DerefMut for Deferred<T> {
    fn deref_mut(&mut self) -> &mut T {
        let _ = Self::deref(self);
        self.compact = Box::default();
        #[expect(clippy::expect_used, reason = "the line above has filled it")]
        self.part.get_mut().expect("a part that was taken up")
    }
}

impl<'d, T: DeserializeOwned> IntoIterator for &'d Deferred<Vec<T>> {
    type Item = &'d T;
    type IntoIter = std::slice::Iter<'d, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: DeserializeOwned + fmt::Debug> fmt::Debug for Deferred<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: DeserializeOwned + PartialEq> PartialEq for Deferred<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: DeserializeOwned + Eq> Eq for Deferred<T> {}

impl<T: Serialize + DeserializeOwned> Serialize for Deferred<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return (**self).serialize(serializer);
        }
        let compact = postcard::to_allocvec(&**self).map_err(serde::ser::Error::custom)?;
        serializer.serialize_bytes(&compact)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Deferred<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return T::deserialize(deserializer).map(Self::from);
        }
        let compact = deserializer.deserialize_bytes(Bytes)?;
        Ok(Self { part: OnceLock::new(), compact })
    }
}

/// Takes bytes as they are.
struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Box<[u8]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Box<[u8]>, E> {
        Ok(bytes.into())
    }
}
