//! One function for each parser: any bytes are read or refused. A panic, an overflow of the stack, a hang or a gigabyte
//! of memory is a finding.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use planwise::advise::Named;
use planwise::capture::{self, LogForm, LogOptions, Source};
use planwise::commands::nightly::Config;
use planwise::ddl::Script;
use planwise::engine::mysql::dialect::MysqlDialect;
use planwise::engine::postgres::dialect::PostgresDialect;
use planwise::engine::{self, Engine, mysql, postgres};
use planwise::plan::{Plan, measure, plan_shape};
use planwise::rule::{RuleSet, judge, judge_plan};
use planwise::run::{QueryRun, parse_record};
use planwise::snapshot::{Snapshot, drift};
use planwise::sql::Dialect;
use planwise::trace::overview::overview;
use planwise::trace::{Ordered, Reader};
use planwise::workload;

const DIALECTS: [&dyn Dialect; 2] = [&PostgresDialect, &MysqlDialect];

/// In memory, where the system has such a place.
static SCRATCH: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let memory = Path::new("/dev/shm");
    let folder = tempfile::Builder::new().prefix("planwise-fuzz-").to_owned();
    folder.tempdir_in(memory).or_else(|_| folder.tempdir()).expect("a folder")
});

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::load(&[]).expect("the built-in rules"));

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = SCRATCH.path().join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, bytes).expect("a file");
    path
}

/// Whatever is pasted as a plan is read or refused; what is read can be measured and judged.
pub fn plan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for engine in engine::all() {
        if let Ok(plan) = engine.parse_plan(text) {
            judge_alone(&plan, *engine);
        }
    }
}

fn judge_alone(plan: &Plan, engine: &dyn Engine) {
    let nodes = plan_shape(plan).lines().count();
    let measured = measure(plan);
    assert!(measured.nodes.len() <= nodes);
    for own in measured.nodes.iter().filter_map(|metrics| metrics.self_ms.as_ref()) {
        assert!(own.low <= own.high && own.low >= 0.0);
    }
    judge_plan(plan, &measured, None, &RULES, engine);
}

/// Statements lie where they say.
pub fn split(bytes: &[u8]) {
    let Ok(script) = std::str::from_utf8(bytes) else { return };
    for dialect in DIALECTS {
        for statement in planwise::sql::split(script, &dialect.lexis()).unwrap_or_default() {
            assert!(script[statement.offset..].starts_with(&statement.text));
        }
    }
}

/// Any text has a shape or an error.
pub fn shape(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for dialect in DIALECTS {
        if let Ok(shape) = dialect.shape(text) {
            assert_eq!(shape.fingerprint.len(), 16);
        }
    }
}

/// Any text is a condition of a plan or is not.
pub fn condition(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for dialect in DIALECTS {
        let _ = dialect.predicates(text);
    }
}

/// A workload as one file, and as a folder whose `workload.toml` it is.
pub fn workload(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else { return };
    let path = match kind % 2 {
        0 => file("queries.sql", bytes),
        _ => {
            file("folder/queries.sql", b"-- name: one\nSELECT $1;");
            file("folder/workload.toml", bytes);
            SCRATCH.path().join("folder")
        }
    };
    for dialect in DIALECTS {
        let _ = workload::read(&path, dialect);
    }
}

/// `--ddl`: the changes of a user, and what each creates.
pub fn script(bytes: &[u8]) {
    let path = file("changes.sql", bytes);
    for engine in engine::all() {
        let Ok(script) = Script::read(&path, engine.dialect()) else { continue };
        let _ = script.first_without_undo();
        let Some(grammar) = engine.index_grammar() else { continue };
        for statement in &script.statements {
            let _ = grammar.creates(&statement.text);
        }
    }
}

/// Dumps, line by line as they are loaded: nothing of a statement is lost but its terminator.
pub fn dump(bytes: &[u8]) {
    let mut pieces = Vec::new();
    let mut splitter = postgres::load::Splitter::default();
    for (number, line) in lines(bytes) {
        splitter.feed(line, number, &mut pieces);
        assert!(splitter.pending() <= bytes.len());
    }
    let _ = splitter.finish();
    let mut statements = Vec::new();
    let mut splitter = mysql::load::Splitter::default();
    for (number, line) in lines(bytes) {
        splitter.feed(line, number, &mut statements);
        assert!(splitter.pending() <= bytes.len());
    }
    statements.extend(splitter.finish().ok().flatten());
    for statement in statements {
        let without = mysql::load::without_definer(&statement.text);
        assert_eq!(without.len(), statement.text.len());
    }
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n'))
}

