//! Which file gets which size, and what has to stand in it.

use std::collections::{HashMap, HashSet};

use super::heights;
use super::restore::Work;
use super::types::{Numbers, Relation};
use crate::engine::{
    FileContent, IndexFacts, InvertedFacts, PlannerState, QualifiedName, SizedFile,
};

impl Work<'_> {
    pub(super) fn sized(&self, numbers: &Numbers) -> Vec<SizedFile> {
        let mut files = Vec::new();
        let widths = self.widths();
        for relation in &self.state.relations {
            let found = numbers.relation(&relation.schema, &relation.name);
            let name = qualified(&relation.schema, &relation.name);
            files.extend(file(found, name, relation.blocks, FileContent::AsItIs));
        }
        for index in self.state.indexes.iter().chain(&self.new_indexes) {
            let Some(found) = numbers.relation(&index.schema, &index.name) else { continue };
            let content = match index.method.as_str() {
                "btree" => FileContent::Tree {
                    height: height(index, &widths),
                    leaf: self.leaves.get(&found.oid).map(Into::into),
                },
                "brin" => self.summaries(index),
                "gin" => index.inverted.map_or(FileContent::AsItIs, counted),
                _ => FileContent::AsItIs,
            };
            let name = qualified(&index.schema, &index.name);
            // What the server has made is never cut off.
            let blocks = index.blocks.max(1);
            files.extend(file(Some(found), name, blocks, content));
        }
        files
    }

    fn widths(&self) -> HashMap<(&str, &str, &str), f64> {
        let columns = self.state.columns.iter();
        let key = |c: &'_ crate::engine::ColumnFacts| c.width as f64;
        columns
            .map(|c| ((c.schema.as_str(), c.relation.as_str(), c.column.as_str()), key(c)))
            .collect()
    }

    /// The page up to which a BRIN index maps ranges of blocks to their summaries: the planner reads it.
    fn summaries(&self, index: &IndexFacts) -> FileContent {
        let table =
            self.state.relations.iter().find(|r| r.schema == index.schema && r.name == index.table);
        let blocks = table.map_or(0, |table| table.blocks);
        let words: Vec<&str> = index.statement.split(['\'', '=', ' ', '(', ')', ',']).collect();
        let at = words.iter().position(|word| *word == "pages_per_range");
        let asked =
            at.and_then(|at| words[at + 1..].iter().find_map(|word| word.parse::<u64>().ok()));
        let ranges = blocks.div_ceil(asked.unwrap_or(128).max(1));
        let pages = ranges.div_ceil(SUMMARIES_A_PAGE).max(1);
        FileContent::Words(vec![(LAST_MAP_PAGE, u32::try_from(pages).unwrap_or(u32::MAX))])
    }
}

/// A relation of any server has no more: the numbers of blocks end there.
const MOST_BLOCKS: u64 = u32::MAX as u64 - 1;

/// Source: the server's brin_page.h; the place is behind the page's header, a magic number, a version and the range.
const SUMMARIES_A_PAGE: u64 = 1360;
const LAST_MAP_PAGE: usize = 24 + 12;

/// Into the first page of an inverted index. Source: `GinMetaPageData` in the server's ginblock.h, behind the page's header.
fn counted(facts: InvertedFacts) -> FileContent {
    let words = [facts.words as u32, (facts.words >> 32) as u32];
    FileContent::Words(vec![
        (36, facts.waiting_pages),
        (48, facts.all_pages),
        (52, facts.word_pages),
        (56, facts.list_pages),
        (64, words[0]),
        (68, words[1]),
    ])
}

fn qualified(schema: &str, name: &str) -> QualifiedName {
    QualifiedName { schema: schema.to_owned(), name: name.to_owned() }
}

fn file(
    relation: Option<&Relation>,
    name: QualifiedName,
    blocks: u64,
    content: FileContent,
) -> Option<SizedFile> {
    let path = relation?.path.as_ref()?.into();
    let blocks = blocks.min(MOST_BLOCKS);
    Some(SizedFile { path, relation: name, blocks, content })
}

/// Where nothing says how wide a key is.
pub(super) const UNKNOWN_WIDTH: f64 = 16.0;

fn height(index: &IndexFacts, widths: &HashMap<(&str, &str, &str), f64>) -> u32 {
    if let Some(height) = index.height {
        return height;
    }
    let width = |(relation, column): &(String, String)| {
        let key = (index.schema.as_str(), relation.as_str(), column.as_str());
        widths.get(&key).copied().unwrap_or(UNKNOWN_WIDTH)
    };
    heights::modelled(index.blocks, index.keys.iter().map(width).sum())
}

impl PlannerState {
    /// Those of `files` that are of its tables and indexes.
    pub(super) fn own<'f>(&self, files: &'f [SizedFile]) -> Vec<&'f SizedFile> {
        let tables = self.relations.iter().map(|r| (r.schema.as_str(), r.name.as_str()));
        let indexes = self.indexes.iter().map(|i| (i.schema.as_str(), i.name.as_str()));
        let named: HashSet<(&str, &str)> = tables.chain(indexes).collect();
        let is_own = |file: &&SizedFile| {
            named.contains(&(file.relation.schema.as_str(), file.relation.name.as_str()))
        };
        files.iter().filter(is_own).collect()
    }
}
