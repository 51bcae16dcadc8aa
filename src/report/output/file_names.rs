//! File names from query names, which are hostile.

use std::collections::HashSet;

const LONGEST: usize = 80;

/// Gives every plan document a name of its own that is safe on any file system.
#[derive(Debug, Default)]
pub struct FileNames {
    /// In lower case: some file systems do not tell cases apart.
    taken: HashSet<String>,
}

impl FileNames {
    /// `<query>-<n>.json`, with whatever else is in the query's name replaced.
    pub fn name(&mut self, query: &str, number: usize, suffix: &str) -> String {
        let stem = safe(query);
        let mut name = format!("{stem}-{number}{suffix}.json");
        let mut twin = 2;
        while !self.taken.insert(name.to_ascii_lowercase()) {
            name = format!("{stem}_{twin}-{number}{suffix}.json");
            twin += 1;
        }
        name
    }
}

fn safe(query: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let text: String = query.chars().map(kept).take(LONGEST).collect();
    let text = text.trim_start_matches(['.', '-']);
    if text.is_empty() { "query".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_cannot_leave_the_folder_or_collide() {
        let mut names = FileNames::default();
        assert_eq!(names.name("top films", 1, ""), "top_films-1.json");
        assert_eq!(names.name("top/films", 1, ""), "top_films_2-1.json");
        assert_eq!(names.name("TOP FILMS", 1, ""), "TOP_FILMS_3-1.json");
        assert_eq!(names.name("../../etc/passwd", 1, "-after"), "_.._etc_passwd-1-after.json");
        assert_eq!(names.name("", 2, ""), "query-2.json");
    }

    proptest! {
        #[test]
        fn any_name_is_a_plain_file_name(queries in prop::collection::vec(".*", 1..8)) {
            let mut names = FileNames::default();
            let mut seen = HashSet::new();
            for query in &queries {
                let name = names.name(query, 1, "");
                prop_assert!(name.len() <= LONGEST + 40 && !name.contains(['/', '\0', '\\']));
                prop_assert!(!name.starts_with('.'));
                prop_assert!(seen.insert(name.to_ascii_lowercase()));
            }
        }
    }
}
