//! What indexes can be searched by, read from the server's own account of it.

use serde::Deserialize;
use tokio_postgres::Client;

use crate::engine::postgres::index_grammar::type_name;
use crate::engine::postgres::session::query::json_rows;
use crate::engine::{DataType, DbError, Function, OperatorClass, Operators, Volatility};

/// Types of the user's columns, those that expressions over them usually have, and what any of these passes for.
const USED: &str = "\
    WITH RECURSIVE used(oid) AS ( \
        SELECT a.atttypid FROM pg_catalog.pg_attribute a \
        JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
        WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'm', 'f', 'v') \
              AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
        UNION SELECT unnest('{text,jsonb,tsvector,boolean,integer,bigint,numeric,double precision,date,timestamp,timestamptz}'::pg_catalog.regtype[]) \
        UNION SELECT p.prorettype FROM pg_catalog.pg_proc p \
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
        WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
        UNION SELECT wider.oid FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid \
        CROSS JOIN LATERAL ( \
            SELECT t.typbasetype WHERE t.typtype = 'd' \
            UNION ALL SELECT k.casttarget FROM pg_catalog.pg_cast k \
            WHERE k.castsource = t.oid AND k.castmethod = 'b' AND k.castcontext = 'i') wider(oid)) \
    SELECT oid::bigint AS oid FROM used ORDER BY 1";

/// What operators for values of any kind take it as.
const POLYMORPHIC: &str = "\
    CASE WHEN t.typcategory = 'A' AND t.typtype = 'b' THEN 'anyarray' WHEN t.typtype = 'e' THEN 'anyenum' \
         WHEN t.typtype = 'r' THEN 'anyrange' WHEN t.typtype = 'm' THEN 'anymultirange' END";

/// The planner knows how many a list has; of the query that found them it would guess millions.
fn listed(used: &[UsedRow]) -> String {
    let oids: Vec<String> = used.iter().map(|row| row.oid.to_string()).collect();
    format!("WITH used AS (SELECT unnest('{{{}}}'::oid[]) AS oid) ", oids.join(","))
}

pub async fn read(client: &Client) -> Result<Operators, DbError> {
    let used: Vec<UsedRow> = json_rows(client, USED).await?;
    let used = listed(&used);
    let classes: Vec<ClassRow> = json_rows(client, &classes(&used)).await?;
    let types: Vec<TypeRow> = json_rows(client, &types(&used)).await?;
    let casts: Vec<CastRow> = json_rows(client, &unstable_casts(&used)).await?;
    let functions: Vec<FunctionRow> = json_rows(client, functions()).await?;
    let collation: Vec<CollationRow> = json_rows(client, DEFAULT_COLLATION).await?;
    Ok(Operators {
        classes: classes.into_iter().map(ClassRow::class).collect(),
        types: types.into_iter().map(TypeRow::data_type).filter(is_telling).collect(),
        unstable_casts: casts
            .into_iter()
            .map(|c| (type_name(&c.source), type_name(&c.target)))
            .collect(),
        functions: functions.into_iter().map(FunctionRow::function).collect(),
        default_collation: collation.into_iter().next().map(|row| row.collation),
    })
}

fn is_telling(known: &DataType) -> bool {
    !known.passes_for.is_empty() || !known.own_operators.is_empty()
}

/// Only operators whose left side is what the class keeps: an index is searched by those.
fn classes(used: &str) -> String {
    let operators = |purpose: &str| {
        format!(
            "(SELECT json_agg(DISTINCT o.oprname ORDER BY o.oprname) FROM pg_catalog.pg_amop ao \
             JOIN pg_catalog.pg_operator o ON o.oid = ao.amopopr \
             WHERE ao.amopfamily = oc.opcfamily AND ao.amoplefttype = oc.opcintype AND ao.amoppurpose = '{purpose}')"
        )
    };
    format!(
        "{used} SELECT CASE WHEN pg_catalog.pg_opclass_is_visible(oc.oid) THEN quote_ident(oc.opcname) \
                ELSE quote_ident(n.nspname) || '.' || quote_ident(oc.opcname) END AS name, \
                am.amname AS method, pg_catalog.format_type(oc.opcintype, NULL) AS data_type, \
                oc.opcdefault AS is_default, {} AS operators, {} AS distances \
         FROM pg_catalog.pg_opclass oc JOIN pg_catalog.pg_am am ON am.oid = oc.opcmethod \
         JOIN pg_catalog.pg_namespace n ON n.oid = oc.opcnamespace \
         WHERE oc.opcintype IN (SELECT oid FROM used) \
            OR oc.opcintype IN ('anyarray'::pg_catalog.regtype, 'anyenum'::pg_catalog.regtype, 'anyrange'::pg_catalog.regtype) \
            OR pg_catalog.format_type(oc.opcintype, NULL) = 'anymultirange' \
         ORDER BY am.amname, oc.opcname, oc.opcintype",
        operators("s"),
        operators("o"),
    )
}

