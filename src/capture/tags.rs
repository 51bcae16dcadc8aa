//! What an application says about a statement in its comments: sqlcommenter's and marginalia's tags.

use percent_encoding::percent_decode;

/// Longer comments are prose.
const LONGEST: usize = 4096;
const MOST_TAGS: usize = 16;

/// Keys and values of one comment; empty where it is no list of them.
pub fn tags(comment: &[u8]) -> Vec<(String, String)> {
    let inner = comment.strip_prefix(b"/*").and_then(|inner| inner.strip_suffix(b"*/"));
    let inner = inner.or_else(|| comment.strip_prefix(b"--"));
    let Some(Ok(inner)) = inner.filter(|inner| inner.len() <= LONGEST).map(std::str::from_utf8)
    else {
        return Vec::new();
    };
    let parts: Option<Vec<_>> = inner.trim().split(',').map(|part| tag(part.trim())).collect();
    parts.filter(|tags| tags.len() <= MOST_TAGS).unwrap_or_default()
}

/// `key='value'` with percent signs, or `key:value`.
fn tag(part: &str) -> Option<(String, String)> {
    let (key, value) = match part.split_once('=') {
        Some((key, value)) => (key, value.trim().strip_prefix('\'')?.strip_suffix('\'')?),
        None => part.split_once(':').map(|(key, value)| (key, value.trim()))?,
    };
    let key = key.trim();
    let plain = !key.is_empty()
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let decoded = |text: &str| percent_decode(text.as_bytes()).decode_utf8_lossy().into_owned();
    plain.then(|| (decoded(key), decoded(&value.replace("\\'", "'"))))
}

/// Tags that differ from call to call: kept with samples, counted nowhere.
pub fn is_unique(key: &str) -> bool {
    matches!(key, "traceparent" | "tracestate" | "request_id" | "trace_id" | "span_id" | "job_id")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(comment: &str) -> Vec<String> {
        tags(comment.as_bytes()).into_iter().map(|(key, value)| format!("{key}={value}")).collect()
    }

    #[test]
    fn both_kinds_of_tags_are_read() {
        assert_eq!(
            of("/*controller='index',route='%5Eorders%2F',traceparent='00-5bd66ef5-01'*/"),
            ["controller=index", "route=^orders/", "traceparent=00-5bd66ef5-01"]
        );
        assert_eq!(
            of("/*application:shop,controller:orders,action:show*/"),
            ["application=shop", "controller=orders", "action=show"]
        );
        assert_eq!(of("/* newest first, please */"), [""; 0]);
        assert_eq!(of("-- x"), [""; 0]);
    }
}
