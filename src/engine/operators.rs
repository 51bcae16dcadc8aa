//! What the server's index methods can search by: its own account, not a table of ours.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Operator classes, types and functions that conditions on the user's columns can meet. Empty where the
/// engine does not tell, and in records of older versions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Operators {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<OperatorClass>,
    /// Types whose values pass for others without a conversion, or that have operators of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<DataType>,
    /// Conversions whose result depends on settings or on the moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unstable_casts: Vec<(String, String)>,
    /// Functions whose result does, and all functions of users.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function>,
    /// Collation of columns that name none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_collation: Option<String>,
}

/// What one index method does for one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OperatorClass {
    /// As it is spelt in a statement: with its schema where the search path does not lead to it.
    pub name: String,
    /// `btree`, `gin`, `gist`, `brin`, `hash`, …
    pub method: String,
    /// Type of the values it keeps: `integer`, `text`, `anyarray`.
    pub data_type: String,
    /// Taken where an index names none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// Operators it can be searched by.
    pub operators: Vec<String>,
    /// Operators in whose order it returns rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distances: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DataType {
    /// As the engine spells it, without a length.
    pub name: String,
    /// Types that its values are without any change of a byte, nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passes_for: Vec<String>,
    /// Operators with exactly this type on the left that go before those of the types it passes for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_operators: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Volatility {
    /// The same arguments give the same result for ever.
    Immutable,
    /// The same within one statement.
    Stable,
    /// Another one at each call, or with effects.
    Volatile,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Function {
    /// Without its schema.
    pub name: String,
    pub arguments: Vec<String>,
    pub result: String,
    pub volatility: Volatility,
}

impl Operators {
    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// Types that a value of `data_type` is, itself first: what operators and classes are looked up by.
    fn faces<'t>(&'t self, data_type: &'t str) -> Vec<&'t str> {
        let mut faces = vec![data_type];
        let mut at = 0;
        while let Some(face) = faces.get(at) {
            let known = self.types.iter().find(|known| known.name == *face);
            for wider in known.into_iter().flat_map(|known| &known.passes_for) {
                if !faces.contains(&wider.as_str()) {
                    faces.push(wider);
                }
            }
            at += 1;
        }
        faces
    }

    /// Whether a value of type `from` is one of type `to` without a conversion.
    pub fn is_same_value(&self, from: &str, to: &str) -> bool {
        self.faces(from).contains(&to)
    }

    /// The type whose operator `operator` is meant when a value of `data_type` stands on its left. `None` when
    /// no class is searched by it.
    fn meant<'t>(&'t self, operator: &str, data_type: &'t str) -> Option<&'t str> {
        for face in self.faces(data_type) {
            let classes = self.classes.iter().filter(|class| class.data_type == face);
            if classes.into_iter().any(|class| class.knows(operator)) {
                return Some(face);
            }
            let own = self.types.iter().find(|known| known.name == face);
            if own.is_some_and(|known| known.own_operators.iter().any(|name| name == operator)) {
                return None;
            }
        }
        None
    }

    /// Classes that can be searched by (or return rows in the order of) `operator` with a value of
    /// `data_type` on its left.
    pub fn serving<'t>(
        &'t self,
        operator: &str,
        data_type: &str,
    ) -> impl Iterator<Item = &'t OperatorClass> {
        let meant = self.meant(operator, data_type).map(str::to_owned);
        let operator = operator.to_owned();
        self.classes
            .iter()
            .filter(move |class| meant.as_ref() == Some(&class.data_type) && class.knows(&operator))
    }

    /// The class an index of `method` has on a column of `data_type` unless it names another.
    pub fn default_class(&self, method: &str, data_type: &str) -> Option<&OperatorClass> {
        let faces = self.faces(data_type);
        let fitting = |face: &&str| {
            self.classes
                .iter()
                .find(|class| class.default && class.method == method && class.data_type == **face)
        };
        faces.iter().find_map(fitting)
    }

    /// A function by name: of several with that name the one that takes `argument`, where it is known.
    pub fn function(&self, name: &str, argument: Option<&str>) -> Option<&Function> {
        let named = || self.functions.iter().filter(|function| function.name == name);
        let takes = |function: &&Function| {
            argument.is_some_and(|argument| {
                let faces = self.faces(argument);
                function.arguments.iter().any(|taken| faces.contains(&taken.as_str()))
            })
        };
        match argument {
            None => named().next(),
            Some(_) => named().find(takes),
        }
    }
}

impl OperatorClass {
    fn knows(&self, operator: &str) -> bool {
        self.operators.iter().chain(&self.distances).any(|name| name == operator)
    }
}