/// A rule of somebody's own, beside the built-in ones.
pub fn rules(bytes: &[u8]) {
    let path = file("rules/fuzzed.toml", bytes);
    let _ = RuleSet::load(&[path.parent().expect("a folder").to_owned()]);
}

/// A record, packed or not; what is read can be judged, and written and read again.
pub fn record(bytes: &[u8]) {
    let Ok(run) = parse_record(bytes, Path::new("run.json")) else { return };
    if let Some(engine) = engine::by_name(&run.server.engine) {
        let measured =
            |query: &QueryRun| Some((query.id.clone(), measure(&query.plans.first()?.plan)));
        judge(&run, &run.queries.iter().filter_map(measured).collect(), &RULES, engine);
    }
    let text = serde_json::to_vec(&run).expect("a record is JSON");
    parse_record(&text, Path::new("run.json")).expect("what was written is read");
}

/// URLs and connection strings, with the service and option files that they lead to: the first line is the URL, the
/// rest the file.
pub fn target(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (url, rest) = text.split_once('\n').unwrap_or((text, ""));
    let service = file("services.conf", rest.as_bytes()).display().to_string();
    let passwords = file("passwords", rest.as_bytes()).display().to_string();
    let variables = [
        ("PGSERVICEFILE", service),
        ("PGPASSFILE", passwords),
        ("PGSYSCONFDIR", "/none".to_owned()),
    ];
    let variables: HashMap<String, String> =
        variables.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let environment = postgres::connect::Environment {
        variables,
        user: Some("u".to_owned()),
        home: Some(SCRATCH.path().to_owned()),
    };
    let _ = postgres::connect::Target::resolve(url, &environment);
    let options = mysql::connect::client_options(rest);
    let environment = mysql::connect::Environment { variables: BTreeMap::new(), options };
    let _ = mysql::connect::Target::resolve(url, &environment);
    let _ = engine::for_url(url);
}

/// `planwise.toml`.
pub fn config(bytes: &[u8]) {
    let path = file("planwise.toml", bytes);
    let _ = Config::read(&path);
}

/// Indexes as `--forbid` and its like name them.
pub fn limits(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Named::parse(text);
    }
}

/// Any bytes as a log, in every form that its first bytes may be taken for and in each that can be forced.
pub fn log(bytes: &[u8]) {
    let (form, bytes) = bytes.split_first().map_or((0, bytes), |(form, rest)| (*form, rest));
    let file = SCRATCH.path().join("fuzz.log");
    std::fs::write(&file, bytes).expect("the scratch folder takes a file");
    let forms = [
        None,
        Some(LogForm::Stderr),
        Some(LogForm::Csvlog),
        Some(LogForm::Jsonlog),
        Some(LogForm::SlowLog),
        Some(LogForm::GeneralLog),
    ];
    let mut options = LogOptions { workers: 1, redact: form & 0x80 != 0, ..LogOptions::default() };
    options.told.form = forms[usize::from(form & 0x7f) % forms.len()];
    let target = SCRATCH.path().join("fuzz.workload");
    if capture::logs(&[Source::File(file)], &target, options, |_| {}).is_ok() {
        workload_file(&std::fs::read(&target).expect("what was captured is there"));
    }
}

/// Any bytes as a `.workload` file: its digest, its events in order, and as a workload.
pub fn workload_file(bytes: &[u8]) {
    let file = SCRATCH.path().join("read.workload");
    std::fs::write(&file, bytes).expect("the scratch folder takes a file");
    if let Ok(mut reader) = Reader::open(&file) {
        let _ = overview(&reader.summary);
        let mut ordered = Ordered::new(&mut reader);
        while let Ok(Some(event)) = ordered.next_event() {
            let _ = (ordered.reader().text(&event), event.bound());
        }
    }
    for dialect in DIALECTS {
        let _ = workload::read(&file, dialect);
    }
}

/// Whatever calls itself a snapshot is read or refused; what is read can be compared, and its values left out or replaced.
pub fn snapshot(bytes: &[u8]) {
    let _ = Snapshot::parse(bytes);
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).expect("memory");
    let Ok(snapshot) = Snapshot::parse(&packed.finish().expect("memory")) else { return };
    assert!(drift(&snapshot.state, &snapshot.state).is_empty());
    let (mut hashed, mut redacted) = (snapshot.clone(), snapshot);
    let _ = (hashed.hash(), redacted.redact());
}
