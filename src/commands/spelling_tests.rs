use clap::CommandFactory;

use super::*;

fn said(line: &str) -> String {
    let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    Cli::read(&words).expect_err(line).to_string()
}

#[test]
fn verbs_of_other_programs_and_slips_are_understood_or_explained() {
    for (line, expected) in [
        ("planwise rnu w.sql", "did you mean `planwise run`?"),
        ("planwise runn w.sql", "did you mean `planwise run`?"),
        ("planwise advize w.sql", "did you mean `planwise advise`?"),
        ("planwise advisr w.sql", "did you mean `planwise advise`?"),
        ("planwise explian p.txt", "did you mean `planwise explain`?"),
        ("planwise comp a b", "did you mean `planwise compare`?"),
        ("planwise nightyl", "did you mean `planwise nightly`?"),
        ("planwise ANALYZE w.sql", "`planwise run WORKLOAD`"),
        ("planwise check", "--fail-on"),
        ("planwise version", "`planwise --version`"),
        ("planwise report", "report.html"),
        ("planwise frobnicate", "`planwise help` lists the verbs"),
        ("planwise Cargo.toml", "a verb comes first"),
    ] {
        let said = said(line);
        assert!(said.contains(expected), "{line}: {said}");
        assert!(!said.contains("similar"), "{line}: {said}");
    }
}

#[test]
fn options_of_other_programs_and_slips_are_explained() {
    for (line, expected) in [
        ("planwise run w.sql --rouns 3", "did you mean `--rounds`?"),
        ("planwise run w.sql --dn x", "did you mean `--db`?"),
        ("planwise run w.sql --databse x", "did you mean `--db`?"),
        ("planwise run w.sql --forma json", "did you mean `--format`?"),
        ("planwise run w.sql --no-colour", "did you mean `--no-color`?"),
        ("planwise run w.sql --json", "`--format json`"),
        ("planwise run w.sql --timeout 3", "--statement-timeout"),
        ("planwise run w.sql --iterations 3", "`--rounds N`"),
        ("planwise run w.sql -j 4", "`--clients N`"),
        ("planwise run -f w.sql", "without an option"),
        ("planwise tune w.sql --dry-run", "--apply"),
        ("planwise run w.sql --quite", "did you mean `--quiet`?"),
        ("planwise run w.sql --zzz", "`planwise run --help` lists the options"),
        ("planwise --zzz", "`planwise --help` lists the options"),
    ] {
        let said = said(line);
        assert!(said.contains(expected), "{line}: {said}");
        assert!(!said.contains("as a value") && !said.contains("similar"), "{line}: {said}");
    }
}

#[test]
fn a_clients_options_become_one_url() {
    for line in [
        "planwise run w.sql -h db1 -U me -d shop",
        "planwise run w.sql --host db1 --user me --dbname shop",
        "planwise advise w.sql -U me --host=db1 --database shop",
        "planwise tune w.sql -d shop -u me -h db1",
    ] {
        let said = said(line);
        assert!(said.contains("://me@db1/shop"), "{line}: {said}");
    }
    for line in ["planwise run w.sql --password s3cret", "planwise run w.sql -ps3cret -h db1"] {
        let said = said(line);
        assert!(said.contains("one URL") && !said.contains("s3cret"), "{line}: {said}");
    }
}

#[test]
fn help_stays_help() {
    for line in ["planwise -h", "planwise run -h", "planwise run -h Cargo.toml", "planwise -h run"]
    {
        assert!(said(line).contains("Usage: planwise"), "{line}");
    }
}

#[test]
fn a_missing_argument_comes_with_an_example() {
    assert!(said("planwise run").contains("planwise run queries.sql --db"));
    assert!(said("planwise explain").contains("planwise explain plan.txt, or -"));
}

#[test]
fn numbers_say_what_they_may_be() {
    for line in ["planwise run w.sql --rounds -3", "planwise run w.sql --rounds lots"] {
        let said = said(line);
        assert!(said.contains("write a whole number from 1 to 1000000"), "{line}: {said}");
    }
}

/// Every option that a hint names is one of planwise's, and the verbs in hints are verbs.
#[test]
fn hints_name_what_there_is() {
    let command = Cli::command();
    let known: Vec<String> = command
        .get_subcommands()
        .flat_map(|verb| verb.get_arguments().filter_map(|a| a.get_long()).map(str::to_owned))
        .chain(["version", "help"].map(str::to_owned))
        .collect();
    let meanings = VERBS.iter().chain(OPTIONS.iter()).map(|(_, meaning)| *meaning);
    for meaning in meanings {
        let words: Vec<&str> = meaning.split(['`', ' ', ',', ';', ':']).collect();
        for option in words.iter().filter_map(|word| word.strip_prefix("--")) {
            assert!(known.iter().any(|name| name == option), "--{option} in {meaning:?}");
        }
        for pair in
            words.windows(2).filter(|pair| pair[0] == "planwise" && !pair[1].starts_with('-'))
        {
            assert!(pair[1] == "help" || command.find_subcommand(pair[1]).is_some(), "{pair:?}");
        }
    }
}

/// The same option means the same wherever it stands: one help text would be too much, one kind of value is not.
#[test]
fn no_option_name_has_two_kinds_of_value() {
    let mut kinds: std::collections::HashMap<String, String> = std::collections::HashMap::new();
    for verb in Cli::command().get_subcommands() {
        for argument in verb.get_arguments() {
            let Some(long) = argument.get_long() else { continue };
            let kind = match argument.get_num_args() {
                Some(count) if !count.takes_values() => "a switch".to_owned(),
                _ => argument.get_value_names().map_or(String::new(), |names| names.join(" ")),
            };
            let known = kinds.entry(long.to_owned()).or_insert_with(|| kind.clone());
            let allowed = ["fail-on", "query", "out", "time"].contains(&long);
            assert!(*known == kind || allowed, "--{long}: {known} and {kind}");
        }
    }
}
