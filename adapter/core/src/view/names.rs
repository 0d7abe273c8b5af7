//! The segments of a message by name.

/// Lists that names are spread over. With some 33,700 names possible, at most 264 share one.
const LISTS: usize = 128;

/// What is known of each name. Positions count from 1, so that 0 is none.
#[derive(Debug)]
pub(super) struct Names {
    lists: [u16; LISTS],
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    name: [u8; 3],
    /// The next entry of the list.
    next: u16,
    /// The first and the last segment of the name, by position among all.
    first: u32,
    last: u32,
    count: u32,
}

/// What adding a segment told.
pub(super) struct Added {
    /// Which segment of its name it is, from 1.
    pub(super) occurrence: u32,
    /// Position of the one before, where there is one.
    pub(super) previous: Option<usize>,
}

impl Names {
    pub(super) fn new() -> Self {
        Self { lists: [0; LISTS], entries: Vec::with_capacity(16) }
    }

    /// Adds the segment at a position.
    pub(super) fn add(&mut self, name: [u8; 3], position: usize) -> Added {
        let position = u32::try_from(position).unwrap_or(u32::MAX);
        if let Some(entry) = self.find(name).and_then(|found| self.entries.get_mut(found)) {
            entry.count += 1;
            let previous = std::mem::replace(&mut entry.last, position);
            return Added { occurrence: entry.count, previous: usize::try_from(previous).ok() };
        }
        let number = u16::try_from(self.entries.len() + 1).unwrap_or(u16::MAX);
        let next = match self.lists.get_mut(list(name)) {
            Some(head) => std::mem::replace(head, number),
            None => 0,
        };
        self.entries.push(Entry { name, next, first: position, last: position, count: 1 });
        Added { occurrence: 1, previous: None }
    }

    /// Position of the first segment of a name.
    pub(super) fn first(&self, name: &str) -> Option<usize> {
        let name = <[u8; 3]>::try_from(name.as_bytes()).ok()?;
        let entry = self.entries.get(self.find(name)?)?;
        usize::try_from(entry.first).ok()
    }

    /// How many segments have a name.
    pub(super) fn count(&self, name: [u8; 3]) -> u32 {
        self.find(name).and_then(|found| self.entries.get(found)).map_or(0, |entry| entry.count)
    }

    fn find(&self, name: [u8; 3]) -> Option<usize> {
        let mut number = *self.lists.get(list(name))?;
        loop {
            let position = usize::from(number).checked_sub(1)?;
            let entry = self.entries.get(position)?;
            if entry.name == name {
                return Some(position);
            }
            number = entry.next;
        }
    }
}

/// Spreads names evenly, whatever they are: neighbours in the order of names go to neighbouring lists.
fn list(name: [u8; 3]) -> usize {
    let value =
        |letter: u8| usize::from(if letter.is_ascii_digit() { letter - b'0' + 26 } else { letter.wrapping_sub(b'A') });
    let [first, second, third] = name.map(value);
    ((first * 36 + second) * 36 + third) % LISTS
}
