//! Which table and column of the source belongs to which of the target, and in which form they are compared.

use super::mapping::form_of;
use super::names::called;
use super::options::{ParityOptions, TableMapping, matches};
use super::report::{ComparedColumn, SchemaDifference, SkippedColumn, Weight};
use super::value::ValueTest;
use crate::engine::TableName;
use crate::engine::migration::{
    ColumnShape, DatabaseShape, Form, Hashing, ReadColumn, Slice, TableShape, ValueKind,
};

/// One table on both sides.
#[derive(Debug, Clone)]
pub struct TablePair {
    pub source: TableShape,
    pub target: TableShape,
    pub reading: Reading,
}

/// What is read of it.
#[derive(Debug, Clone)]
pub struct Reading {
    pub source: Slice,
    pub target: Slice,
    pub tests: Vec<ValueTest>,
    pub compared: Vec<ComparedColumn>,
    pub skipped: Vec<SkippedColumn>,
    pub key: Vec<String>,
    /// Both engines print values alike and hash rows by themselves.
    pub own: bool,
    pub cautions: Vec<String>,
}

/// Everything there is to compare, and what has no counterpart.
#[derive(Debug, Default)]
pub struct Pairs {
    pub tables: Vec<TablePair>,
    pub differences: Vec<SchemaDifference>,
    pub left_out: Vec<String>,
}

pub struct Matching<'a> {
    pub source: &'a DatabaseShape,
    pub target: &'a DatabaseShape,
    pub same_family: bool,
    /// Both are the same engine, and not two of one family.
    pub engines_alike: bool,
    /// Both are of one version of one engine, and print definitions alike.
    pub same_version: bool,
    /// How servers of both sides hash rows by themselves, the best way that both know.
    pub own: Option<&'static str>,
    pub options: &'a ParityOptions,
}

