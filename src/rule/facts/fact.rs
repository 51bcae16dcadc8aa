//! One fact: name, unit, meaning, and how to get it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::Object;
use minijinja::{Error, ErrorKind, Value};
use serde::Serialize;

/// Start of the message with which evaluation ends when a fact is documented but not known here.
pub const UNKNOWN_FACT: &str = "unknown fact ";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Number,
    Flag,
    Text,
    List,
}

/// How a fact is computed from the place it is about. `None`: not known there.
enum Getter<S> {
    Number(fn(&S) -> Option<f64>),
    Flag(fn(&S) -> Option<bool>),
    Text(fn(&S) -> Option<String>),
    List(fn(&S) -> Option<Vec<String>>),
}

/// A fact about places of type `S`.
pub struct Fact<S> {
    pub name: &'static str,
    pub unit: &'static str,
    pub meaning: &'static str,
    getter: Getter<S>,
}

impl<S> Fact<S> {
    pub fn number(
        name: &'static str,
        unit: &'static str,
        meaning: &'static str,
        get: fn(&S) -> Option<f64>,
    ) -> Self {
        Fact { name, unit, meaning, getter: Getter::Number(get) }
    }

    pub fn flag(name: &'static str, meaning: &'static str, get: fn(&S) -> Option<bool>) -> Self {
        Fact { name, unit: "", meaning, getter: Getter::Flag(get) }
    }

    pub fn text(name: &'static str, meaning: &'static str, get: fn(&S) -> Option<String>) -> Self {
        Fact { name, unit: "", meaning, getter: Getter::Text(get) }
    }

    pub fn list(
        name: &'static str,
        meaning: &'static str,
        get: fn(&S) -> Option<Vec<String>>,
    ) -> Self {
        Fact { name, unit: "", meaning, getter: Getter::List(get) }
    }

    pub fn kind(&self) -> Kind {
        match self.getter {
            Getter::Number(_) => Kind::Number,
            Getter::Flag(_) => Kind::Flag,
            Getter::Text(_) => Kind::Text,
            Getter::List(_) => Kind::List,
        }
    }

    /// The value of a flag. `None` for what is no flag, or not known there.
    pub fn flag_at(&self, site: &S) -> Option<bool> {
        match self.getter {
            Getter::Flag(get) => get(site),
            _ => None,
        }
    }

    fn value(&self, site: &S) -> Option<Value> {
        match self.getter {
            // A number that is not finite (hostile plans hold such) is not known.
            Getter::Number(get) => get(site).filter(|number| number.is_finite()).map(Value::from),
            Getter::Flag(get) => get(site).map(Value::from),
            Getter::Text(get) => get(site).map(Value::from),
            Getter::List(get) => get(site).map(Value::from),
        }
    }
}

/// The facts of one place, under one name in a rule's expressions.
#[derive(Debug, Clone)]
pub struct FactSet {
    namespace: Cow<'static, str>,
    values: BTreeMap<Cow<'static, str>, Option<Value>>,
}

impl FactSet {
    pub fn compute<S>(namespace: &'static str, facts: &[Fact<S>], site: &S) -> Self {
        Self::of(namespace, facts.iter(), site)
    }

    /// As [`FactSet::compute`], of some facts alone.
    pub fn of<'f, S: 'f>(
        namespace: &'static str,
        facts: impl Iterator<Item = &'f Fact<S>>,
        site: &S,
    ) -> Self {
        let values = facts.map(|fact| (Cow::Borrowed(fact.name), fact.value(site))).collect();
        FactSet { namespace: Cow::Borrowed(namespace), values }
    }

    /// Facts whose names come from the data, such as counters. Names absent from the data are unknown.
    pub fn open(namespace: &str, values: BTreeMap<String, Option<Value>>) -> OpenFacts {
        let values = values.into_iter().map(|(name, value)| (Cow::Owned(name), value)).collect();
        OpenFacts(FactSet { namespace: Cow::Owned(namespace.to_owned()), values })
    }

    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }

    fn unknown(&self, name: &str) -> Value {
        let message = format!("{UNKNOWN_FACT}{}.{name}", self.namespace);
        Value::from(Error::new(ErrorKind::InvalidOperation, message))
    }
}

impl Object for FactSet {
    /// Undocumented names are undefined, which strict evaluation refuses; documented ones
    /// without a value carry an error that says which fact was missing.
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let value = self.values.get(name)?;
        Some(value.clone().unwrap_or_else(|| self.unknown(name)))
    }
}

#[derive(Debug, Clone)]
pub struct OpenFacts(FactSet);

impl OpenFacts {
    pub fn into_value(self) -> Value {
        Value::from_object(self)
    }
}

impl Object for OpenFacts {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        let value = self.0.values.get(name).cloned().flatten();
        Some(value.unwrap_or_else(|| self.0.unknown(name)))
    }
}

/// Facts whose names come from the data, as one value. A name that is not there, or has no value, is not known.
pub fn open_facts(namespace: &str, values: BTreeMap<String, Option<Value>>) -> Value {
    FactSet::open(namespace, values).into_value()
}
