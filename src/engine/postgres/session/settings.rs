//! `pg_settings`, with numbers in base units.

use tokio_postgres::Client;

use super::query::{self, TextRow};
use crate::engine::{DbError, Setting};

/// What planwise sets on every session is shown as it would be without planwise.
const SETTINGS: &str = "\
    SELECT name, CASE WHEN own THEN reset_val ELSE setting END, unit, boot_val, \
           CASE WHEN own THEN 'server' ELSE source END, context = 'postmaster', vartype \
    FROM (SELECT *, source = 'session' AND name IN ('statement_timeout', 'lock_timeout', \
                 'idle_in_transaction_session_timeout', 'default_transaction_read_only', \
                 'track_io_timing') AS own \
          FROM pg_catalog.pg_settings) s \
    ORDER BY name";

pub async fn read(client: &Client) -> Result<Vec<Setting>, DbError> {
    Ok(query::rows(client, SETTINGS)
        .await?
        .into_iter()
        .filter_map(setting)
        .map(Setting::without_secret)
        .collect())
}

fn setting(row: TextRow) -> Option<Setting> {
    let mut columns = row.into_iter();
    let mut next = || columns.next().flatten();
    let (name, raw, unit, boot) = (next()?, next().unwrap_or_default(), next(), next());
    let (source, restart, kind) = (next()?, next()?, next()?);
    let scale = unit.as_deref().and_then(Scale::of);
    let numeric = matches!(kind.as_str(), "integer" | "real");
    let number = raw.parse::<f64>().ok().filter(|_| numeric);
    let scaled = number.map(|n| if n < 0.0 { n } else { n * scale.map_or(1.0, |s| s.factor) });
    Some(Setting {
        value: shown(&raw, numeric, scale),
        number: scaled,
        unit: scale.map(|s| s.base.to_owned()),
        default: boot.map(|boot| shown(&boot, numeric, scale)),
        source,
        needs_restart: restart == "t",
        name,
    })
}

/// How one unit of a setting relates to its base unit.
#[derive(Clone, Copy)]
struct Scale {
    base: &'static str,
    factor: f64,
}

impl Scale {
    /// `8kB`, `kB`, `MB`, `B`, `ms`, `s`, `min`.
    fn of(unit: &str) -> Option<Scale> {
        let digits = unit.find(|c: char| !c.is_ascii_digit()).unwrap_or(unit.len());
        let (count, name) = unit.split_at(digits);
        let count: f64 = if count.is_empty() { 1.0 } else { count.parse().ok()? };
        let (base, factor) = match name {
            "B" => ("bytes", 1.0),
            "kB" => ("bytes", 1024.0),
            "MB" => ("bytes", 1024.0 * 1024.0),
            "GB" => ("bytes", 1024.0 * 1024.0 * 1024.0),
            "us" => ("ms", 0.001),
            "ms" => ("ms", 1.0),
            "s" => ("ms", 1000.0),
            "min" => ("ms", 60_000.0),
            "h" => ("ms", 3_600_000.0),
            "d" => ("ms", 86_400_000.0),
            _ => return None,
        };
        Some(Scale { base, factor: count * factor })
    }
}

/// As SHOW prints it: the largest unit that divides the value.
fn shown(raw: &str, numeric: bool, scale: Option<Scale>) -> String {
    const BYTES: &[(&str, f64)] = &[
        ("TB", 1_099_511_627_776.0),
        ("GB", 1_073_741_824.0),
        ("MB", 1_048_576.0),
        ("kB", 1024.0),
        ("B", 1.0),
    ];
    const TIMES: &[(&str, f64)] = &[
        ("d", 86_400_000.0),
        ("h", 3_600_000.0),
        ("min", 60_000.0),
        ("s", 1000.0),
        ("ms", 1.0),
        ("us", 0.001),
    ];
    let (Some(scale), Ok(number), true) = (scale, raw.parse::<f64>(), numeric) else {
        return raw.to_owned();
    };
    if number <= 0.0 {
        return raw.to_owned();
    }
    let value = number * scale.factor;
    let units = if scale.base == "bytes" { BYTES } else { TIMES };
    let fits = |(_, factor): &&(&str, f64)| {
        let quotient = value / factor;
        quotient > 0.99 && (quotient - quotient.round()).abs() < 1e-9 * quotient
    };
    match units.iter().find(fits) {
        Some((unit, factor)) => format!("{}{unit}", (value / factor).round()),
        None => format!("{value}{}", if scale.base == "bytes" { "B" } else { "ms" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(name: &str, raw: &str, unit: Option<&str>, kind: &str) -> Setting {
        let text = |t: &str| Some(t.to_owned());
        let row = vec![
            text(name),
            text(raw),
            unit.map(str::to_owned),
            text(raw),
            text("default"),
            text("f"),
            text(kind),
        ];
        setting(row).unwrap()
    }

    #[test]
    fn numbers_are_bytes_and_milliseconds() {
        let buffers = one("shared_buffers", "16384", Some("8kB"), "integer");
        assert_eq!((buffers.value.as_str(), buffers.number), ("128MB", Some(134_217_728.0)));
        assert_eq!(buffers.unit.as_deref(), Some("bytes"));
        let timeout = one("checkpoint_timeout", "300", Some("s"), "integer");
        assert_eq!((timeout.value.as_str(), timeout.number), ("5min", Some(300_000.0)));
        let cost = one("random_page_cost", "4", None, "real");
        assert_eq!((cost.value.as_str(), cost.number, cost.unit), ("4", Some(4.0), None));
        let delay = one("autovacuum_vacuum_cost_delay", "2.5", Some("ms"), "real");
        assert_eq!((delay.value.as_str(), delay.number), ("2500us", Some(2.5)));
    }

    #[test]
    fn special_values_keep_their_meaning() {
        let off = one("autovacuum_work_mem", "-1", Some("kB"), "integer");
        assert_eq!((off.value.as_str(), off.number), ("-1", Some(-1.0)));
        let flag = one("fsync", "on", None, "bool");
        assert_eq!((flag.value.as_str(), flag.number), ("on", None));
        let mode = one("unix_socket_permissions", "0777", None, "string");
        assert_eq!(mode.number, None);
    }
}
