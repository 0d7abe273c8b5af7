//! Lists and tables of short texts, each kept in one piece and searched in place.
//!
//! A profile has thousands of texts, and an instance that takes it up would spend longer on a block of memory for each of
//! them than on a message. So the long lists and tables are one text with the places where its parts end. In JSON they are
//! arrays and objects like any other.

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Texts in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextList {
    text: String,
    /// Where each of them ends.
    ends: Vec<u32>,
}

impl TextList {
    /// The text at a place, from 0.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&str> {
        let start = place.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before))?;
        self.text.get(*start as usize..*self.ends.get(place)? as usize)
    }

    /// The texts, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &str> + ExactSizeIterator {
        (0..self.len()).map(|place| self.get(place).unwrap_or_default())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether a list in ascending order has a text.
    #[must_use]
    pub fn finds(&self, wanted: &str) -> bool {
        self.search(wanted).is_ok()
    }

    /// Where a text is in a list in ascending order, or where it would be.
    fn search(&self, wanted: &str) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).unwrap_or_default().cmp(wanted) {
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// The texts of a list in ascending order from this one on, or from where it would be.
    pub(crate) fn from(&self, wanted: &str) -> impl Iterator<Item = &str> {
        let (Ok(place) | Err(place)) = self.search(wanted);
        (place..self.len()).filter_map(|place| self.get(place))
    }

    /// Whether it has a text, wherever it stands.
    #[must_use]
    pub fn contains(&self, wanted: &str) -> bool {
        self.iter().any(|text| text == wanted)
    }

    /// Adds a text. Profiles are far smaller than what a place can tell; what is beyond is cut off.
    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// A list as it travels in the compact form, if its places lie in its text.
    fn checked<E: Error>(text: String, ends: Vec<u32>) -> Result<Self, E> {
        let ascending = ends.is_sorted() && ends.last().map_or(0, |end| *end as usize) == text.len();
        let is_between_letters = |end: &u32| text.is_char_boundary(*end as usize);
        if !ascending || !(text.is_ascii() || ends.iter().all(is_between_letters)) {
            return Err(E::custom("the parts of a list do not fit its text"));
        }
        Ok(Self { text, ends })
    }
}

impl<T: AsRef<str>> FromIterator<T> for TextList {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut list = Self::default();
        texts.into_iter().for_each(|text| list.push(text.as_ref()));
        list
    }
}

impl Serialize for TextList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_seq(self.iter())
        } else {
            (&self.text, Places(Cow::Borrowed(&self.ends))).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for TextList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Ok(Vec::<String>::deserialize(deserializer)?.into_iter().collect())
        } else {
            let (text, Places(ends)) = Deserialize::deserialize(deserializer)?;
            Self::checked(text, ends.into_owned())
        }
    }
}

/// Places as they travel in the compact form: four bytes each, which are taken up several times faster than numbers of varying length.
struct Places<'a>(Cow<'a, [u32]>);

impl Serialize for Places<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|place| place.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Places<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(PlacesVisitor)
    }
}

struct PlacesVisitor;

impl Visitor<'_> for PlacesVisitor {
    type Value = Places<'static>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("places of four bytes each")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Places<'static>, E> {
        let (places, []) = bytes.as_chunks() else {
            return Err(E::invalid_length(bytes.len(), &self));
        };
        Ok(Places(places.iter().map(|place| u32::from_le_bytes(*place)).collect()))
    }
}

/// Values by a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<V> {
    /// Ascending.
    keys: TextList,
    /// In the order of the keys.
    values: Vec<V>,
}

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { keys: TextList::default(), values: Vec::new() }
    }
}

impl<V> Table<V> {
    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&V> {
        self.values.get(self.keys.search(key).ok()?)
    }

    /// The keys, ascending.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter()
    }

    /// The keys with their values, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.keys.iter().zip(&self.values)
    }

    /// Whether a key begins like this.
    #[must_use]
    pub fn has_prefix(&self, prefix: &str) -> bool {
        let (Ok(place) | Err(place)) = self.keys.search(prefix);
        self.keys.get(place).is_some_and(|key| key.starts_with(prefix))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Puts a value under a key. Writes the keys anew, so a table is best collected from its rows.
    pub fn insert(&mut self, key: &str, value: V) {
        match self.keys.search(key) {
            Ok(place) => {
                if let Some(old) = self.values.get_mut(place) {
                    *old = value;
                }
            }
            Err(place) => {
                let (before, after) = (self.keys.iter().take(place), self.keys.iter().skip(place));
                self.keys = before.chain([key]).chain(after).collect();
                self.values.insert(place, value);
            }
        }
    }
}

impl<V> From<BTreeMap<String, V>> for Table<V> {
    fn from(rows: BTreeMap<String, V>) -> Self {
        Self { keys: rows.keys().collect(), values: rows.into_values().collect() }
    }
}

