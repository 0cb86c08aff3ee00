//! Numbers that need not be whole.

use finsight_engine::program::Property;
use finsight_engine::schema::Kind;
use finsight_engine::value::Value;

use crate::declare::Shape;

/// A number that need not be whole, such as a share or a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fraction(pub f64);

impl Property for Fraction {
    fn to_value(self) -> Value {
        Value::Number(self.0)
    }
}

impl Shape for Fraction {
    const KIND: Kind = Kind::Number;
}
