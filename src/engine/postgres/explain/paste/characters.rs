//! Single characters that mail, web pages and word processors put in place of the server's own.

use std::borrow::Cow;

use super::row::Row;

const TAB_OF_SYSLOG: &str = "#011";
const ARROW: &str = "->";

/// As web pages spell characters that mean something to them.
const ENTITIES: [(&str, &str); 9] = [
    ("&gt;", ">"),
    ("&lt;", "<"),
    ("&quot;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&apos;", "'"),
    ("&#34;", "\""),
    ("&nbsp;", " "),
    ("&amp;", "&"),
];

/// What people's tools make of `->`.
const ARROWS: [&str; 9] = ["→", "⟶", "➔", "➜", "⇒", "—>", "–>", "−>", "=>"];

/// Only for plans in text form: the strings of a JSON plan are to stay as they are.
pub fn plain(rows: Vec<Row<'_>>) -> Vec<Row<'_>> {
    let habits = Habits::of(&rows);
    rows.into_iter().map(|row| Row { text: habits.plain(row.text), ..row }).collect()
}

/// What the text has in place of a plan's own characters, told from all of its lines.
#[derive(Debug, Clone, Copy)]
struct Habits {
    entities: bool,
    syslog: bool,
    typographic: bool,
}

impl Habits {
    fn of(rows: &[Row]) -> Self {
        let any = |wanted: &dyn Fn(&str) -> bool| rows.iter().any(|row| wanted(&row.text));
        let entity = |text: &str| ENTITIES.iter().any(|(entity, _)| text.contains(entity));
        Habits {
            // What spells these characters so has none of them left.
            entities: any(&entity) && !any(&|text| text.contains(['<', '>'])),
            syslog: rows.iter().filter(|row| row.text.contains(TAB_OF_SYSLOG)).count() > 1,
            // A word processor replaces all of them.
            typographic: any(&|text| text.contains(TYPOGRAPHIC)) && !any(&|t| t.contains('\'')),
        }
    }

    fn plain<'t>(self, mut line: Cow<'t, str>) -> Cow<'t, str> {
        if line.contains(NO_BREAK) {
            line = line.replace(NO_BREAK, " ").into();
        }
        if self.entities {
            line = ENTITIES
                .iter()
                .fold(line, |line, (entity, character)| line.replace(entity, character).into());
        }
        if self.syslog {
            line = line.replacen(TAB_OF_SYSLOG, "\t", 1).into();
        }
        if !line.is_ascii() {
            line = line.chars().filter(|c| !is_invisible(*c)).map(blank).collect();
        }
        if self.typographic {
            line = plainly_quoted(&line).into();
        }
        match with_arrow(&line) {
            Cow::Owned(line) => line.into(),
            Cow::Borrowed(_) => line,
        }
    }
}

/// A blank that a table of a page keeps: no plan has it otherwise.
const NO_BREAK: &str = "&nbsp;";
const TYPOGRAPHIC: [char; 2] = ['\u{2018}', '\u{2019}'];

/// With the quotes of a keyboard, and with its dash before `>`: `->>` stands in conditions too.
fn plainly_quoted(line: &str) -> String {
    let quotes = |c: char| match c {
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        _ => c,
    };
    let line: String = line.chars().map(quotes).collect();
    ["—>", "–>", "−>"].iter().fold(line, |line, dash| line.replace(dash, ARROW))
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
    fn quotes_of_a_word_processor_are_those_of_a_keyboard() {
        let line = "  Filter: ((doc —>> ‘k’::text) = ’v’::text)";
        assert_eq!(one(line), "  Filter: ((doc ->> 'k'::text) = 'v'::text)");
        let own = "  Filter: (name = 'it’s'::text)";
        assert_eq!(one(own), own);
        assert_eq!(one("&nbsp;&nbsp;->&nbsp;&nbsp;Sort"), "  ->  Sort");
    }

    #[test]
    fn tabs_reach_the_next_stop() {
        assert_eq!(expanded("\t->  Sort", 8), "        ->  Sort");
        assert_eq!(expanded("  \t  Sort Key: a", 8), "          Sort Key: a");
        assert_eq!(expanded("\tSort\t(cost", 4), "    Sort  (cost");
    }
}
