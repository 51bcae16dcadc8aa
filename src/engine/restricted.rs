//! A part of what a planner goes by: what some statements touch.

use std::collections::BTreeSet;

use super::{Catalog, IndexFacts, PlannerState, StorageFacts};

impl PlannerState {
    /// The same with these relations alone, by their names without a schema.
    pub fn restricted(&self, names: &BTreeSet<String>) -> PlannerState {
        let names = &self.with_parents(names.clone());
        let indexes: Vec<IndexFacts> =
            self.indexes.iter().filter(|index| names.contains(&index.table)).cloned().collect();
        let kept = |relation: &String| {
            names.contains(relation) || indexes.iter().any(|index| index.name == *relation)
        };
        let part_of = |part: &StorageFacts| {
            names.iter().any(|name| {
                let (part, name) = (part.name.to_ascii_lowercase(), name.to_ascii_lowercase());
                part == name || part.starts_with(&format!("{name}#p#"))
            })
        };
        PlannerState {
            engine: self.engine.clone(),
            version: self.version.clone(),
            version_number: self.version_number,
            database: self.database.clone(),
            extensions: Vec::new(),
            settings: self.settings.clone(),
            objects: Vec::new(),
            relations: self.relations.iter().filter(|r| names.contains(&r.name)).cloned().collect(),
            columns: self.columns.iter().filter(|c| kept(&c.relation)).cloned().collect(),
            extended: Vec::new(),
            ends: Vec::new(),
            operator_groups: Vec::new(),
            roles: Vec::new(),
            storage: self.storage.iter().filter(|part| part_of(part)).cloned().collect(),
            kept: self.kept.clone(),
            catalog: Catalog::default(),
            hidden: Vec::new(),
            indexes,
        }
    }

    /// What a table is a part of has statistics over all of its parts.
    fn with_parents(&self, mut names: BTreeSet<String>) -> BTreeSet<String> {
        loop {
            let before = names.len();
            for relation in &self.relations {
                if names.contains(&relation.name) {
                    let parents = relation.partition.iter().map(|(parent, _)| parent);
                    names.extend(parents.chain(&relation.inherits).map(|p| p.name.clone()));
                }
            }
            if names.len() == before {
                return names;
            }
        }
    }
}
