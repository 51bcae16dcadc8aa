//! The forms in which a server prints a plan, asked for as its own client asks, and framed as that client frames them.

use std::collections::HashMap;

use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder, Row, Value};
use planwise::sandbox::Sandbox;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    Mysql,
    Mariadb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `query_block` of either server.
    Blocks,
    /// One JSON object for each iterator.
    Iterators,
    Tree,
    Table,
}

pub struct Form {
    pub name: &'static str,
    before: &'static str,
    verb: &'static str,
    pub shape: Shape,
    pub measured: bool,
}

const fn form(
    name: &'static str,
    before: &'static str,
    verb: &'static str,
    shape: Shape,
    measured: bool,
) -> Form {
    Form { name, before, verb, shape, measured }
}

const FIRST: &str = "SET SESSION explain_json_format_version = 1";
const SECOND: &str = "SET SESSION explain_json_format_version = 2";
const NOTHING: &str = "DO 1";

pub const OF_MYSQL: [Form; 6] = [
    form("version 1", FIRST, "EXPLAIN FORMAT=JSON", Shape::Blocks, false),
    form("version 2", SECOND, "EXPLAIN FORMAT=JSON", Shape::Iterators, false),
    form("version 2, measured", SECOND, "EXPLAIN ANALYZE FORMAT=JSON", Shape::Iterators, true),
    form("tree", NOTHING, "EXPLAIN FORMAT=TREE", Shape::Tree, false),
    form("tree, measured", NOTHING, "EXPLAIN ANALYZE FORMAT=TREE", Shape::Tree, true),
    form("table", NOTHING, "EXPLAIN FORMAT=TRADITIONAL", Shape::Table, false),
];

pub const OF_MARIADB: [Form; 4] = [
    form("JSON", NOTHING, "EXPLAIN FORMAT=JSON", Shape::Blocks, false),
    form("JSON, measured", NOTHING, "ANALYZE FORMAT=JSON", Shape::Blocks, true),
    form("table", NOTHING, "EXPLAIN", Shape::Table, false),
    form("table, measured", NOTHING, "ANALYZE", Shape::Table, true),
];

impl Form {
    /// The server's answer: as it is where it is one text, in the client's grid where it is a table.
    pub async fn ask(&self, conn: &mut Conn, sql: &str) -> Result<String, String> {
        conn.query_drop(self.before).await.map_err(|error| error.to_string())?;
        let rows: Vec<Row> = conn
            .query(format!("{} {sql}", self.verb))
            .await
            .map_err(|error| format!("{}: {error}", self.name))?;
        match self.shape {
            Shape::Table => Ok(grid(&rows)),
            _ => Ok(rows.first().map(|row| cell(row, 0)).unwrap_or_default()),
        }
    }
}

/// A connection of the throwaway server's owner.
pub async fn connect(sandbox: &Sandbox) -> Conn {
    let url = sandbox.owner_url(sandbox.database());
    let (_, rest) = url.split_once("://").expect("a URL");
    let (user, rest) = rest.split_once('@').expect("a login");
    let (place, query) = rest.split_once('?').expect("its parameters");
    let database = place.split_once('/').map(|(_, database)| database.to_owned());
    let parameters: HashMap<&str, &str> =
        query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let socket = parameters["socket"].replace("%2F", "/").replace("%2E", ".").replace("%2D", "-");
    let user = user.split(':').next().unwrap_or(user).to_owned();
    let options = OptsBuilder::default().user(Some(user)).socket(Some(socket)).db_name(database);
    Conn::new(options).await.expect("a connection")
}

fn cell(row: &Row, at: usize) -> String {
    match row.as_ref(at) {
        None | Some(Value::NULL) => "NULL".to_owned(),
        Some(Value::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(Value::Double(number)) => number.to_string(),
        Some(Value::Float(number)) => number.to_string(),
        Some(Value::Int(number)) => number.to_string(),
        Some(Value::UInt(number)) => number.to_string(),
        Some(other) => other.as_sql(true),
    }
}

/// As the client prints a table.
fn grid(rows: &[Row]) -> String {
    let Some(first) = rows.first() else { return String::new() };
    let names: Vec<String> =
        first.columns_ref().iter().map(|column| column.name_str().into_owned()).collect();
    let body: Vec<Vec<String>> =
        rows.iter().map(|row| (0..names.len()).map(|at| cell(row, at)).collect()).collect();
    let width = |at: usize| {
        let cells = body.iter().map(|row| row[at].chars().count());
        cells.chain([names[at].chars().count()]).max().unwrap_or(0)
    };
    let line = (0..names.len()).map(|at| "-".repeat(width(at) + 2)).collect::<Vec<_>>().join("+");
    let row = |cells: &[String]| {
        let padded = cells.iter().enumerate().map(|(at, cell)| format!(" {cell:<0$} ", width(at)));
        format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
    };
    let body: String = body.iter().map(|cells| row(cells)).collect();
    format!("+{line}+\n{}+{line}+\n{body}+{line}+\n", row(&names))
}

/// The same text in the client's grid, line by line, or in one line with `\n` as its batch mode prints it.
pub fn framed(text: &str, turn: usize) -> String {
    match turn % 3 {
        0 => text.to_owned(),
        1 => format!("EXPLAIN\n{}\n", text.replace('\\', "\\\\").replace('\n', "\\n")),
        _ => {
            let width = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            let line = "-".repeat(width + 2);
            let mut lines = text.lines();
            let first = lines.next().unwrap_or_default();
            let rest: String = lines.map(|line| format!("{line}\n")).collect();
            let body = format!("| {first}\n{rest}").trim_end().to_owned();
            format!(
                "+{line}+\n| EXPLAIN |\n+{line}+\n{body} |\n+{line}+\n1 row in set (0.00 sec)\n"
            )
        }
    }
}
