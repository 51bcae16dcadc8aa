//! `planwise rules`: the catalogue, read aloud.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{Exit, new_rule, rule_cases, rule_pages, rule_record};
use crate::cli::{Context, InputError};
use crate::printable::one_line;
use crate::report::format::counted;
use crate::rule::{Documented, Problem, Problems, Rule, RuleSet, check, documented_facts};

/// Look at the rules that judge plans, and check your own.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Verb>,

    /// Rules of your own beside the built-in ones; one of the same id replaces it.
    #[arg(long = "rules", value_name = "DIR", global = true)]
    folders: Vec<PathBuf>,

    /// How to print.
    #[arg(long, value_enum, default_value = "text", global = true)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Name and summary of every rule.
    List,
    /// Everything about one rule.
    Show {
        /// Its id, as in `rules list`.
        id: String,
    },
    /// Begin a rule of your own: its file, and a plan on which it speaks and one on which it is silent.
    New {
        /// Its id: small letters, digits and hyphens.
        id: String,
        /// Folder of your rules.
        #[arg(long, value_name = "DIR", default_value = "rules")]
        dir: PathBuf,
    },
    /// Check the rules of a folder; every mistake is named with its file and line. Plans in its cases/ID/ are tried.
    Check {
        /// Folder with one .toml file a rule.
        dir: PathBuf,
    },
    /// The facts that a rule's expressions may use.
    Facts,
    /// Write a page for each rule, made from its file, and a list of them.
    Pages {
        /// Folder to write them into.
        dir: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub async fn run(args: Args, context: &Context) -> Result<Exit> {
    let mut out = io::stdout().lock();
    let exit = match args.command.as_ref().unwrap_or(&Verb::List) {
        Verb::List => list(&args, context, &mut out),
        Verb::Show { id } => show(&args, id, context, &mut out),
        Verb::New { id, dir } => begun(id, dir, args.format, &mut out),
        Verb::Check { dir } => return checked(dir, args.format, &mut out),
        Verb::Pages { dir } => pages(&args, dir, &mut out),
        Verb::Facts => facts(args.format, context, &mut out),
    };
    piped(exit).map(|()| Exit::Fine)
}

fn load(args: &Args) -> Result<RuleSet> {
    RuleSet::load(&args.folders).map_err(|problems| refused(&problems))
}

fn refused(problems: &Problems) -> anyhow::Error {
    InputError::new(format!("these rules cannot be used:\n{problems}")).into()
}

/// A closed pipe is the reader's way to say that it has seen enough.
fn piped(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if is_broken_pipe(&error) => Ok(()),
        other => other,
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}

fn print_json(out: &mut dyn Write, value: &Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).context("rendering JSON")?;
    writeln!(out, "{text}")?;
    Ok(())
}

fn list(args: &Args, context: &Context, out: &mut dyn Write) -> Result<()> {
    let set = load(args)?;
    if args.format == Format::Json {
        let rows: Vec<Value> = set.rules().iter().map(|rule| row(rule, &set)).collect();
        return print_json(out, &json!(rows));
    }
    let widest = set.rules().iter().map(|rule| rule.id().len()).max().unwrap_or(0);
    for rule in set.rules() {
        let summary =
            format!("{}{}", rule.definition.summary, rule_record::note(rule_record::of(rule)));
        let left = format!("{:<widest$}  ", rule.id());
        write_hanging(out, &left, &summary, context.width)?;
    }
    writeln!(
        out,
        "\n{} rules. planwise rules show ID tells everything about one.",
        set.rules().len()
    )?;
    Ok(write_hanging(out, "", rule_record::LEGEND, context.width)?)
}

fn row(rule: &Rule, set: &RuleSet) -> Value {
    let definition = &rule.definition;
    json!({
        "id": definition.id,
        "summary": definition.summary,
        "scope": definition.scope,
        "engines": definition.engines,
        "evidence": definition.evidence,
        "built_in": rule.built_in,
        "preview": set.is_preview(rule),
        "ledger": rule_record::value(rule_record::of(rule)),
    })
}

