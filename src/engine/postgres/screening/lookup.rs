//! What the catalog knows of the names a statement refers to, in one round trip.

use std::collections::BTreeSet;

use serde::Deserialize;
use tokio_postgres::Client;

use super::references::{Call, Name, References, Spelling};
use crate::engine::DbError;
use crate::engine::postgres::dialect::PostgresDialect;
use crate::engine::postgres::session::query;
use crate::sql::Dialect;

/// Objects that were not made by initdb have numbers from here on (the server's `FirstNormalObjectId`).
const FIRST_USER_OBJECT: i64 = 16_384;

#[derive(Debug, Clone, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    pub oid: i64,
    pub schema: String,
    pub name: String,
    pub visible: bool,
    /// `v`, `s` or `i`.
    pub volatility: String,
    pub arguments: usize,
    pub defaults: usize,
    pub variadic: bool,
    pub language: String,
    pub extension: Option<String>,
    /// Functions behind an aggregate, which itself has no volatility.
    pub support: Vec<i64>,
    /// Columns of the row type it takes as its only argument: attribute notation finds those first.
    pub columns: Option<Vec<String>>,
    /// Reached without its name being written: `operator`, `cast`, or `number` for triggers and aggregates.
    pub implied: Option<String>,
    /// Code, for functions of the database's own.
    pub code: Option<String>,
    /// Default values of its arguments, as the catalog prints them.
    pub default_values: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Relation {
    pub oid: i64,
    pub name: String,
    /// The query of a view.
    pub definition: Option<String>,
    /// Conditions of row security.
    pub policies: Vec<String>,
    /// It is read by starting a program.
    pub program: bool,
    /// Functions of triggers that a write would fire.
    pub triggers: Vec<i64>,
    /// Rules that rewrite a write, each a CREATE RULE.
    pub rules: Vec<String>,
    /// Defaults, checks, generated columns and index expressions that a write would evaluate.
    pub expressions: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Found {
    pub functions: Vec<Function>,
    pub relations: Vec<Relation>,
    /// Checks of domains.
    pub checks: Vec<String>,
    /// Functions of triggers on events that the statement may set off.
    pub event_triggers: Vec<i64>,
    /// A backslash in a plain string means the next character, which our parser does not know.
    pub backslashes: bool,
}

impl Function {
    pub fn is_built_in(&self) -> bool {
        self.oid < FIRST_USER_OBJECT
    }

    pub fn is_volatile(&self) -> bool {
        self.volatility == "v"
    }

    /// Whether `call` can be a call of it.
    pub fn answers(&self, call: &Call) -> bool {
        let named = self.name == call.name.name;
        let reached = match &call.name.schema {
            Some(schema) => *schema == self.schema,
            None => self.visible,
        };
        named && reached && self.takes(call)
    }

    fn takes(&self, call: &Call) -> bool {
        let least = self.arguments.saturating_sub(self.defaults);
        let fits = |count: usize| {
            (least..=self.arguments).contains(&count) || (self.variadic && count + 1 >= least)
        };
        match call.spelling {
            Spelling::Arguments(count) => fits(count),
            Spelling::Call => true,
            Spelling::Attribute => {
                let column = self.columns.iter().flatten().any(|column| *column == self.name);
                fits(1) && !column
            }
        }
    }

    /// As it is named to the user.
    pub fn shown(&self) -> String {
        match self.schema.as_str() {
            "pg_catalog" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        }
    }
}

/// Everything the catalog has for `references`, and the functions `oids`; also what writing to the relations sets
/// off, `written` being bits of [`super::references::event`].
pub async fn find(
    client: &Client,
    references: &References,
    oids: &BTreeSet<i64>,
    written: u8,
    major: u32,
) -> Result<Found, DbError> {
    let names = references.calls.iter().map(|call| call.name.name.as_str());
    let functions = FUNCTIONS
        .replace("{names}", &array(names))
        .replace("{body}", if major >= 14 { BODY } else { "p.prosrc" })
        .replace("{oids}", &numbers(oids))
        .replace("{operators}", &array(references.operators.iter().map(String::as_str)))
        .replace("{types}", &array(references.types.iter().map(String::as_str)));
    let relations = if written == 0 { READ } else { WRITTEN };
    let relations = relations
        .replace("{reached}", REACHED)
        .replace("{events}", &written.to_string())
        .replace("{tables}", &array(references.relations.iter().map(|name| name.name.as_str())))
        .replace("{places}", &places(references));
    let checks = CHECKS.replace("{types}", &array(references.types.iter().map(String::as_str)));
    let word = quoted(references.definition.unwrap_or_default());
    let events = EVENT_TRIGGERS.replace("{word}", &word);
    let sql = format!(
        "SELECT ({functions}) AS functions, ({relations}) AS relations, ({checks}) AS checks, \
         ({events}) AS event_triggers, \
         pg_catalog.current_setting('standard_conforming_strings') = 'off' AS backslashes"
    );
    let found: Vec<Found> = query::uncompiled(client, query::json_rows(client, &sql)).await?;
    let found = found.into_iter().next();
    found.ok_or_else(|| {
        DbError::new(crate::engine::DbErrorKind::Unsupported, "the catalog gave no answer")
    })
}

fn quoted(text: &str) -> String {
    PostgresDialect.quote_literal(text)
}

fn array<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: BTreeSet<String> = names.map(quoted).collect();
    let names: Vec<String> = names.into_iter().collect();
    format!("ARRAY[{}]::pg_catalog.name[]", names.join(","))
}

