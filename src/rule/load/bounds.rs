//! What a rule's expression may look like: bounded in length and depth, so that neither compiling
//! nor evaluating one can exhaust the stack or the memory.

/// Characters of one part; the longest built-in one has a tenth of it.
const LONGEST: usize = 8_000;
/// Open brackets at one place.
const DEEPEST: usize = 40;
/// Operators that the parser recurses for: `not`, `-` and `else` of one part.
const MOST_RECURSIVE: usize = 100;
/// Words after `{%`. Loops and assignments could make texts of any length out of short ones.
const TAGS: [&str; 4] = ["if", "elif", "else", "endif"];
const MOST_TAGS: usize = 60;

/// The reason why `source`, an expression or a text with expressions in it, is refused.
pub fn refusal(source: &str, is_expression: bool) -> Option<String> {
    if source.chars().count() > LONGEST {
        return Some(format!("is longer than {LONGEST} characters"));
    }
    let tags: Vec<&str> = source.split("{%").skip(1).map(first_word).collect();
    if let Some(tag) = tags.iter().find(|tag| !TAGS.contains(tag)) {
        return Some(format!("{{% {tag} %}} is not available; there is {}", TAGS.join(", ")));
    }
    let mut shape = Shape::default();
    match is_expression {
        true => shape.read(source),
        false => code(source).iter().for_each(|expression| shape.read(expression)),
    }
    if shape.depth > DEEPEST {
        return Some(format!("nests brackets deeper than {DEEPEST}"));
    }
    if shape.recursive > MOST_RECURSIVE || tags.len() > MOST_TAGS {
        return Some("is too long a chain of operators; split it with facts".to_owned());
    }
    shape.repeats_text.then(|| "multiplies a text, which could make one of any length".to_owned())
}

fn first_word(tag: &str) -> &str {
    tag.trim_start_matches(['-', '+'])
        .trim_start()
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or("")
}

/// What stands between `{{` and `}}`, and between `{%` and `%}`: the rest is prose.
fn code(text: &str) -> Vec<&str> {
    let openings = text.match_indices(['{', '%']).map(|(at, _)| at);
    let code = |at: usize| {
        let inside =
            text.get(at..)?.strip_prefix("{{").or_else(|| text.get(at..)?.strip_prefix("{%"))?;
        let end = inside.find("}}").into_iter().chain(inside.find("%}")).min();
        Some(&inside[..end.unwrap_or(inside.len())])
    };
    openings.filter_map(code).collect()
}

#[derive(Default)]
struct Shape {
    depth: usize,
    recursive: usize,
    repeats_text: bool,
}

impl Shape {
    /// Reads an expression; what stands in quotes counts as one text.
    fn read(&mut self, source: &str) {
        let mut depth = 0usize;
        let mut before = ' ';
        let mut rest = source.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\'' | '"' => {
                    while let Some(inner) = rest.next() {
                        match inner {
                            '\\' => drop(rest.next()),
                            inner if inner == c => break,
                            _ => {}
                        }
                    }
                    self.repeats_text |= before == '*';
                }
                '(' | '[' | '{' => {
                    self.repeats_text |= c == '[' && before == '*';
                    depth += 1;
                    self.depth = self.depth.max(depth);
                }
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                '-' => self.recursive += 1,
                '*' => self.repeats_text |= matches!(before, '\'' | '"' | ']'),
                c if c.is_alphabetic() => {
                    let mut word = c.to_string();
                    while let Some(more) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                        word.push(more);
                    }
                    self.recursive += usize::from(matches!(word.as_str(), "not" | "else"));
                }
                _ => {}
            }
            if !c.is_whitespace() {
                before = c;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rules_need_is_accepted() {
        for (source, is_expression) in [
            ("node.rows > 3 and not (node.loops < 2 or node.is_seq_scan)", true),
            ("params.share * 100 - (1 - node.share) * 2 + ('*' in node.filter)", true),
            ("{% if a %}{{ x | count }} rows{% elif b %}the table's{% else %}no{% endif %}", false),
            ("a table's count(*) 'x' * 2 - in prose - of {{ table.name }}", false),
        ] {
            assert_eq!(refusal(source, is_expression), None, "{source}");
        }
    }

    #[test]
    fn what_could_exhaust_stack_or_memory_is_refused() {
        let refused = [
            "not ".repeat(10_000) + "a",
            "-".repeat(1_000) + "1",
            "(".repeat(50) + "1" + &")".repeat(50),
            "{% set x = [1] %}{% for y in x %}{% endfor %}".to_owned(),
            "{%- for x in y -%}a{% endfor %}".to_owned(),
            "'x' * 1000000000".to_owned(),
            "1000000000 * 'x'".to_owned(),
            "[1] * 1000000000".to_owned(),
            "1 if a else ".repeat(200) + "2",
        ];
        for source in refused {
            let as_text = format!("it's {{{{ {source} }}}}");
            let is_tag = source.starts_with("{%");
            assert!(is_tag || refusal(&source, true).is_some(), "{source}");
            assert!(refusal(if is_tag { &source } else { &as_text }, false).is_some(), "{source}");
        }
    }
}
