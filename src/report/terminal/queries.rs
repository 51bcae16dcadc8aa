//! The table of queries.

use super::Paint;
use super::table::{Tone, cell, labelled, table};
use crate::report::text::visible;
use crate::report::view::{PLANNED, Page, QueryView};

pub fn queries(page: &Page, width: usize, paint: Paint) -> String {
    let headers = ["Query", "Median", "95 % interval", "p95", "Share", "Findings"];
    let mut table = table(&headers, width, paint);
    for query in page.queries.iter().filter(|q| q.latency.is_some()) {
        table.add_row(row(query, paint));
    }
    let mut text = String::new();
    if page.queries.iter().any(|q| q.latency.is_some()) {
        text.push_str(&format!("{table}\n"));
    }
    let planned = |query: &&QueryView| query.status == PLANNED;
    for query in page.queries.iter().filter(|q| q.latency.is_none() && !planned(q)) {
        text.push_str(&unmeasured(query, width, paint));
    }
    text
}

fn row(query: &QueryView, paint: Paint) -> Vec<comfy_table::Cell> {
    let latency = |pick: fn(&crate::report::view::LatencyView) -> &String| {
        query.latency.as_ref().map_or(String::new(), |l| pick(l).clone())
    };
    let findings = match query.findings.len() {
        0 => String::new(),
        n => n.to_string(),
    };
    vec![
        cell(&query.id, Tone::Plain, paint),
        cell(&latency(|l| &l.p50), Tone::Plain, paint),
        cell(&latency(|l| &l.interval), Tone::Dim, paint),
        cell(&latency(|l| &l.p95), Tone::Plain, paint),
        cell(&query.share, Tone::Plain, paint),
        cell(&findings, Tone::Warn, paint),
    ]
}

fn unmeasured(query: &QueryView, width: usize, paint: Paint) -> String {
    let reason = query.reason.as_deref().unwrap_or_default();
    let told = format!("{} ({}): {reason}", query.id, query.place);
    let mut text = labelled(query.status, &told, width, paint);
    if let Some(spot) = &query.spot {
        let shown =
            |line: &str| visible(line).chars().take(width.saturating_sub(9)).collect::<String>();
        text.push_str(&format!("         {}\n", paint.dim(&shown(&spot.place))));
        text.push_str(&format!("         {}\n", paint.code(&shown(&spot.text))));
        text.push_str(&format!("         {}\n", paint.bad(&shown(&spot.caret))));
    }
    text
}
