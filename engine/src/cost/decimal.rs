//! Numbers of an estimate: quantities, prices and amounts, exact to ten places.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul, Neg, Sub};
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// One, in the last of ten places.
const ONE: i128 = 10_000_000_000;
const PLACES: usize = 10;

/// A number with ten decimal places.
///
/// Sums and differences are exact; products are rounded to the nearest, halves away from zero. What
/// is too large for it stays at the largest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal(i128);

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A whole number.
    #[must_use]
    pub const fn whole(number: i64) -> Self {
        Self(number as i128 * ONE)
    }

    /// A fraction, rounded down in the last place; zero where the denominator is.
    #[must_use]
    pub const fn ratio(numerator: i64, denominator: i64) -> Self {
        if denominator == 0 { Self::ZERO } else { Self(numerator as i128 * ONE / denominator as i128) }
    }

    /// A part of it, rounded; all of it where there is nothing to divide by.
    #[must_use]
    pub fn share(self, among: usize) -> Self {
        match i128::try_from(among) {
            Ok(count) if count > 1 => Self(rounded(self.0, count)),
            _ => self,
        }
    }

    /// Rounded to so many places, halves away from zero.
    #[must_use]
    pub fn round(self, places: usize) -> Self {
        let unit = 10_i128.pow(u32::try_from(PLACES.saturating_sub(places)).unwrap_or(0));
        Self(rounded(self.0, unit).saturating_mul(unit))
    }

    /// With so many places, such as `45.26`.
    #[must_use]
    pub fn fixed(self, places: usize) -> String {
        let text = self.round(places).digits();
        let point = text.len() - PLACES;
        let end = if places == 0 { point - 1 } else { point + places.min(PLACES) };
        text[..end].to_owned()
    }

    /// The nearest binary number, for JSON alone.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// All ten places.
    fn digits(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) =
            (self.0.unsigned_abs() / ONE.unsigned_abs(), self.0.unsigned_abs() % ONE.unsigned_abs());
        format!("{sign}{whole}.{rest:0PLACES$}")
    }
}

/// A quotient rounded to the nearest, halves away from zero.
fn rounded(of: i128, by: i128) -> i128 {
    let half = by / 2;
    of.saturating_add(if of < 0 { -half } else { half }) / by
}

impl Add for Decimal {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Decimal {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Decimal {
    type Output = Self;

    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Mul for Decimal {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(rounded(self.0.saturating_mul(other.0), ONE))
    }
}

impl Sum for Decimal {
    fn sum<I: Iterator<Item = Self>>(items: I) -> Self {
        items.fold(Self::ZERO, Add::add)
    }
}

/// A text that is no number with at most ten decimal places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no number with at most ten decimal places")]
pub struct NoDecimal(String);

impl FromStr for Decimal {
    type Err = NoDecimal;

    fn from_str(text: &str) -> Result<Self, NoDecimal> {
        let wrong = || NoDecimal(text.to_owned());
        let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, places) = rest.split_once('.').unwrap_or((rest, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(places) || places.len() > PLACES {
            return Err(wrong());
        }
        format!("{whole}{places:0<PLACES$}")
            .parse()
            .map(|number: i128| Self(sign * number))
            .map_err(|_| wrong())
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// As short as it can be exact: `0.062`, `730`.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.digits();
        f.pad(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn texts() {
        for text in ["0", "0.062", "730", "-4.5", "0.0000166667", "12345678901.0000000001"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        for wrong in ["", ".", "1e3", "+1", "1.00000000001", "1,5", "--1", "1.-5"] {
            assert!(wrong.parse::<Decimal>().is_err(), "{wrong}");
        }
        assert_eq!(decimal("1.").to_string(), "1");
        assert_eq!(decimal("45.265").fixed(2), "45.27");
        assert_eq!(decimal("-45.265").fixed(2), "-45.27");
        assert_eq!(decimal("45.264").fixed(0), "45");
        assert_eq!(decimal("0.004").fixed(2), "0.00");
    }

    #[test]
    fn arithmetic_is_exact_where_floats_are_not() {
        assert_eq!(decimal("0.1") + decimal("0.2"), decimal("0.3"));
        assert_eq!(decimal("730") * decimal("0.062"), decimal("45.26"));
        assert_eq!(decimal("0.00001") * decimal("0.00001"), decimal("0.0000000001"));
        assert_eq!(decimal("0.00001") * decimal("0.000005"), decimal("0.0000000001"), "halves go up");
        assert_eq!(decimal("0.00001") * decimal("-0.000005"), decimal("-0.0000000001"));
        assert_eq!(decimal("1").share(3).to_string(), "0.3333333333");
        assert_eq!(decimal("9").share(0), decimal("9"));
        assert_eq!(Decimal::ratio(70 * 730, 168).fixed(4), "304.1667");
        assert_eq!([decimal("1.5"), decimal("2.5")].into_iter().sum::<Decimal>(), Decimal::whole(4));
        assert_eq!(decimal("45.26").to_f64().to_string(), "45.26");
        let huge = Decimal(i128::MAX);
        assert_eq!(huge + huge, huge, "no wrap");
    }
}