fn numbers(oids: &BTreeSet<i64>) -> String {
    let oids: Vec<String> = oids.iter().map(i64::to_string).collect();
    format!("ARRAY[{}]::pg_catalog.oid[]", oids.join(","))
}

/// Tables whose schema is written, as rows of `(schema, name)`.
fn places(references: &References) -> String {
    let place = |name: &Name| {
        let schema = name.schema.as_deref()?;
        Some(format!("({}, {})", quoted(schema), quoted(&name.name)))
    };
    let places: Vec<String> = references.relations.iter().filter_map(place).collect();
    match places.is_empty() {
        true => "(NULL, NULL)".to_owned(),
        false => places.join(", "),
    }
}

/// The code of a function: a body in SQL's own form is kept parsed.
const BODY: &str = "coalesce(nullif(p.prosrc, ''), pg_catalog.pg_get_function_sqlbody(p.oid))";

/// Functions by name and by number; behind operators, casts and table-sample methods of the database's own too.
const FUNCTIONS: &str = "\
SELECT coalesce(pg_catalog.json_agg(f), '[]') FROM (
  SELECT p.oid::pg_catalog.int8 AS oid, n.nspname AS schema, p.proname AS name,
         pg_catalog.pg_function_is_visible(p.oid) AS visible, p.provolatile AS volatility,
         p.pronargs AS arguments, p.pronargdefaults AS defaults, p.provariadic <> 0 AS variadic,
         l.lanname AS language, e.extname AS extension,
         CASE WHEN p.oid >= 16384 THEN coalesce(
           (SELECT pg_catalog.to_json(ARRAY[a.aggtransfn::oid, a.aggfinalfn::oid, a.aggcombinefn::oid,
                   a.aggserialfn::oid, a.aggdeserialfn::oid, a.aggmtransfn::oid, a.aggminvtransfn::oid,
                   a.aggmfinalfn::oid]::pg_catalog.int8[])
            FROM pg_catalog.pg_aggregate a WHERE a.aggfnoid = p.oid), '[]') ELSE '[]' END AS support,
         (SELECT pg_catalog.json_agg(c.attname) FROM pg_catalog.pg_type t
          JOIN pg_catalog.pg_attribute c ON c.attrelid = t.typrelid AND NOT c.attisdropped
          WHERE p.oid >= 16384 AND t.oid = p.proargtypes[0] AND t.typtype = 'c') AS columns,
         CASE WHEN p.oid = ANY({oids}) THEN 'number' WHEN o.oprcode IS NOT NULL THEN 'operator'
              WHEN k.castfunc IS NOT NULL THEN 'cast' END AS implied,
         CASE WHEN p.oid >= 16384 AND e.extname IS NULL THEN {body} END AS code,
         CASE WHEN p.oid >= 16384 AND e.extname IS NULL
              THEN pg_catalog.pg_get_expr(p.proargdefaults, 0) END AS default_values
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
       AND d.objid = p.oid AND d.deptype = 'e'
  LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
  LEFT JOIN (SELECT DISTINCT o.oprcode::pg_catalog.oid FROM pg_catalog.pg_operator o
             WHERE o.oid >= 16384 AND o.oprname = ANY({operators})) o ON o.oprcode = p.oid
  LEFT JOIN (SELECT DISTINCT c.castfunc FROM pg_catalog.pg_cast c
             JOIN pg_catalog.pg_type t ON t.oid = c.casttarget
             WHERE c.oid >= 16384 AND (c.castcontext = 'i' OR t.typname = ANY({types}))) k ON k.castfunc = p.oid
  WHERE p.proname = ANY({names}) OR p.oid = ANY({oids}) OR o.oprcode IS NOT NULL OR k.castfunc IS NOT NULL
) f";

