//! Single characters that mail, web pages and word processors put in place of the server's own.

use std::borrow::Cow;

use super::row::Row;

const TAB_OF_SYSLOG: &str = "#011";
const ARROW: &str = "->";

/// As web pages spell characters that mean something to them.
const ENTITIES: [(&str, &str); 7] = [
    ("&gt;", ">"),
    ("&lt;", "<"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#34;", "\""),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// What people's tools make of `->`.
const ARROWS: [&str; 9] = ["→", "⟶", "➔", "➜", "⇒", "—>", "–>", "−>", "=>"];

/// Only for plans in text form: the strings of a JSON plan are to stay as they are.
pub fn plain(rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    // What spells these characters so has none of them left.
    let entities =
        ENTITIES.iter().any(|(entity, _)| rows.iter().any(|row| row.text.contains(entity)))
            && !rows.iter().any(|row| row.text.contains(['<', '>']));
    let syslog = rows.iter().filter(|row| row.text.contains(TAB_OF_SYSLOG)).count() > 1;
    rows.into_iter()
        .map(|row| Row { text: plain_line(row.text, entities, syslog), ..row })
        .collect()
}

fn plain_line(mut line: Cow<'_, str>, entities: bool, syslog: bool) -> Cow<'_, str> {
    if entities {
        line = ENTITIES
            .iter()
            .fold(line, |line, (entity, character)| line.replace(entity, character).into());
    }
    if syslog {
        line = line.replacen(TAB_OF_SYSLOG, "\t", 1).into();
    }
    if !line.is_ascii() {
        line = line.chars().filter(|c| !is_invisible(*c)).map(blank).collect();
    }
    match with_arrow(&line) {
        Cow::Owned(line) => line.into(),
        Cow::Borrowed(_) => line,
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// Blanks of other widths, the no-break space first of all.
fn blank(c: char) -> char {
    match c {
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        _ => c,
    }
}

/// An arrow in front of a node's name, whatever it was drawn with. A table or a mail may stand before it.
fn with_arrow(line: &str) -> Cow<'_, str> {
    if line.contains(ARROW) {
        return line.into();
    }
    let drawn = ARROWS.iter().find_map(|arrow| {
        let (before, after) = line.split_once(arrow)?;
        let leads = !before.contains(char::is_alphabetic) || super::row::mentions_figures(after);
        let named = after.trim_start().starts_with(|c: char| c.is_ascii_uppercase());
        (leads && named && after.starts_with(' ')).then(|| format!("{before}{ARROW}{after}"))
    });
    drawn.map_or(line.into(), Cow::from)
}

/// Tabs in front as blanks up to the next multiple of `width`; a tab elsewhere stands for two blanks.
pub fn without_tabs<'a>(rows: &'a [Row<'_>], width: usize) -> Vec<Row<'a>> {
    rows.iter().map(|row| row.with(expanded(&row.text, width))).collect()
}

fn expanded(line: &str, width: usize) -> Cow<'_, str> {
    if !line.contains('\t') {
        return line.into();
    }
    let body = line.trim_start_matches([' ', '\t']);
    let front = &line[..line.len() - body.len()];
    let column = front.chars().fold(0, |column, c| match c {
        '\t' => (column / width + 1) * width,
        _ => column + 1,
    });
    format!("{}{}", " ".repeat(column), body.replace('\t', "  ")).into()
}

/// A plan on one line, its line breaks written as two characters.
pub fn with_line_breaks(rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    let escaped =
        |row: &Row| row.text.matches("\\n").count() > 1 && super::row::mentions_figures(&row.text);
    if !rows.iter().any(escaped) {
        return rows;
    }
    rows.iter()
        .flat_map(|row| {
            if !escaped(row) {
                return vec![row.clone()];
            }
            unescaped(&row.text).lines().map(|line| row.with(line.to_owned())).collect()
        })
        .collect()
}

fn unescaped(text: &str) -> String {
    text.replace("\\r", "").replace("\\n", "\n").replace("\\t", "\t").replace("\\\"", "\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        plain(vec![Row { number: 1, text: text.into() }]).remove(0).text.into_owned()
    }

    #[test]
    fn arrows_are_put_back_in_front_of_names_only() {
        assert_eq!(one("  →  Seq Scan on t"), "  ->  Seq Scan on t");
        assert_eq!(one("\u{a0}\u{a0}-&gt;\u{a0} Seq Scan on t"), "  ->  Seq Scan on t");
        assert_eq!(one("  Filter: (note = 'a → B'::text)"), "  Filter: (note = 'a → B'::text)");
        assert_eq!(one("  Filter: (a >= 1)"), "  Filter: (a >= 1)");
    }

    #[test]
    fn tabs_reach_the_next_stop() {
        assert_eq!(expanded("\t->  Sort", 8), "        ->  Sort");
        assert_eq!(expanded("  \t  Sort Key: a", 8), "          Sort Key: a");
        assert_eq!(expanded("\tSort\t(cost", 4), "    Sort  (cost");
    }
}
