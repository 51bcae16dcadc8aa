//! Guessing `log_line_prefix` from a log, where nobody gave it.

use std::collections::HashMap;

use super::clock::timestamp;
use super::head::severity;
use super::pattern::Pattern;

/// Forms that are told apart: processes without a session print another one.
const MOST_FORMS: usize = 6;
/// Lines that are looked at.
const MOST_LINES: usize = 5000;

/// The prefixes of `sample`, the most frequent first. Empty where no line looks like an entry.
pub fn guess(sample: &[u8]) -> Vec<Pattern> {
    let mut forms: HashMap<String, usize> = HashMap::new();
    let mut lines = 0;
    for line in sample.split(|byte| *byte == b'\n').take(MOST_LINES) {
        if let Some(prefix) = prefix_of(line) {
            *forms.entry(form(prefix)).or_default() += 1;
            lines += 1;
        }
    }
    let mut forms: Vec<(String, usize)> = forms.into_iter().collect();
    forms.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    // A single odd line among many is text that looks like an entry.
    let least = lines / 500;
    // Processes without a session print the beginning of what others do, however seldom they speak.
    let main = forms.first().map(|(form, _)| form.clone()).unwrap_or_default();
    let shorter = |form: &str| form.len() > 1 && main.starts_with(form);
    let common =
        forms.into_iter().filter(|(form, count)| *count > least || shorter(form)).take(MOST_FORMS);
    common.filter_map(|(form, _)| Pattern::parse(&form).ok()).collect()
}

/// Whether `line` begins an entry, or tells more of one: a level stands in it.
pub fn has_level(line: &[u8]) -> bool {
    prefix_of(line).is_some()
}

/// What stands before the level of a line that has one.
fn prefix_of(line: &[u8]) -> Option<&[u8]> {
    if matches!(line.first(), Some(b'\t' | b' ') | None) {
        return None;
    }
    let line = &line[..line.len().min(600)];
    let mut from = 0;
    loop {
        let colon = from + memchr::memchr(b':', &line[from..])?;
        from = colon + 1;
        let start = word_before(line, colon);
        let known = start < colon
            && severity(&line[start..]).is_some_and(|(_, length)| start + length > colon);
        // `user=LOG:  ` would be a name; an entry's level follows a blank, a mark that ends a field (Azure's prefix ends
        // with a dash), or nothing.
        let apart = start == 0
            || matches!(
                line[start - 1],
                b' ' | b':' | b']' | b'>' | b'|' | b',' | b'\t' | b'-' | b')' | b';'
            );
        if known && apart {
            return Some(&line[..start]);
        }
    }
}

/// Where the word (or the two words) before `end` begins.
fn word_before(line: &[u8], end: usize) -> usize {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
    let mut start = end;
    // French puts a blank before the colon.
    if start > 0 && line[start - 1] == b' ' {
        start -= 1;
    }
    while start > 0 && is_word(line[start - 1]) {
        start -= 1;
    }
    start
}

/// The setting that would print `prefix`.
fn form(prefix: &[u8]) -> String {
    let mut form = Form::default();
    let mut at = 0;
    while at < prefix.len() {
        at += form.take(prefix, at);
    }
    form.setting
}

#[derive(Default)]
struct Form {
    setting: String,
    times: u32,
    process: bool,
    line: bool,
    words: u32,
}

/// What is written before `=` for which field.
const KEYS: [(&str, char); 24] = [
    ("user", 'u'),
    ("usr", 'u'),
    ("u", 'u'),
    ("db", 'd'),
    ("database", 'd'),
    ("dbname", 'd'),
    ("d", 'd'),
    ("app", 'a'),
    ("application", 'a'),
    ("application_name", 'a'),
    ("appname", 'a'),
    ("a", 'a'),
    ("client", 'h'),
    ("host", 'h'),
    ("remote", 'h'),
    ("h", 'h'),
    ("r", 'h'),
    ("pid", 'p'),
    ("p", 'p'),
    ("sess", 'c'),
    ("session", 'c'),
    ("sessionid", 'c'),
    ("sqlstate", 'e'),
    ("state", 'e'),
];

impl Form {
    /// Takes the next token and returns its length.
    fn take(&mut self, prefix: &[u8], at: usize) -> usize {
        let rest = &prefix[at..];
        let begins = at == 0 || !is_word(prefix[at - 1]);
        if begins && let Some((_, length)) = timestamp(rest) {
            self.times += 1;
            self.setting.push_str(if self.times == 1 { "%m" } else { "%s" });
            return length;
        }
        if !is_word(rest[0]) {
            self.push_text(rest[0]);
            return 1;
        }
        let length = rest.iter().take_while(|byte| is_word(**byte) || **byte == b'.').count();
        let word = String::from_utf8_lossy(&rest[..length]);
        match rest.get(length) {
            Some(b'=') => self.keyed(&word, rest, length),
            Some(b'@') => self.user_and_database(rest, length),
            _ => self.plain(&word, rest, length),
        }
    }

    fn push_text(&mut self, byte: u8) {
        match byte {
            b'%' => self.setting.push_str("%%"),
            byte => self.setting.push(char::from(byte)),
        }
    }

