//! A short digest that tells whether facts have changed.

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a with 64 bits over a list of texts, as 16 lower-case hexadecimal digits.
///
/// It tells equal from different facts and nothing else. It is no security measure: whoever can guess the facts can confirm
/// the guess, so a digest over a person's facts is kept where those facts are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) const fn new() -> Self {
        Self(OFFSET)
    }

    /// Takes one text in, with its length first, so that the border between two texts counts.
    pub(crate) fn text(mut self, text: &str) -> Self {
        self.bytes(&(text.len() as u64).to_le_bytes());
        self.bytes(text.as_bytes());
        self
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    pub(crate) fn finish(self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn equals_the_published_vectors_of_fnv_1a() {
        for (bytes, wanted) in [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")] {
            let mut digest = Digest::new();
            digest.bytes(bytes.as_bytes());
            assert_eq!(digest.finish(), wanted);
        }
    }

    #[test]
    fn the_border_between_texts_counts() {
        assert_ne!(Digest::new().text("ab").text("c").finish(), Digest::new().text("a").text("bc").finish());
    }
}