fn show(args: &Args, id: &str, context: &Context, out: &mut dyn Write) -> Result<()> {
    let set = load(args)?;
    let Some(rule) = set.rule(id) else { return Err(unknown(&set, id).into()) };
    if args.format == Format::Json {
        return print_json(out, &serde_json::to_value(&rule.definition)?);
    }
    page(rule, context.width, out)
}

fn unknown(set: &RuleSet, id: &str) -> InputError {
    let likely = set
        .rules()
        .iter()
        .map(Rule::id)
        .filter(|known| id.split('-').any(|word| word.len() > 3 && known.contains(word)));
    let likely: Vec<&str> = likely.take(5).collect();
    let hint = match likely.is_empty() {
        true => "planwise rules list names them all".to_owned(),
        false => format!("did you mean {}?", likely.join(", ")),
    };
    InputError::new(format!("no rule is called {id:?}; {hint}"))
}

/// One rule as a page of text.
fn page(rule: &Rule, width: usize, out: &mut dyn Write) -> Result<()> {
    let d = &rule.definition;
    writeln!(out, "{}\n", d.id)?;
    write_hanging(out, "  ", &d.summary, width)?;
    let engines = if d.engines.is_empty() { "all".to_owned() } else { d.engines.join(", ") };
    let scope = serde_json::to_value(d.scope)?;
    let scope = scope.as_str().unwrap_or_default();
    writeln!(
        out,
        "\n  scope {scope}, engines {engines}, evidence {:?}, gain {}",
        d.evidence, d.gain
    )?;
    writeln!(out, "  from {}", rule.file.display())?;
    let paragraphs = [
        ("When", &d.when),
        ("Why", &d.why),
        ("Do", &d.fix),
        ("Verify", &d.verify),
        ("Undo", &d.undo),
        ("Ignore when", &d.ignore_when),
    ];
    for (heading, text) in paragraphs {
        writeln!(out, "\n{heading}")?;
        write_hanging(out, "  ", text, width)?;
    }
    parameters(rule, width, out)?;
    if rule.built_in {
        writeln!(out, "\nOn the project's databases")?;
        write_hanging(out, "  ", &rule_record::told(rule), width)?;
    }
    if !d.supersedes.is_empty() {
        writeln!(out, "\nTakes the place of")?;
        write_hanging(out, "  ", &d.supersedes.join(", "), width)?;
    }
    for reference in &d.references {
        writeln!(out, "\n{reference}")?;
    }
    Ok(())
}

fn parameters(rule: &Rule, width: usize, out: &mut dyn Write) -> Result<()> {
    if rule.definition.params.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nParameters")?;
    for (name, param) in &rule.definition.params {
        let left = format!("  {name} = {} {}: ", param.value, param.unit);
        write_hanging(out, &left, &param.why, width)?;
    }
    Ok(())
}

fn checked(dir: &Path, format: Format, out: &mut dyn Write) -> Result<Exit> {
    let outcome = check(dir).and_then(|count| match rule_cases::tried(dir) {
        Ok(tried) if tried.problems.is_empty() => Ok((count, tried.cases)),
        Ok(tried) => Err(Problems(tried.problems)),
        Err(error) => Err(Problems(vec![Problem::of_whole(dir, format!("{error:#}"))])),
    });
    if format == Format::Json {
        let problems = outcome.as_ref().err().map(|problems| problems.0.as_slice());
        let rows = problems
            .unwrap_or_default()
            .iter()
            .map(|p| json!({ "file": p.file, "line": p.line, "message": p.message }));
        let document = json!({ "rules": outcome.as_ref().ok().map(|(count, _)| count), "cases": outcome.as_ref().ok().map(|(_, cases)| cases), "problems": rows.collect::<Vec<_>>() });
        piped(print_json(out, &document))?;
        return Ok(if outcome.is_ok() { Exit::Fine } else { Exit::Usage });
    }
    match outcome {
        Ok((count, cases)) => {
            let cases = match cases {
                0 => String::new(),
                cases => format!(", {}", counted(cases, "case", "cases")),
            };
            let rules = counted(count, "rule", "rules");
            let line = writeln!(out, "{rules} in {}{cases}: fine", dir.display());
            piped(line.map_err(Into::into)).map(|()| Exit::Fine)
        }
        Err(problems) => Err(InputError::new(problems.to_string()).into()),
    }
}