    fn keyed(&mut self, word: &str, rest: &[u8], length: usize) -> usize {
        let field =
            KEYS.iter().find(|(key, _)| key.eq_ignore_ascii_case(word)).map(|(_, field)| *field);
        let value = &rest[length + 1..];
        let number = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
        // An application's name may hold blanks; nothing else does.
        let ends: &[u8] = if field == Some('a') { b",|]);" } else { b",|]); " };
        let end = value.iter().position(|byte| ends.contains(byte)).unwrap_or(value.len());
        let end = value[..end].trim_ascii_end().len();
        self.setting.push_str(word);
        self.setting.push('=');
        self.setting.push('%');
        self.setting.push(match field {
            Some('p') if number == end && number > 0 => {
                self.process = true;
                'p'
            }
            Some('c') if value[..end].contains(&b'.') => 'c',
            Some(known @ ('u' | 'd' | 'a' | 'h' | 'e')) => known,
            _ => 'w',
        });
        length + 1 + end
    }

    fn user_and_database(&mut self, rest: &[u8], length: usize) -> usize {
        let value = &rest[length + 1..];
        let end =
            value.iter().position(|byte| !is_word(*byte) && *byte != b'.').unwrap_or(value.len());
        self.setting.push_str("%u@%d");
        length + 1 + end
    }

    /// What a bare number is, by those before it.
    fn number(&mut self) -> char {
        match (self.process, self.line) {
            (false, _) => {
                self.process = true;
                'p'
            }
            (true, false) => {
                self.line = true;
                'l'
            }
            (true, true) => 'x',
        }
    }

    fn plain(&mut self, word: &str, rest: &[u8], length: usize) -> usize {
        let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        if let Some((first, second)) = word.split_once('-')
            && number(first)
            && number(second)
        {
            // `[3-1]`, as in `%l-1`: the second of them, which hardly ever changes, may as well be a number.
            let (first, second) = (self.number(), self.number());
            self.setting.push_str(&format!("%{first}-%{second}"));
            return length;
        }
        let digits = number(word);
        let next = rest.get(length).copied();
        let field = if digits && next == Some(b'/') {
            let more = rest[length + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            self.setting.push_str("%v");
            return length + 1 + more;
        } else if word.len() == 14
            && word.as_bytes()[10] == b'.'
            && word.bytes().filter(u8::is_ascii_digit).count() == 13
        {
            self.times += 1;
            'n'
        } else if is_session(word) {
            'c'
        } else if word.len() == 5
            && self.process
            && word.starts_with(|c: char| c.is_ascii_digit())
            && is_code(word)
        {
            'e'
        } else if digits {
            self.number()
        } else if is_address(word) {
            let port = next == Some(b'(');
            let close = rest.iter().position(|byte| *byte == b')').filter(|_| port);
            self.setting.push_str(if port { "%r" } else { "%h" });
            return close.map_or(length, |close| close + 1);
        } else {
            self.words += 1;
            // Without any hint the usual order is taken: who, where, with what.
            match self.words {
                1 if self.times + u32::from(self.process) > 0 => 'u',
                2 => 'd',
                3 => 'a',
                _ => 'w',
            }
        };
        self.setting.push('%');
        self.setting.push(field);
        length
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte >= 0x80
}

fn is_session(word: &str) -> bool {
    let Some((start, process)) = word.split_once('.') else { return false };
    let hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (7..=9).contains(&start.len()) && hex(start) && hex(process)
}

fn is_code(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn is_address(word: &str) -> bool {
    word.parse::<std::net::IpAddr>().is_ok() || word == "local"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(sample: &str) -> Vec<String> {
        guess(sample.as_bytes()).into_iter().map(|pattern| pattern.setting).collect()
    }

    #[test]
    fn common_prefixes_are_guessed() {
        for (line, setting) in [
            ("2024-03-04 10:11:12.345 CET [71] LOG:  x", "%m [%p] "),
            ("2024-03-04 10:11:12 UTC:10.0.0.1(5432):ann@shop:[71]:LOG:  x", "%m:%r:%u@%d:[%p]:"),
            ("2024-03-04 10:11:12.345 UTC [71] ann@shop LOG:  x", "%m [%p] %u@%d "),
            (
                "2024-03-04 10:11:12 UTC [71]: [3-1] user=ann,db=shop,app=my app 2,client=10.0.0.1 LOG:  x",
                "%m [%p]: [%l-%x] user=%u,db=%d,app=%a,client=%h ",
            ),
            ("1709543472.345 65e59e30.1f LOG:  x", "%n %c "),
            ("2024-03-04 10:11:12 UTC 71 ann shop LOG:  x", "%m %p %u %d "),
            ("2024-03-04 10:11:12 UTC [71] FEHLER:  x", "%m [%p] "),
            ("LOG:  x", ""),
        ] {
            let guessed = settings(line);
            assert_eq!(guessed, [setting], "{line}");
            let pattern = &guess(line.as_bytes())[0];
            assert!(pattern.read(line.as_bytes()).is_some(), "{setting} on {line}");
        }
    }

    #[test]
    fn text_without_entries_gives_nothing() {
        assert_eq!(settings("SELECT 1;\nfoo: bar\n# Time: 2024\n"), [""; 0]);
    }

    #[test]
    fn processes_without_a_session_have_a_form_of_their_own() {
        let sample = "2024-03-04 10:11:12.345 UTC [71] ann@shop LOG:  x\n2024-03-04 10:11:12.345 UTC [1] LOG:  checkpoint\n";
        assert_eq!(settings(sample).len(), 2);
    }
}