impl<V: Serialize> Serialize for Table<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            let mut map = serializer.serialize_map(Some(self.len()))?;
            self.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
            map.end()
        } else {
            (&self.keys, &self.values).serialize(serializer)
        }
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Table<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Ok(BTreeMap::<String, V>::deserialize(deserializer)?.into());
        }
        let (keys, values): (TextList, Vec<V>) = Deserialize::deserialize(deserializer)?;
        if keys.len() != values.len() {
            return Err(D::Error::custom("a table has not as many values as keys"));
        }
        Ok(Self { keys, values })
    }
}

/// Texts by a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextTable {
    /// Ascending.
    keys: TextList,
    /// In the order of the keys.
    values: TextList,
}

impl TextTable {
    /// The text under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values.get(self.keys.search(key).ok()?)
    }

    /// Whether there is such a key.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.keys.search(key).is_ok()
    }

    /// The keys with their texts, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.keys.iter().zip(self.values.iter())
    }

    /// The texts, in the order of the keys.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }
}

impl From<BTreeMap<String, String>> for TextTable {
    fn from(rows: BTreeMap<String, String>) -> Self {
        Self { keys: rows.keys().collect(), values: rows.values().collect() }
    }
}

impl Serialize for TextTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_map(self.iter())
        } else {
            (&self.keys, &self.values).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for TextTable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Ok(BTreeMap::<String, String>::deserialize(deserializer)?.into());
        }
        let (keys, values): (TextList, TextList) = Deserialize::deserialize(deserializer)?;
        if keys.len() != values.len() {
            return Err(D::Error::custom("a table has not as many values as keys"));
        }
        Ok(Self { keys, values })
    }
}

#[cfg(test)]
mod tests {
    use super::{Places, Table, TextList, TextTable};
    use std::collections::BTreeMap;

    fn rows() -> BTreeMap<String, String> {
        [("B", "two"), ("A", "one"), ("Ä", ""), ("", "none")]
            .map(|(key, text)| (key.to_owned(), text.to_owned()))
            .into()
    }

    #[test]
    fn a_list_has_its_texts_in_order() {
        let list: TextList = ["b", "", "ä"].into_iter().collect();
        assert_eq!(list.iter().collect::<Vec<_>>(), ["b", "", "ä"]);
        assert_eq!((list.get(0), list.get(2), list.get(3), list.len()), (Some("b"), Some("ä"), None, 3));
        assert!(TextList::default().is_empty() && TextList::default().iter().next().is_none());
        let sorted: TextList = ["10-1", "20-2", "30-3"].into_iter().collect();
        assert!(sorted.finds("10-1") && sorted.finds("30-3") && !sorted.finds("15-1") && !sorted.finds(""));
    }

    #[test]
    fn a_table_finds_every_key_and_nothing_else() {
        let table = TextTable::from(rows());
        for (key, text) in rows() {
            assert_eq!(table.get(&key), Some(text.as_str()));
        }
        assert!(!table.contains_key("a") && table.get("C").is_none() && table.get("ÄA").is_none());
        assert_eq!(table.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["", "A", "B", "Ä"]);
    }

    #[test]
    fn a_table_keeps_its_order_when_rows_come_and_change() {
        let mut table = Table::<u8>::default();
        for (key, value) in [("m", 1), ("a", 2), ("z", 3), ("m", 4)] {
            table.insert(key, value);
        }
        assert_eq!(table.iter().collect::<Vec<_>>(), [("a", &2), ("m", &4), ("z", &3)]);
        assert!(table.has_prefix("z") && !table.has_prefix("b") && !table.has_prefix("zz"));
    }

    #[test]
    fn json_has_arrays_and_objects() {
        let table = TextTable::from(rows());
        let json = serde_json::to_string(&table).unwrap();
        assert_eq!(json, r#"{"":"none","A":"one","B":"two","Ä":""}"#);
        assert_eq!(serde_json::from_str::<TextTable>(&json).unwrap(), table);
        assert_eq!(serde_json::to_string(&table.keys).unwrap(), r#"["","A","B","Ä"]"#);
    }

    #[test]
    fn places_that_do_not_fit_the_text_are_refused() {
        let write = |text: &str, ends: &[u32]| postcard::to_allocvec(&(text, Places(ends.into()))).unwrap();
        assert!(postcard::from_bytes::<TextList>(&write("aäb", &[1, 3, 4])).is_ok());
        for wrong in [&[1, 3][..], &[3, 1, 4], &[2, 4], &[1, 3, 5], &[]] {
            assert!(postcard::from_bytes::<TextList>(&write("aäb", wrong)).is_err(), "{wrong:?}");
        }
        let list = |texts: &[&str]| texts.iter().collect::<TextList>();
        let uneven = postcard::to_allocvec(&(list(&["a", "b"]), list(&["x"]))).unwrap();
        assert!(postcard::from_bytes::<TextTable>(&uneven).is_err());
    }
}
