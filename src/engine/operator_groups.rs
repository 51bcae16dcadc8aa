//! By what indexes order and search values, where users made that themselves.

use serde::{Deserialize, Serialize};

use super::QualifiedName;

/// A class of operators, or a family of such classes with the members that belong to none of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorGroupFacts {
    pub schema: String,
    pub name: String,
    /// The kind of index that it is for.
    pub method: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<OperatorClassFacts>,
    pub operators: Vec<GroupedOperator>,
    pub functions: Vec<GroupedFunction>,
}

impl OperatorGroupFacts {
    pub fn is_empty(&self) -> bool {
        self.operators.is_empty() && self.functions.is_empty()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperatorClassFacts {
    /// The type.
    pub of: String,
    pub is_default: bool,
    pub family: QualifiedName,
    /// What the index keeps, where that is another type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<String>,
}

/// What an operator does for an index is told by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupedOperator {
    pub number: u16,
    /// With its schema and the types of both sides.
    pub name: String,
    /// The family that its results are ordered by, where rows are fetched in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders_by: Option<QualifiedName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupedFunction {
    pub number: u16,
    /// With its schema and the types of its arguments.
    pub name: String,
    /// Of the values that it is for.
    pub types: [String; 2],
}
