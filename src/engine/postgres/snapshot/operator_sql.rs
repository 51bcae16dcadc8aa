//! Operators, casts, and classes of operators that users made, as the catalogs tell them.

use super::sql::{USER_SCHEMA, own};

/// As the server numbers what is not its own. Source: `FirstNormalObjectId` in its transam.h.
const FIRST_OWN: u32 = 16384;

/// Kind, name and statement. Those that stand for one another are named before they are there, which the server allows.
pub fn operators() -> String {
    let other = |what: &str, column: &str| {
        format!(
            "(SELECT format(', {what} = OPERATOR(%I.%s)', xn.nspname, x.oprname) FROM pg_catalog.pg_operator x \
              JOIN pg_catalog.pg_namespace xn ON xn.oid = x.oprnamespace WHERE x.oid = o.{column})"
        )
    };
    let side = |what: &str, column: &str| {
        format!(
            "CASE WHEN o.{column} <> 0 THEN ', {what} = ' || pg_catalog.format_type(o.{column}, NULL) END"
        )
    };
    let estimate = |what: &str, column: &str| {
        format!("CASE WHEN o.{column} <> 0 THEN ', {what} = ' || o.{column}::regproc END")
    };
    format!(
        "SELECT 'operator' AS kind, o.oid::regoperator::text AS name, \
                pg_catalog.concat('CREATE OPERATOR ', quote_ident(n.nspname), '.', o.oprname, ' (PROCEDURE = ', o.oprcode::regproc, \
                    {}, {}, {}, {}, {}, {}, CASE WHEN o.oprcanhash THEN ', HASHES' END, CASE WHEN o.oprcanmerge THEN ', MERGES' END, ')') \
                AS statement \
         FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace \
         WHERE {USER_SCHEMA} AND o.oprcode <> 0 AND {} ORDER BY o.oid",
        side("LEFTARG", "oprleft"),
        side("RIGHTARG", "oprright"),
        other("COMMUTATOR", "oprcom"),
        other("NEGATOR", "oprnegate"),
        estimate("RESTRICT", "oprrest"),
        estimate("JOIN", "oprjoin"),
        own("pg_operator", "o.oid")
    )
}

/// Kind, name and statement.
pub fn casts() -> String {
    format!(
        "SELECT 'cast' AS kind, pg_catalog.format_type(c.castsource, NULL) || ' as ' || pg_catalog.format_type(c.casttarget, NULL) AS name, \
                pg_catalog.concat('CREATE CAST (', pg_catalog.format_type(c.castsource, NULL), ' AS ', \
                    pg_catalog.format_type(c.casttarget, NULL), ') ', \
                    CASE c.castmethod WHEN 'f' THEN 'WITH FUNCTION ' || c.castfunc::regprocedure WHEN 'i' THEN 'WITH INOUT' \
                         ELSE 'WITHOUT FUNCTION' END, \
                    CASE c.castcontext WHEN 'i' THEN ' AS IMPLICIT' WHEN 'a' THEN ' AS ASSIGNMENT' END) AS statement \
         FROM pg_catalog.pg_cast c WHERE c.oid >= {FIRST_OWN} AND {} ORDER BY c.oid",
        own("pg_cast", "c.oid")
    )
}

/// Members of the family `family`, as far as `filter` takes them.
fn members(family: &str, operators: &str, functions: &str) -> String {
    format!(
        "COALESCE((SELECT json_agg(json_build_object('number', m.amopstrategy, 'name', m.amopopr::regoperator::text, 'orders_by', \
             (SELECT json_build_object('schema', sn.nspname, 'name', s.opfname) FROM pg_catalog.pg_opfamily s \
              JOIN pg_catalog.pg_namespace sn ON sn.oid = s.opfnamespace WHERE s.oid = m.amopsortfamily)) ORDER BY m.amopstrategy) \
           FROM pg_catalog.pg_amop m WHERE m.amopfamily = {family} AND {operators}), '[]'::json) AS operators, \
         COALESCE((SELECT json_agg(json_build_object('number', m.amprocnum, 'name', m.amproc::regprocedure::text, \
             'types', json_build_array(pg_catalog.format_type(m.amproclefttype, NULL), pg_catalog.format_type(m.amprocrighttype, NULL))) \
             ORDER BY m.amprocnum) \
           FROM pg_catalog.pg_amproc m WHERE m.amprocfamily = {family} AND {functions}), '[]'::json) AS functions"
    )
}

/// Families, with the members that belong to none of their classes.
pub fn families() -> String {
    let foreign = |left: &str, right: &str| {
        format!(
            "NOT EXISTS (SELECT FROM pg_catalog.pg_opclass c WHERE c.opcfamily = f.oid AND c.opcintype = m.{left} \
             AND m.{left} = m.{right})"
        )
    };
    let members = members(
        "f.oid",
        &foreign("amoplefttype", "amoprighttype"),
        &foreign("amproclefttype", "amprocrighttype"),
    );
    format!(
        "SELECT n.nspname AS schema, f.opfname AS name, am.amname AS method, {members} \
         FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod \
         JOIN pg_catalog.pg_namespace n ON n.oid = f.opfnamespace WHERE {USER_SCHEMA} AND {} ORDER BY f.oid",
        own("pg_opfamily", "f.oid")
    )
}

/// Classes, each with its own members.
pub fn classes() -> String {
    let members = members(
        "c.opcfamily",
        "m.amoplefttype = c.opcintype AND m.amoprighttype = c.opcintype",
        "m.amproclefttype = c.opcintype AND m.amprocrighttype = c.opcintype",
    );
    format!(
        "SELECT n.nspname AS schema, c.opcname AS name, am.amname AS method, {members}, \
                json_build_object('of', pg_catalog.format_type(c.opcintype, NULL), 'is_default', c.opcdefault, \
                    'family', json_build_object('schema', fn.nspname, 'name', f.opfname), \
                    'stored', CASE WHEN c.opckeytype <> 0 THEN pg_catalog.format_type(c.opckeytype, NULL) END) AS class \
         FROM pg_catalog.pg_opclass c JOIN pg_catalog.pg_am am ON am.oid = c.opcmethod \
         JOIN pg_catalog.pg_opfamily f ON f.oid = c.opcfamily JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace WHERE {USER_SCHEMA} AND {} ORDER BY c.oid",
        own("pg_opclass", "c.oid")
    )
}
