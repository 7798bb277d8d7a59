//! The project's secret: what pseudonyms and the encryption of the store are made with. It is never printed or stored.

use super::hex;
use std::fmt;

/// Digits of a check value.
const CHECK_DIGITS: usize = 16;

/// The secret, as it stands in the key file or the environment.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self(secret.to_vec())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A key for one purpose; from it neither the secret nor the key for another purpose can be found.
    #[must_use]
    pub fn for_purpose(&self, purpose: &'static str) -> [u8; 32] {
        blake3::derive_key(purpose, &self.0)
    }

    /// What pseudonyms are made with.
    #[must_use]
    pub fn for_pseudonyms(&self) -> [u8; 32] {
        self.for_purpose("attain 2026 pseudonyms of identifiers")
    }

    /// Says whether two snapshots were made with the same key, and nothing about the key.
    #[must_use]
    pub fn check_value(&self) -> String {
        let mut digits = hex(&blake3::derive_key("attain 2026 fingerprint of the key", &self.for_pseudonyms()));
        digits.truncate(CHECK_DIGITS);
        digits
    }
}

/// A job that is printed while a mistake is looked for must not tell its key.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_from_others_and_tells_nothing() {
        let (one, other) = (Key::new(b"correct horse battery"), Key::new(b"incorrect horse battery"));
        assert_eq!(one.check_value(), Key::new(b"correct horse battery").check_value());
        assert_ne!(one.check_value(), other.check_value());
        assert_ne!(one.for_purpose("a"), one.for_purpose("b"));
        assert!(!format!("{one:?}").contains("horse"));
        assert!(!hex(&one.for_pseudonyms()).contains(&one.check_value()));
    }
}