fn pages(args: &Args, dir: &Path, out: &mut dyn Write) -> Result<()> {
    let count = rule_pages::write(&load(args)?, dir)?;
    let (rules, folder) = (counted(count, "rule", "rules"), one_line(&dir.display().to_string()));
    match args.format {
        Format::Json => print_json(out, &json!({ "rules": count, "folder": dir })),
        Format::Text => Ok(writeln!(out, "Pages of {rules} written: {folder}")?),
    }
}

fn begun(id: &str, dir: &Path, format: Format, out: &mut dyn Write) -> Result<()> {
    let files = new_rule::write(id, dir)?;
    if format == Format::Json {
        return print_json(out, &json!({ "written": files }));
    }
    for file in &files {
        writeln!(out, "Written: {}", one_line(&file.display().to_string()))?;
    }
    let folder = one_line(&dir.display().to_string());
    writeln!(out, "\nChange them, and hold them against the facts: planwise rules check {folder}")?;
    writeln!(out, "Use them with --rules {folder}")?;
    Ok(())
}

fn facts(format: Format, context: &Context, out: &mut dyn Write) -> Result<()> {
    let facts = documented_facts();
    if format == Format::Json {
        return print_json(out, &serde_json::to_value(&facts)?);
    }
    for fact in &facts {
        fact_line(fact, context.width, out)?;
    }
    writeln!(
        out,
        "\n{} facts. A condition that needs one which is not known says so.",
        facts.len()
    )?;
    Ok(())
}

fn fact_line(fact: &Documented, width: usize, out: &mut dyn Write) -> Result<()> {
    let scopes = fact.scopes.iter().filter_map(|scope| serde_json::to_value(scope).ok());
    let scopes: Vec<String> =
        scopes.filter_map(|scope| scope.as_str().map(str::to_owned)).collect();
    let kind = serde_json::to_value(fact.kind)?;
    let unit = if fact.unit.is_empty() { String::new() } else { format!(", {}", fact.unit) };
    let head = format!(
        "{} ({}{unit}; {})",
        fact.name,
        kind.as_str().unwrap_or_default(),
        scopes.join(", ")
    );
    write_hanging(out, "", &head, width)?;
    write_hanging(out, "    ", fact.meaning, width)?;
    Ok(())
}

/// `left` and then `text`, broken at `width`, further lines under the text's beginning.
fn write_hanging(out: &mut dyn Write, left: &str, text: &str, width: usize) -> io::Result<()> {
    let indent = left.chars().count();
    let room = width.max(40).saturating_sub(indent).max(20);
    let mut line = String::new();
    let mut prefix = left.to_owned();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            writeln!(out, "{prefix}{line}")?;
            prefix = " ".repeat(indent);
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{prefix}{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_under_its_own_beginning() {
        let mut out = Vec::new();
        write_hanging(&mut out, "name  ", &"word ".repeat(12), 40).expect("a Vec takes everything");
        let text = String::from_utf8(out).expect("UTF-8");
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("      word")), "{text}");
    }

    #[test]
    fn no_rule_or_fact_is_wider_than_the_terminal() {
        let set = RuleSet::load(&[]).expect("built-in rules load");
        let mut out = Vec::new();
        for rule in set.rules() {
            page(rule, 80, &mut out).expect("a Vec takes everything");
        }
        for fact in documented_facts() {
            fact_line(&fact, 80, &mut out).expect("a Vec takes everything");
        }
        let text = String::from_utf8(out).expect("UTF-8");
        let wide = text.lines().filter(|l| l.chars().count() > 80 && !l.starts_with("http"));
        assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
