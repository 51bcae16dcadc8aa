//! Column types, as information_schema spells them: `varchar(40)`, `int(10) unsigned`.

/// The type without its length and attributes, in lower case.
pub fn base(data_type: &str) -> String {
    let end = data_type.find(['(', ' ']).unwrap_or(data_type.len());
    data_type[..end].to_ascii_lowercase()
}

/// The number in the brackets behind the name.
pub fn length(data_type: &str) -> Option<u64> {
    let inside = data_type.split_once('(')?.1.split_once(')')?.0;
    inside.split(',').next()?.trim().parse().ok()
}

/// Values of any length, which no index keeps whole.
pub fn is_long(data_type: &str) -> bool {
    let base = base(data_type);
    base.ends_with("text") || base.ends_with("blob") || base == "json"
}

pub fn is_text(data_type: &str) -> bool {
    let base = base(data_type);
    matches!(base.as_str(), "char" | "varchar" | "enum" | "set") || base.ends_with("text")
}

/// Values that an ordered index can be searched by, be it by their beginning.
pub fn is_ordered(data_type: &str) -> bool {
    const SHAPES: [&str; 9] = [
        "geometry",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
        "geomcollection",
    ];
    let base = base(data_type);
    base != "json" && base != "vector" && !SHAPES.contains(&base.as_str())
}

/// Bytes that a value takes at most, as an index counts them; `None` where it is not kept whole.
pub fn most_bytes(data_type: &str, collation: Option<&str>) -> Option<u64> {
    if is_long(data_type) {
        return None;
    }
    let characters = length(data_type).unwrap_or(1);
    Some(match base(data_type).as_str() {
        "char" | "varchar" => characters * per_character(collation) + 2,
        "binary" | "varbinary" => characters + 2,
        _ => 8.max(fixed_bytes(data_type).unwrap_or(8)),
    })
}

pub fn per_character(collation: Option<&str>) -> u64 {
    match collation.and_then(|name| name.split('_').next()) {
        Some("utf8mb4" | "utf32" | "utf16" | "uca1400") => 4,
        Some("utf8" | "utf8mb3") => 3,
        Some("ucs2" | "gbk" | "sjis" | "big5") => 2,
        _ => 1,
    }
}

/// Bytes of a value of a type that has one size.
pub fn fixed_bytes(data_type: &str) -> Option<u64> {
    Some(match base(data_type).as_str() {
        "tinyint" | "year" | "bool" | "boolean" | "enum" => 1,
        "smallint" => 2,
        "mediumint" | "date" | "time" => 3,
        "int" | "integer" | "float" | "timestamp" => 4,
        "bigint" | "double" | "real" | "set" => 8,
        "datetime" => 5,
        "decimal" | "numeric" => length(data_type).unwrap_or(10).div_ceil(2) + 1,
        "uuid" | "inet6" => 16,
        "bit" => length(data_type).unwrap_or(1).div_ceil(8),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_off_their_spelling() {
        assert_eq!((base("INT(10) unsigned"), length("varchar(40)")), ("int".into(), Some(40)));
        assert!(is_long("mediumtext") && is_text("enum('a','b')") && !is_text("blob"));
        assert!(!is_ordered("json") && !is_ordered("point") && is_ordered("datetime(6)"));
        assert_eq!(most_bytes("varchar(255)", Some("utf8mb4_general_ci")), Some(1022));
        assert_eq!(most_bytes("text", None), None);
        assert_eq!(fixed_bytes("decimal(10,2)"), Some(6));
    }
}
