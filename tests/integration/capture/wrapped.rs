//! Logs as syslog, containers and clouds hand them on: each must give what the server's own log gives.

use super::captured;
use crate::program::Desk;

/// A statement over two lines with a value, and one that fails.
fn lines(prefix: &str) -> Vec<String> {
    [
        "LOG:  duration: 1.500 ms  execute s: SELECT *\n\tFROM t WHERE a = $1",
        "DETAIL:  parameters: $1 = '7'",
        "ERROR:  division by zero",
        "STATEMENT:  SELECT 1/0",
    ]
    .map(|text| format!("{prefix}{text}"))
    .to_vec()
}

const PREFIX: &str = "2024-03-04 10:11:12.345 UTC [71] ann@shop ";

fn syslog(header: &str, prefix: &str) -> String {
    let mut log = String::new();
    let mut sequence = 0;
    for text in lines(prefix) {
        // A detail is a chunk of the message it belongs to.
        let own = text.contains("LOG:") || text.contains("ERROR:");
        let mut chunk = if own { 0 } else { 2 };
        sequence += usize::from(own);
        for part in text.split('\n') {
            chunk += 1;
            log.push_str(&format!("{header}[{sequence}-{chunk}] {}\n", part.replace('\t', "#011")));
        }
    }
    log
}

fn json_lines(of: impl Fn(&str) -> serde_json::Value) -> String {
    let entries = [lines(PREFIX)[..2].join("\n"), lines(PREFIX)[2..].join("\n")];
    entries.iter().map(|entry| format!("{}\n", of(entry))).collect()
}

#[test]
fn whatever_a_log_is_wrapped_in_its_statements_come_out() {
    let desk = Desk::new();
    let plain: String = lines(PREFIX).iter().map(|line| format!("{line}\n")).collect();
    let each_line = |wrap: &dyn Fn(&str) -> String| {
        plain.lines().map(|line| format!("{}\n", wrap(line))).collect::<String>()
    };
    let record = |message: &str, more: &str| {
        format!(
            "{{\"level\":\"info\",\"logger\":\"postgres\",\"msg\":\"record\",\"record\":{{\"log_time\":\"2024-03-04 10:11:12.345 UTC\",\"user_name\":\"ann\",\"database_name\":\"shop\",\"process_id\":\"71\",\"session_id\":\"65e59e30.47\",{more},\"message\":{}}}}}\n",
            serde_json::Value::from(message)
        )
    };
    let cnpg = format!(
        "{}{}",
        record(
            "duration: 1.500 ms  execute s: SELECT *\n\tFROM t WHERE a = $1",
            "\"error_severity\":\"LOG\",\"detail\":\"parameters: $1 = '7'\""
        ),
        record(
            "division by zero",
            "\"error_severity\":\"ERROR\",\"sql_state_code\":\"22012\",\"query\":\"SELECT 1/0\""
        )
    );
    // Cut where the runtime's buffer ends.
    let cut = format!("{}\n{}", &cnpg[..200], &cnpg[200..]);
    let forms = [
        ("plain", plain.clone()),
        ("rfc3164", syslog("Mar  4 10:11:12 db1 postgres[71]: ", PREFIX)),
        ("rfc5424", syslog("<134>1 2024-03-04T10:11:12.345Z db1 postgres 71 - - ", PREFIX)),
        (
            "syslog without a time of its own",
            syslog("Mar  4 10:11:12 db1 postgres[71]: ", "ann@shop "),
        ),
        (
            "heroku",
            syslog(
                "2024-03-04T10:11:12.345678+00:00 app[postgres.71]: [DATABASE] ",
                " sql_error_code = 00000 ",
            ),
        ),
        ("container", each_line(&|line| format!("2024-03-04T10:11:12.000000000Z stderr F {line}"))),
        (
            "kubectl --timestamps",
            each_line(&|line| format!("2024-03-04T10:11:12.000000000Z {line}")),
        ),
        ("compose", each_line(&|line| format!("db-1  | {line}"))),
        (
            "docker",
            each_line(&|line| {
                serde_json::json!({"log": format!("{line}\n"), "stream": "stderr", "time": "2024-03-04T10:11:12Z"}).to_string()
            }),
        ),
        (
            "cloud sql",
            json_lines(
                |entry| serde_json::json!({"textPayload": entry, "timestamp": "2024-03-04T10:11:12Z"}),
            ),
        ),
        (
            "cloud sql, one array",
            format!(
                "[\n{}\n]\n",
                json_lines(|entry| serde_json::json!({"textPayload": entry}))
                    .trim_end()
                    .replace('\n', ",\n")
            ),
        ),
        (
            "azure",
            json_lines(
                |entry| serde_json::json!({"category": "PostgreSQLLogs", "properties": {"message": entry, "processId": 71}}),
            ),
        ),
        ("cloudnativepg", cnpg.clone()),
        ("cloudnativepg, cut", cut),
    ];
    for (name, log) in forms {
        let log = desk.write("x.log", log);
        let digest = captured(&[&log], &desk.path("x.workload"), &[]);
        assert_eq!(
            (&digest["statements"], &digest["errors"], &digest["rejected"]),
            (&2.into(), &1.into(), &0.into()),
            "{name}: {digest:#}"
        );
        assert_eq!(
            (&digest["duration_ms"], &digest["sessions"]),
            (&1.5.into(), &1.into()),
            "{name}: {digest:#}"
        );
        let sample = &digest["queries"][0]["typical"];
        assert_eq!(sample["values"], serde_json::json!(["7"]), "{name}: {digest:#}");
        let text =
            sample["text"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(text, "SELECT * FROM t WHERE a = $1", "{name}");
        assert!(
            digest["last"].as_str().unwrap().contains("-03-04T10:11:12"),
            "{name}: {}",
            digest["last"]
        );
    }
}