/// Tables and views by name, and what inherits from them.
const REACHED: &str = "\
WITH RECURSIVE named AS (
  SELECT c.oid FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'f') AND c.relname = ANY({tables})
    AND (pg_catalog.pg_table_is_visible(c.oid)
         OR (n.nspname, c.relname) IN (SELECT * FROM (VALUES {places}) AS place (a, b)))
), reached AS (
  SELECT oid FROM named
  UNION SELECT i.inhrelid FROM reached r JOIN pg_catalog.pg_inherits i ON i.inhparent = r.oid
)";

/// What the planner folds when it only looks at a table: expressions that call a function of somebody's own which says
/// that it is immutable. Others are not called.
const READ: &str = "\
{reached}, foldable AS (
  SELECT d.classid, d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid
  WHERE d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid >= 16384 AND p.provolatile = 'i'
), folded AS (
  SELECT i.indrelid AS oid, pg_catalog.pg_get_expr(e.tree, i.indrelid) AS text
   FROM reached r JOIN pg_catalog.pg_index i ON i.indrelid = r.oid,
        LATERAL (VALUES (i.indexprs), (i.indpred)) AS e (tree)
   WHERE e.tree IS NOT NULL AND i.indexrelid IN (SELECT objid FROM foldable WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
  UNION ALL SELECT k.conrelid, pg_catalog.pg_get_expr(k.conbin, k.conrelid)
   FROM reached r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.oid AND k.contype = 'c'
   WHERE k.oid IN (SELECT objid FROM foldable WHERE classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass)
  UNION ALL SELECT s.stxrelid, pg_catalog.pg_get_statisticsobjdef(s.oid)
   FROM reached r JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = r.oid
   WHERE s.oid IN (SELECT objid FROM foldable WHERE classid = 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass)
  UNION ALL SELECT t.partrelid, pg_catalog.pg_get_expr(t.partexprs, t.partrelid)
   FROM reached r JOIN pg_catalog.pg_partitioned_table t ON t.partrelid = r.oid
   WHERE t.partrelid IN (SELECT objid FROM foldable WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass)
)
SELECT coalesce(pg_catalog.json_agg(x), '[]') FROM (
  SELECT c.oid::pg_catalog.int8 AS oid, c.oid::pg_catalog.regclass::pg_catalog.text AS name,
         CASE WHEN c.relkind = 'v' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
              THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition,
         CASE WHEN c.relrowsecurity THEN coalesce((SELECT pg_catalog.json_agg(
                pg_catalog.pg_get_expr(p.polqual, p.polrelid)) FROM pg_catalog.pg_policy p
              WHERE p.polrelid = c.oid AND p.polqual IS NOT NULL), '[]') ELSE '[]' END AS policies,
         coalesce(c.relkind = 'f' AND (SELECT f.ftoptions::pg_catalog.text ~ '[{,\"]program='
              FROM pg_catalog.pg_foreign_table f WHERE f.ftrelid = c.oid), false) AS program,
         '[]'::pg_catalog.json AS triggers, '[]'::pg_catalog.json AS rules,
         coalesce((SELECT pg_catalog.json_agg(f.text) FROM folded f WHERE f.oid = c.oid), '[]') AS expressions
  FROM reached r JOIN pg_catalog.pg_class c ON c.oid = r.oid
  WHERE c.relkind IN ('v', 'f') OR c.relrowsecurity OR c.oid IN (SELECT oid FROM folded)
) x";

/// As [`READ`], with everything a write may set off, also in tables that a foreign key's action writes to.
const WRITTEN: &str = "\
{reached}, touched AS (
  SELECT oid FROM reached
  UNION SELECT k.conrelid FROM touched t JOIN pg_catalog.pg_constraint k ON k.confrelid = t.oid
        WHERE k.contype = 'f' AND (({events} & 8 <> 0 AND k.confdeltype IN ('c', 'n', 'd'))
                                   OR ({events} & 24 <> 0 AND k.confupdtype IN ('c', 'n', 'd')))
)
SELECT coalesce(pg_catalog.json_agg(x), '[]') FROM (
  SELECT c.oid::pg_catalog.int8 AS oid, c.oid::pg_catalog.regclass::pg_catalog.text AS name,
         CASE WHEN c.relkind = 'v' THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition,
         CASE WHEN c.relrowsecurity THEN coalesce((SELECT pg_catalog.json_agg(q.text) FROM pg_catalog.pg_policy p,
                LATERAL (VALUES (pg_catalog.pg_get_expr(p.polqual, p.polrelid)),
                                (pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))) AS q (text)
              WHERE p.polrelid = c.oid AND q.text IS NOT NULL), '[]') ELSE '[]' END AS policies,
         coalesce(c.relkind = 'f' AND (SELECT f.ftoptions::pg_catalog.text ~ '[{,\"]program='
              FROM pg_catalog.pg_foreign_table f WHERE f.ftrelid = c.oid), false) AS program,
         coalesce((SELECT pg_catalog.json_agg(g.tgfoid::pg_catalog.int8) FROM pg_catalog.pg_trigger g
              WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND g.tgenabled <> 'D'
                AND g.tgtype & (CASE WHEN c.oid IN (SELECT oid FROM reached) THEN {events} ELSE 24 END) <> 0), '[]') AS triggers,
         coalesce((SELECT pg_catalog.json_agg(pg_catalog.pg_get_ruledef(w.oid)) FROM pg_catalog.pg_rewrite w
              WHERE w.ev_class = c.oid AND w.ev_type <> '1'), '[]') AS rules,
         coalesce((SELECT pg_catalog.json_agg(q.text) FROM (
              SELECT pg_catalog.pg_get_expr(a.adbin, a.adrelid) AS text FROM pg_catalog.pg_attrdef a
               WHERE a.adrelid = c.oid
              UNION ALL SELECT pg_catalog.pg_get_expr(k.conbin, k.conrelid) FROM pg_catalog.pg_constraint k
               WHERE k.conrelid = c.oid AND k.contype = 'c'
              UNION ALL SELECT pg_catalog.pg_get_expr(i.indexprs, i.indrelid) FROM pg_catalog.pg_index i
               WHERE i.indrelid = c.oid
              UNION ALL SELECT pg_catalog.pg_get_expr(i.indpred, i.indrelid) FROM pg_catalog.pg_index i
               WHERE i.indrelid = c.oid
              UNION ALL SELECT pg_catalog.pg_get_expr(t.partexprs, t.partrelid)
               FROM pg_catalog.pg_partitioned_table t WHERE t.partrelid = c.oid
              UNION ALL SELECT pg_catalog.pg_get_expr(k.conbin, 0) FROM pg_catalog.pg_constraint k
               JOIN pg_catalog.pg_attribute a ON a.atttypid = k.contypid
               WHERE a.attrelid = c.oid AND k.contypid <> 0 AND k.contype = 'c'
              ) q WHERE q.text IS NOT NULL), '[]') AS expressions
  FROM touched r JOIN pg_catalog.pg_class c ON c.oid = r.oid
) x";

/// Of domains that are written, or stand in a type that is: a row type, an array, a range or another domain.
const CHECKS: &str = "\
WITH RECURSIVE contained AS (
  SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typname = ANY({types}) AND t.oid >= 16384
  UNION SELECT part.oid FROM contained c JOIN pg_catalog.pg_type t ON t.oid = c.oid,
        LATERAL (SELECT t.typbasetype AS oid UNION ALL SELECT t.typelem
                 UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
                           WHERE a.attrelid = t.typrelid AND t.typrelid <> 0 AND a.attnum > 0
                 UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid) part
        WHERE part.oid >= 16384
)
SELECT coalesce(pg_catalog.json_agg(pg_catalog.pg_get_expr(k.conbin, 0)), '[]')
FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.contypid IN (SELECT oid FROM contained)";

/// Functions of triggers on events that wait for statements whose tag begins with a word.
const EVENT_TRIGGERS: &str = "\
SELECT coalesce(pg_catalog.json_agg(e.evtfoid::pg_catalog.int8), '[]')
FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D' AND {word} <> '' AND (e.evttags IS NULL
  OR EXISTS (SELECT 1 FROM pg_catalog.unnest(e.evttags) AS tag WHERE pg_catalog.split_part(tag, ' ', 1) = {word}))";
