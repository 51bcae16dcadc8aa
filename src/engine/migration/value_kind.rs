//! What a column holds, whatever its engine calls the type, and the texts in which two engines write it alike.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A column's type in neutral form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ValueKind {
    Boolean,
    Integer {
        bits: u8,
        unsigned: bool,
    },
    /// Without precision and scale: as many digits as a value has.
    Decimal {
        precision: Option<u32>,
        scale: Option<u32>,
    },
    Single,
    Double,
    Date,
    /// A time of day; where `span`, any length of time that the engine writes like one.
    Time {
        span: bool,
    },
    /// `zoned`: a moment, the same for every session; otherwise what a clock showed.
    DateTime {
        zoned: bool,
    },
    Interval,
    Year,
    /// `padded`: trailing blanks are no part of the value.
    Text {
        padded: bool,
        limit: Option<u64>,
    },
    Bytes {
        fixed: Option<u64>,
    },
    Uuid,
    Bits {
        count: u64,
    },
    Label,
    LabelSet,
    /// `parsed`: the server keeps values, not the text that was given.
    Json {
        parsed: bool,
    },
    Point,
    Geometry,
    Address,
    /// An array of text.
    TextArray,
    Other,
}

/// The text in which both sides write a value, or how it is compared where no text will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// As the engine prints it: for two servers of one family.
    Plain,
    Integer,
    /// Digits as declared, the scale being the same on both sides.
    Decimal,
    /// Without zeros at the end of the fraction.
    TrimmedDecimal,
    Single,
    Double,
    Date,
    /// Where the source holds dates that do not exist, which the loader was told to make NULL.
    DateOrNull,
    Timestamp,
    TimestampOrNull,
    /// In UTC.
    Instant,
    InstantOrNull,
    /// Clock time against a moment: the moment as a clock of a zone that was told showed it.
    Local,
    Time,
    Microseconds,
    Year,
    Text,
    /// Trailing blanks taken off.
    TrimmedText,
    /// Letters in lower case.
    LowerText,
    Hex,
    UuidHex,
    /// Bits as a number.
    BitNumber,
    BitString,
    LabelList,
    Point,
    WellKnownBinary,
    Address,
    /// No server writes it as the other does: rows are fetched and the values parsed.
    Json,
    /// A floating-point number against one in decimal digits: rows are fetched, and compared as double precision.
    Number,
}

impl Form {
    /// Values are compared one by one, outside of any checksum.
    pub fn only_typed(self) -> bool {
        matches!(self, Form::Json | Form::Number)
    }

    /// Floating point: values may be compared within a tolerance.
    pub fn is_floating(self) -> bool {
        matches!(self, Form::Single | Form::Double)
    }

    /// Equal values have one text on every engine, so that rows can be told apart by it.
    pub fn tells_apart(self) -> bool {
        !self.only_typed() && !self.is_floating() && self != Form::Point
    }

    /// What cannot be told apart by it, or what it assumes, for the report.
    pub fn caution(self) -> Option<&'static str> {
        match self {
            Form::DateOrNull | Form::TimestampOrNull | Form::InstantOrNull => {
                Some("a date that does not exist counts as NULL, as asked for")
            }
            Form::TrimmedText => Some("blanks at the end are no part of the value on either side"),
            Form::LowerText => Some("letters of either case count as the same"),
            Form::Json => Some("compared as parsed values, not as texts"),
            Form::Number => Some("compared as double precision, since one side keeps no more"),
            Form::Local => Some("clock times are compared with moments in the zone that was told"),
            _ => None,
        }
    }
}