/// Operators that hide those of a type it passes for: of types that are not the server's own, or brought
/// by an extension. Those that the search path does not lead to are never meant.
fn types(used: &str) -> String {
    format!(
        "{used} SELECT pg_catalog.format_type(t.oid, NULL) AS name, {POLYMORPHIC} AS polymorphic, \
                (SELECT json_agg(pg_catalog.format_type(w.oid, NULL)) FROM ( \
                    SELECT t.typbasetype WHERE t.typtype = 'd' UNION ALL \
                    SELECT k.casttarget FROM pg_catalog.pg_cast k \
                    WHERE k.castsource = t.oid AND k.castmethod = 'b' AND k.castcontext = 'i') w(oid)) AS passes_for, \
                (SELECT json_agg(DISTINCT o.oprname ORDER BY o.oprname) FROM pg_catalog.pg_operator o \
                 WHERE o.oprleft = t.oid AND o.oprresult = 'boolean'::pg_catalog.regtype \
                       AND pg_catalog.pg_operator_is_visible(o.oid) \
                       AND o.oprnamespace <> 'pg_catalog'::pg_catalog.regnamespace) AS own_operators \
         FROM pg_catalog.pg_type t JOIN used USING (oid) ORDER BY 1"
    )
}

/// A conversion without a function goes by way of text, and is as unstable as its two halves.
fn unstable_casts(used: &str) -> String {
    format!(
        "{used} SELECT pg_catalog.format_type(s.oid, NULL) AS source, pg_catalog.format_type(t.oid, NULL) AS target \
         FROM (SELECT t.* FROM used JOIN pg_catalog.pg_type t USING (oid)) s \
         CROSS JOIN (SELECT t.* FROM used JOIN pg_catalog.pg_type t USING (oid)) t \
         LEFT JOIN pg_catalog.pg_cast k ON k.castsource = s.oid AND k.casttarget = t.oid \
         LEFT JOIN pg_catalog.pg_proc f ON f.oid = k.castfunc \
         LEFT JOIN pg_catalog.pg_proc o ON o.oid = s.typoutput \
         LEFT JOIN pg_catalog.pg_proc i ON i.oid = t.typinput \
         WHERE s.oid <> t.oid AND s.typtype <> 'p' AND t.typtype NOT IN ('p', 'd') \
           AND CASE WHEN k.castmethod = 'f' THEN f.provolatile <> 'i' \
                    WHEN k.castmethod = 'b' THEN false \
                    WHEN k.castmethod = 'i' OR 'S' IN (s.typcategory, t.typcategory) \
                    THEN o.provolatile <> 'i' OR i.provolatile <> 'i' ELSE false END \
         ORDER BY 1, 2"
    )
}

/// Of the server's own only those that are not immutable: there are thousands of the others.
fn functions() -> &'static str {
    "SELECT p.proname AS name, p.provolatile AS volatility, pg_catalog.format_type(p.prorettype, NULL) AS result, \
            (SELECT json_agg(pg_catalog.format_type(a, NULL) ORDER BY ord) \
             FROM unnest(p.proargtypes) WITH ORDINALITY u(a, ord)) AS arguments \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
     WHERE p.prokind = 'f' AND n.nspname <> 'information_schema' \
       AND p.prorettype NOT IN ('internal'::pg_catalog.regtype, 'trigger'::pg_catalog.regtype, \
                                'event_trigger'::pg_catalog.regtype, 'cstring'::pg_catalog.regtype) \
       AND NOT 'internal'::pg_catalog.regtype = ANY (p.proargtypes) \
       AND NOT 'cstring'::pg_catalog.regtype = ANY (p.proargtypes) \
       AND (n.nspname !~ '^pg_' \
            OR n.nspname = 'pg_catalog' AND p.provolatile <> 'i' AND p.proname !~ '^(pg_|has_|lo_|txid_|inet_|xml|query_to|table_to|schema_to|cursor_to|database_to|row_security|binary_upgrade|to_reg)' \
               AND p.oid NOT IN (SELECT o.oprcode FROM pg_catalog.pg_operator o)) \
     ORDER BY 1, p.oid"
}

/// `C` where the database sorts by bytes.
const DEFAULT_COLLATION: &str = "\
    SELECT CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'C' ELSE d.datcollate END AS collation \
    FROM pg_catalog.pg_database d WHERE d.datname = current_database()";

#[derive(Deserialize)]
struct UsedRow {
    oid: u64,
}

#[derive(Deserialize)]
struct ClassRow {
    name: String,
    method: String,
    data_type: String,
    is_default: bool,
    operators: Option<Vec<String>>,
    distances: Option<Vec<String>>,
}

impl ClassRow {
    fn class(self) -> OperatorClass {
        OperatorClass {
            name: self.name,
            method: self.method,
            data_type: type_name(&self.data_type),
            default: self.is_default,
            operators: self.operators.unwrap_or_default(),
            distances: self.distances.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
struct TypeRow {
    name: String,
    polymorphic: Option<String>,
    passes_for: Option<Vec<String>>,
    own_operators: Option<Vec<String>>,
}

impl TypeRow {
    fn data_type(self) -> DataType {
        let same = self.passes_for.unwrap_or_default();
        DataType {
            name: type_name(&self.name),
            passes_for: same.iter().chain(&self.polymorphic).map(|name| type_name(name)).collect(),
            own_operators: self.own_operators.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
struct CastRow {
    source: String,
    target: String,
}

#[derive(Deserialize)]
struct FunctionRow {
    name: String,
    volatility: String,
    result: String,
    arguments: Option<Vec<String>>,
}

impl FunctionRow {
    fn function(self) -> Function {
        let arguments = self.arguments.unwrap_or_default();
        Function {
            name: self.name,
            arguments: arguments.iter().map(|name| type_name(name)).collect(),
            result: type_name(&self.result),
            volatility: match self.volatility.as_str() {
                "i" => Volatility::Immutable,
                "s" => Volatility::Stable,
                _ => Volatility::Volatile,
            },
        }
    }
}

#[derive(Deserialize)]
struct CollationRow {
    collation: String,
}
