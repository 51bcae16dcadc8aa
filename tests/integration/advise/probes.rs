//! Many small queries, each with the one right index known beforehand.

use planwise::advise::IndexAdvice;
use serde::Deserialize;

use super::shop::{Asked, Shop, folder};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Probe {
    id: String,
    sql: String,
    #[serde(default)]
    params: Vec<Vec<String>>,
    #[serde(default)]
    table: String,
    /// Keys in order; empty where no index is right.
    keys: Vec<String>,
    /// Other key lists that are just as good.
    #[serde(default)]
    any: Vec<Vec<String>>,
    #[serde(default = "ordered")]
    method: String,
    /// Text that the condition of a partial index contains; empty text: it must not be partial.
    predicate: Option<String>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    ddl_contains: String,
}

#[derive(Deserialize)]
struct ProbeFile {
    probe: Vec<Probe>,
}

fn ordered() -> String {
    "btree".to_owned()
}

/// How far the advice for one probe is from what is right.
enum Verdict {
    Right,
    /// Nothing was proposed where something is right.
    Missing,
    Wrong(String),
}

impl Probe {
    fn query_file(&self) -> String {
        let params = match self.params.is_empty() {
            true => String::new(),
            false => format!("-- params: {}\n", serde_json::to_string(&self.params).unwrap()),
        };
        format!("-- name: {}\n{params}{};\n", self.id, self.sql)
    }

    fn judge(&self, proposed: &[IndexAdvice]) -> Verdict {
        match proposed {
            [] if self.keys.is_empty() => Verdict::Right,
            [] => Verdict::Missing,
            [index] if self.accepts(index) => Verdict::Right,
            _ => {
                let ddl: Vec<&str> = proposed.iter().map(|index| index.ddl.as_str()).collect();
                Verdict::Wrong(ddl.join(" "))
            }
        }
    }

    fn accepts(&self, index: &IndexAdvice) -> bool {
        let keys = std::iter::once(&self.keys).chain(&self.any).any(|keys| {
            index.columns.len() == keys.len()
                && index.columns.iter().zip(keys).all(|(has, wants)| same_text(has, wants))
        });
        let partial = match self.predicate.as_deref() {
            None => true,
            Some("") => index.predicate.is_none(),
            Some(text) => index.predicate.as_ref().is_some_and(|has| has.contains(text)),
        };
        keys && partial
            && !self.keys.is_empty()
            && index.table == self.table
            && index.method == self.method
            && index.include == self.include
            && index.ddl.contains(&self.ddl_contains)
    }
}

/// Parentheses around an expression are a matter of taste.
fn same_text(a: &str, b: &str) -> bool {
    let bare = |text: &str| text.replace(['(', ')', ' '], "");
    bare(a) == bare(b)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_index_or_none() {
    let Some(shop) = Shop::open().await else { return };
    let text = std::fs::read_to_string(folder().join("probes.toml")).unwrap();
    let probes = toml::from_str::<ProbeFile>(&text).unwrap().probe;
    assert!(probes.len() >= 50 && probes.iter().filter(|p| p.keys.is_empty()).count() >= 10);
    let (mut right, mut report) = (0, String::new());
    let (mut wrong, mut missing) = (0, 0);
    for probe in &probes {
        let advice = shop.advise(&shop.workload(&probe.query_file()), Asked::Copy).await;
        match probe.judge(&advice.indexes) {
            Verdict::Right => right += 1,
            Verdict::Missing => {
                missing += 1;
                report.push_str(&format!("\nmissing {}: {:?}", probe.id, advice.notes));
            }
            Verdict::Wrong(proposed) => {
                wrong += 1;
                report.push_str(&format!("\nwrong   {}: {proposed}", probe.id));
            }
        }
    }
    assert_eq!(wrong, 0, "{right} of {} right, {missing} missing:{report}", probes.len());
    assert!(right * 100 >= probes.len() * 95, "{right} of {} right:{report}", probes.len());
}