impl Matching<'_> {
    pub fn pairs(&self) -> Pairs {
        let mut pairs = Pairs::default();
        let mut found: Vec<&TableName> = Vec::new();
        for table in &self.source.tables {
            let name = shown(&table.name);
            if !self.asked(&table.name) {
                pairs.left_out.push(format!("table {name}"));
                continue;
            }
            match self.counterpart(&table.name) {
                Some(target) => {
                    found.push(&target.name);
                    pairs.tables.push(TablePair {
                        reading: self.reading(table, target),
                        source: table.clone(),
                        target: target.clone(),
                    });
                }
                None => pairs.differences.push(SchemaDifference {
                    id: "missing-table".to_owned(),
                    weight: Weight::Difference,
                    object: name,
                    message: self.absence(&table.name),
                }),
            }
        }
        for table in &self.target.tables {
            let known_schema = self
                .source
                .tables
                .iter()
                .any(|source| self.schema_of(&source.name.schema) == table.name.schema);
            if !found.contains(&&table.name) && known_schema && self.asked(&table.name) {
                pairs.differences.push(SchemaDifference {
                    id: "extra-table".to_owned(),
                    weight: Weight::Difference,
                    object: shown(&table.name),
                    message: "a table of the target that the source does not have".to_owned(),
                });
            }
        }
        pairs
    }

    /// Two engines of one family spell some types and collations each in its own way.
    pub fn same_engine(&self) -> bool {
        self.same_family && self.engines_alike
    }

    /// Definitions name schemas: under another name they differ in nothing else.
    pub fn alike(&self) -> bool {
        self.options.schema_map.is_empty() && self.options.mappings.is_empty()
    }

    fn absence(&self, table: &TableName) -> String {
        let hidden = self.target.unreadable.iter().any(|name| name.name == table.name);
        match hidden {
            true => "this login may not read it on the target: grant SELECT".to_owned(),
            false => format!(
                "the target has no such table in {}; a --mapping file tells another name",
                self.schema_of(&table.schema)
            ),
        }
    }

    fn asked(&self, table: &TableName) -> bool {
        let full = shown(table);
        let named = |pattern: &String| matches(pattern, &full) || matches(pattern, &table.name);
        (self.options.tables.is_empty() || self.options.tables.iter().any(named))
            && !self.options.exclude_tables.iter().any(named)
    }

    /// The target's schema for one of the source.
    pub fn schema_of(&self, schema: &str) -> String {
        let mapped = self.options.schema_map.iter().find(|(source, _)| source == schema);
        if let Some((_, target)) = mapped {
            return target.clone();
        }
        let there = self.target.tables.iter().any(|table| table.name.schema == schema);
        match there || schema != self.source.home {
            true => schema.to_owned(),
            false => self.target.home.clone(),
        }
    }

    fn mapping(&self, table: &TableName) -> Option<&TableMapping> {
        let full = shown(table);
        self.options.mappings.iter().find(|m| m.source == full || m.source == table.name)
    }

    fn counterpart(&self, table: &TableName) -> Option<&TableShape> {
        let mapped = self.mapping(table).and_then(|mapping| mapping.target.as_deref());
        let schema = self.schema_of(&table.schema);
        let (schema, name) = match mapped {
            Some(target) => target.split_once('.').unwrap_or((&schema, target)),
            None => (schema.as_str(), table.name.as_str()),
        };
        let of = |same: &dyn Fn(&str, &str) -> bool| {
            let tables = self.target.tables.iter();
            tables.into_iter().find(|t| same(&t.name.schema, schema) && same(&t.name.name, name))
        };
        // Loaders fold names; one that is meant as it is belongs to no other.
        let taken = |t: &TableShape| {
            self.source.tables.iter().any(|other| {
                other.name != *table
                    && other.name.schema == table.schema
                    && other.name.name == t.name.name
            })
        };
        let folded = of(&|a, b| a.eq_ignore_ascii_case(b)).filter(|t| !taken(t));
        of(&|a, b| a == b).or(folded)
    }

    fn reading(&self, source: &TableShape, target: &TableShape) -> Reading {
        let mapping = self.mapping(&source.name);
        let mut reading = Reading {
            source: slice(source, mapping.and_then(|m| m.r#where.clone())),
            target: slice(
                target,
                mapping.and_then(|m| m.where_target.clone().or_else(|| m.r#where.clone())),
            ),
            tests: Vec::new(),
            compared: Vec::new(),
            skipped: Vec::new(),
            key: Vec::new(),
            own: self.same_family,
            cautions: Vec::new(),
        };
        for column in &source.columns {
            self.add_column(&mut reading, source, target, column);
        }
        self.choose_key(&mut reading, source, mapping);
        let mut columns = reading.source.columns.iter().chain(&reading.target.columns);
        // Bytes of another encoding hash otherwise.
        let alike =
            |column: &ReadColumn| column.form == Form::Plain && (self.own.is_none() || column.utf8);
        reading.own &= columns.all(alike);
        if let (true, Some(own)) = (reading.own, self.own) {
            (reading.source.hashing, reading.target.hashing) =
                (Hashing::Own(own), Hashing::Own(own));
        }
        // A table in partitions takes the place of one that others inherit from, rows included.
        let only = self.same_family && source.partitions == 0 && target.partitions == 0;
        (reading.source.only, reading.target.only) = (only, only);
        reading
    }

    fn add_column(
        &self,
        reading: &mut Reading,
        source: &TableShape,
        target: &TableShape,
        column: &ColumnShape,
    ) {
        let mapping = self.mapping(&source.name);
        let mut skip = |why: &str, asked| {
            let (column, why) = (column.name.clone(), why.to_owned());
            reading.skipped.push(SkippedColumn { column, why, asked });
        };
        let excluded = mapping.is_some_and(|m| m.exclude.contains(&column.name));
        let full = format!("{}.{}", shown(&source.name), column.name);
        let short = format!("{}.{}", source.name.name, column.name);
        if excluded
            || self.options.exclude_columns.iter().any(|p| matches(p, &full) || matches(p, &short))
        {
            return skip("left out, as asked for", true);
        }
        let named = mapping.and_then(|m| m.columns.get(&column.name)).unwrap_or(&column.name);
        let counterpart = called(named, &source.columns, &target.columns);
        // That it is absent is a difference of the schema, where the schema is compared.
        let Some(other) = counterpart else {
            return skip("the target has no such column", self.options.check_schema);
        };
        let zero = self.options.zero_dates_to_null;
        let found = form_of(column, other, self.same_family, zero);
        let found = found.map(|(form, _)| self.options.settled(form, column, other));
        match found {
            Err(why) => skip(&why, false),
            Ok(form) => {
                let long = column.may_be_long() && other.may_be_long();
                let read = |shape: &ColumnShape| ReadColumn {
                    name: shape.name.clone(),
                    kind: shape.kind,
                    form,
                    nullable: shape.nullable,
                    utf8: shape.utf8,
                    long,
                };
                let (a, b) = (read(column), read(other));
                reading.tests.push(ValueTest::of(&a, &b, self.options.float_tolerance));
                reading.compared.push(ComparedColumn {
                    source: column.name.clone(),
                    target: other.name.clone(),
                    form,
                });
                if let Some(caution) = form.caution() {
                    reading.cautions.push(format!("{}: {caution}", column.name));
                }
                reading.source.columns.push(a);
                reading.target.columns.push(b);
            }
        }
    }

    /// The source's key, where the values of all of its columns have a text that both sides write.
    fn choose_key(
        &self,
        reading: &mut Reading,
        source: &TableShape,
        mapping: Option<&TableMapping>,
    ) {
        let wanted = mapping.map(|m| &m.key).filter(|key| !key.is_empty()).unwrap_or(&source.key);
        let place = |name: &String| {
            let columns = &reading.source.columns;
            let place = columns.iter().position(|column| column.name == *name)?;
            columns[place].form.tells_apart().then_some(place)
        };
        let places: Option<Vec<usize>> = wanted.iter().map(place).collect();
        if let Some(places) = places.filter(|places| !places.is_empty()) {
            reading.key = wanted.clone();
            reading.source.key = places.clone();
            reading.target.key = places;
            let numbered = reading.key.len() == 1 && reading.range_column().is_some();
            (reading.source.numbered, reading.target.numbered) = (numbered, numbered);
        }
    }
}

impl Reading {
    /// There is something to read: of a table without any column its rows can be counted.
    pub fn is_readable(&self) -> bool {
        !self.compared.is_empty() || (self.skipped.is_empty() && self.source.columns.is_empty())
    }

    /// The leading column of the key, where it is a whole number on both sides: rows can be read by its ranges.
    pub fn range_column(&self) -> Option<usize> {
        let first = *self.source.key.first()?;
        let whole = |slice: &Slice| {
            let column = &slice.columns[first];
            // A row without a number lies in no range.
            !column.nullable
                && matches!(column.kind, ValueKind::Integer { .. })
                && matches!(column.form, Form::Integer | Form::Plain)
        };
        (whole(&self.source) && whole(&self.target)).then_some(first)
    }
}

fn slice(table: &TableShape, filter: Option<String>) -> Slice {
    Slice {
        table: table.name.clone(),
        columns: Vec::new(),
        key: Vec::new(),
        numbered: false,
        filter,
        hashing: Hashing::Canonical,
        only: false,
    }
}

/// `schema.table`.
pub fn shown(table: &TableName) -> String {
    format!("{}.{}", table.schema, table.name)
}
