//! Whole numbers of any size.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A JavaScript `BigInt`: a sign and 64-bit words, least significant first. Zero has no words and no sign.
///
/// ```
/// use jsrun_types::BigInt;
///
/// assert_eq!(BigInt::from(-31_i64).to_string(), "-0x1f");
/// assert_eq!(BigInt::from_words(false, vec![0, 1]).to_i128(), Some(1 << 64));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Parts")]
pub struct BigInt {
    negative: bool,
    words: Vec<u64>,
}

/// A number as it is encoded, by whoever.
#[derive(Deserialize)]
struct Parts {
    negative: bool,
    words: Vec<u64>,
}

impl From<Parts> for BigInt {
    fn from(Parts { negative, words }: Parts) -> Self {
        Self::from_words(negative, words)
    }
}

impl BigInt {
    /// A number of its sign and words; the least significant word comes first. Words of zero at the end may be there.
    pub fn from_words(negative: bool, mut words: Vec<u64>) -> Self {
        while words.last() == Some(&0) {
            words.pop();
        }
        Self { negative: negative && !words.is_empty(), words }
    }

    /// Whether the number is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The magnitude, least significant word first, without words of zero at the end.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The number, if it is in range.
    pub fn to_i128(&self) -> Option<i128> {
        let word = |index: usize| u128::from(self.words.get(index).copied().unwrap_or(0));
        if self.words.len() > 2 {
            return None;
        }
        let magnitude = word(0) | word(1) << 64;
        if self.negative { 0_i128.checked_sub_unsigned(magnitude) } else { i128::try_from(magnitude).ok() }
    }
}

impl From<i128> for BigInt {
    fn from(number: i128) -> Self {
        let magnitude = number.unsigned_abs();
        let low = u64::try_from(magnitude & u128::from(u64::MAX)).expect("masked to 64 bits");
        let high = u64::try_from(magnitude >> 64).expect("shifted to 64 bits");
        Self::from_words(number < 0, vec![low, high])
    }
}

impl From<i64> for BigInt {
    fn from(number: i64) -> Self {
        Self::from(i128::from(number))
    }
}

impl From<u64> for BigInt {
    fn from(number: u64) -> Self {
        Self::from_words(false, vec![number])
    }
}

impl fmt::Display for BigInt {
    /// In hexadecimal, as JavaScript reads it: `-0x1f`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negative { "-0x" } else { "0x" })?;
        let mut words = self.words.iter().rev();
        write!(f, "{:x}", words.next().copied().unwrap_or(0))?;
        words.try_for_each(|word| write!(f, "{word:016x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_come_back() {
        for number in [0, 1, -1, i128::from(i64::MIN), i128::MAX, i128::MIN] {
            assert_eq!(BigInt::from(number).to_i128(), Some(number));
        }
        assert_eq!(BigInt::from_words(false, vec![0, 0, 1]).to_i128(), None);
        assert_eq!(BigInt::from_words(false, vec![0, u64::MAX]).to_i128(), None);
    }

    #[test]
    fn zero_is_one_number() {
        assert_eq!(BigInt::from_words(true, vec![0, 0]), BigInt::from(0_i64));
    }

    #[test]
    fn numbers_are_shown_in_hexadecimal() {
        assert_eq!(BigInt::from(-31_i64).to_string(), "-0x1f");
        assert_eq!(BigInt::from_words(false, vec![1, 2]).to_string(), "0x20000000000000001");
        assert_eq!(BigInt::from(0_i64).to_string(), "0x0");
    }

    proptest::proptest! {
        #[test]
        fn any_number_in_range_comes_back(number: i128) {
            assert_eq!(BigInt::from(number).to_i128(), Some(number));
        }
    }
}
