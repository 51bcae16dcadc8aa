//! Comparing a proposed index with those that are there.

use crate::engine::{
    Index, IndexDefinition, IndexGrammar, IndexKey, KeyDefinition, KeySubject, Table,
};

/// The existing index that does all that `wanted` would do; an invalid one counts too, since the
/// right advice is then to build that one again.
pub fn covering<'a>(
    table: &'a Table,
    wanted: &IndexDefinition,
    grammar: &dyn IndexGrammar,
) -> Option<&'a Index> {
    table.indexes.iter().find(|index| covers(index, wanted, grammar))
}

fn covers(index: &Index, wanted: &IndexDefinition, grammar: &dyn IndexGrammar) -> bool {
    let ordered = wanted.method == grammar.ordered_method();
    index.method == wanted.method
        && covers_condition(index.predicate.as_deref(), wanted.predicate.as_deref(), grammar)
        && if ordered {
            leads_with(&index.keys, &wanted.keys, grammar) && carries(index, wanted)
        } else {
            wanted.keys.iter().all(|key| has_key(index, key, grammar))
        }
}

/// An index of all rows finds the few of a condition too, but reads past all others: what that is worth is the planner's
/// to say.
fn covers_condition(has: Option<&str>, wants: Option<&str>, grammar: &dyn IndexGrammar) -> bool {
    match (has, wants) {
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
        (Some(has), Some(wants)) => grammar.same_expression(has, wants),
    }
}

/// `keys` begin with `wanted`, all in the same or all in the opposite direction.
fn leads_with(keys: &[IndexKey], wanted: &[KeyDefinition], grammar: &dyn IndexGrammar) -> bool {
    if keys.len() < wanted.len() {
        return false;
    }
    let pairs = || keys.iter().zip(wanted);
    let subjects = pairs().all(|(has, wants)| {
        same_subject(has, &wants.subject, grammar) && has.operator_class == wants.operator_class
    });
    let forwards = pairs().all(|(has, wants)| {
        has.descending == wants.descending && has.nulls_first == wants.nulls_first
    });
    let backwards = pairs().all(|(has, wants)| {
        has.descending != wants.descending && has.nulls_first != wants.nulls_first
    });
    subjects && (forwards || backwards || wanted.len() == 1 && is_plain(&wanted[0]))
}

/// A single ascending key is looked up, or read backwards, whatever its direction.
fn is_plain(key: &KeyDefinition) -> bool {
    !key.descending && !key.nulls_first
}

fn same_subject(has: &IndexKey, wants: &KeySubject, grammar: &dyn IndexGrammar) -> bool {
    match wants {
        KeySubject::Column(name) => has.column.as_ref() == Some(name),
        KeySubject::Expression(text) => {
            has.column.is_none() && grammar.same_expression(&has.text, text)
        }
    }
}

fn carries(index: &Index, wanted: &IndexDefinition) -> bool {
    wanted.include.iter().all(|column| {
        index.include.contains(column)
            || index.keys.iter().any(|key| key.column.as_ref() == Some(column))
    })
}

fn has_key(index: &Index, wants: &KeyDefinition, grammar: &dyn IndexGrammar) -> bool {
    index.keys.iter().any(|has| {
        same_subject(has, &wants.subject, grammar) && has.operator_class == wants.operator_class
    })
}

/// An existing index in the form of a definition, to compare two existing ones.
pub fn definition_of(table: &Table, index: &Index) -> IndexDefinition {
    let key = |key: &IndexKey| KeyDefinition {
        subject: match &key.column {
            Some(column) => KeySubject::Column(column.clone()),
            None => KeySubject::Expression(key.text.clone()),
        },
        descending: key.descending,
        nulls_first: key.nulls_first,
        operator_class: key.operator_class.clone(),
    };
    IndexDefinition {
        schema: table.schema.clone(),
        table: table.name.clone(),
        method: index.method.clone(),
        keys: index.keys.iter().map(key).collect(),
        include: index.include.clone(),
        predicate: index.predicate.clone(),
    }
}

/// Whether `wider` does everything that the existing `narrow` does for reads.
pub fn makes_needless(
    wider: &IndexDefinition,
    narrow: &IndexDefinition,
    grammar: &dyn IndexGrammar,
) -> bool {
    let as_index = Index {
        name: String::new(),
        method: wider.method.clone(),
        keys: wider.keys.iter().map(key_as_existing).collect(),
        include: wider.include.clone(),
        predicate: wider.predicate.clone(),
        unique: false,
        primary: false,
        constraint: false,
        valid: true,
        bytes: 0,
        scans: None,
        ddl: String::new(),
    };
    // Of a partial pair only equal conditions are safe: the planner must prove the implication.
    let conditions = match (&wider.predicate, &narrow.predicate) {
        (None, None) => true,
        (Some(wide), Some(narrow)) => grammar.same_expression(wide, narrow),
        _ => false,
    };
    conditions && covers(&as_index, narrow, grammar)
}

fn key_as_existing(key: &KeyDefinition) -> IndexKey {
    let (column, text) = match &key.subject {
        KeySubject::Column(name) => (Some(name.clone()), name.clone()),
        KeySubject::Expression(text) => (None, text.clone()),
    };
    IndexKey {
        column,
        text,
        descending: key.descending,
        nulls_first: key.nulls_first,
        operator_class: key.operator_class.clone(),
    }
}
