//! Servers that are too old to be measured on: what is said, and what works all the same. No such server is installed: one
//! that speaks as much of the protocol as a client needs to learn its version stands in.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::program::{Desk, assert_says, assert_status, planwise, stderr, stdout};

const VERSION: &str = "5.7.44-log";

/// Answers each connection until its client leaves.
fn old_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || converse(stream));
        }
    });
    port
}

fn converse(mut stream: TcpStream) -> Option<()> {
    send(&mut stream, 0, &greeting())?;
    let (sequence, _) = receive(&mut stream)?;
    send(&mut stream, sequence + 1, OK)?;
    loop {
        let (_, packet) = receive(&mut stream)?;
        let (command, text) = packet.split_first()?;
        let text = String::from_utf8_lossy(text).to_lowercase();
        match (command, text.strip_prefix("select ")) {
            (0x01, _) => return None,
            (0x03, Some(columns)) => answer(&mut stream, columns)?,
            _ => send(&mut stream, 1, OK)?,
        }
    }
}

const OK: &[u8] = &[0, 0, 0, 2, 0, 0, 0];
const END: &[u8] = &[0xfe, 0, 0, 2, 0];

/// Protocol 41, transactions, databases, authentication by name.
fn greeting() -> Vec<u8> {
    let capabilities: u32 = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x8_0000;
    let (low, high) = (capabilities as u16, (capabilities >> 16) as u16);
    let mut packet = vec![10];
    packet.extend(VERSION.bytes().chain([0]));
    packet.extend(7u32.to_le_bytes());
    packet.extend(b"abcdefgh\0");
    packet.extend(low.to_le_bytes());
    packet.extend([33, 2, 0]);
    packet.extend(high.to_le_bytes());
    packet.extend([21]);
    packet.extend([0; 10]);
    packet.extend(b"ijklmnopqrst\0mysql_native_password\0");
    packet
}

/// One row of texts.
fn answer(stream: &mut TcpStream, columns: &str) -> Option<()> {
    let columns: Vec<&str> = columns.split(',').map(str::trim).collect();
    let mut sequence = 1;
    let mut say = |packet: &[u8]| {
        send(stream, sequence, packet)?;
        sequence += 1;
        Some(())
    };
    say(&[columns.len() as u8])?;
    for column in &columns {
        let mut packet = Vec::new();
        for text in ["def", "", "", "", column, ""] {
            packet.extend(counted(text));
        }
        packet.extend([0x0c, 33, 0, 255, 0, 0, 0, 0xfd, 0, 0, 0, 0, 0]);
        say(&packet)?;
    }
    say(END)?;
    let value = |column: &&str| match *column {
        "version()" => counted(VERSION),
        "@@socket" => counted("/nowhere"),
        _ => counted("16777216"),
    };
    say(&columns.iter().flat_map(value).collect::<Vec<u8>>())?;
    say(END)
}

fn counted(text: &str) -> Vec<u8> {
    [text.len() as u8].into_iter().chain(text.bytes()).collect()
}

fn send(stream: &mut TcpStream, sequence: u8, packet: &[u8]) -> Option<()> {
    let length = (packet.len() as u32).to_le_bytes();
    let header = [length[0], length[1], length[2], sequence];
    stream.write_all(&[&header[..], packet].concat()).ok()
}

fn receive(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    let mut header = [0; 4];
    stream.read_exact(&mut header).ok()?;
    let length = u32::from_le_bytes([header[0], header[1], header[2], 0]);
    let mut packet = vec![0; length as usize];
    stream.read_exact(&mut packet).ok()?;
    Some((header[3], packet))
}

#[test]
fn a_server_that_is_too_old_is_told_in_one_sentence_what_works() {
    let desk = Desk::new();
    let queries = desk.write("queries.sql", "-- name: one\nSELECT 1;\n");
    let url = format!("mysql://ann@127.0.0.1:{}/shop", old_server());
    for verb in ["run", "advise", "tune", "health"] {
        let mut command = planwise();
        command.arg(verb);
        if verb != "health" {
            command.arg(&queries);
        }
        let output = command.args(["--db", &url]).output().unwrap();
        assert_status(&output, 3);
        let said = stderr(&output);
        assert_says(&said, &["MySQL 5.7.44-log is too old", "planwise explain", "MySQL 8.0.18"]);
        assert_eq!(said.matches("too old").count(), 1, "{verb}: {said}");
    }
}

/// As MySQL 5.7 prints it.
const PLAN: &str = r#"{
  "query_block": {
    "select_id": 1,
    "cost_info": {
      "query_cost": "241804.40"
    },
    "ordering_operation": {
      "using_filesort": true,
      "cost_info": {
        "sort_cost": "11980.00"
      },
      "table": {
        "table_name": "orders",
        "access_type": "ALL",
        "possible_keys": [
          "of_state"
        ],
        "rows_examined_per_scan": 1198000,
        "rows_produced_per_join": 11980,
        "filtered": "1.00",
        "cost_info": {
          "read_cost": "227428.40",
          "eval_cost": "2396.00",
          "prefix_cost": "229824.40",
          "data_read_per_join": "9M"
        },
        "used_columns": [
          "id",
          "state",
          "placed"
        ],
        "attached_condition": "((`shop`.`orders`.`state` = 'open') and (`shop`.`orders`.`placed` > '2017-01-01'))"
      }
    }
  }
}"#;

const TABLE: &str = "\
+----+-------------+--------+------------+------+---------------+------+---------+------+---------+----------+-----------------------------+
| id | select_type | table  | partitions | type | possible_keys | key  | key_len | ref  | rows    | filtered | Extra                       |
+----+-------------+--------+------------+------+---------------+------+---------+------+---------+----------+-----------------------------+
|  1 | SIMPLE      | orders | NULL       | ALL  | of_state      | NULL | NULL    | NULL | 1198000 |     1.00 | Using where; Using filesort |
+----+-------------+--------+------------+------+---------------+------+---------+------+---------+----------+-----------------------------+
";

#[test]
fn its_plans_are_judged_all_the_same() {
    let desk = Desk::new();
    for (name, text, rows) in [("plan.json", PLAN, "11,980"), ("plan.txt", TABLE, "orders")] {
        let plan = desk.write(name, text);
        let output = planwise().arg("explain").arg(&plan).output().unwrap();
        assert_status(&output, 0);
        assert_says(&stdout(&output), &["ALL on orders", rows]);
        assert_eq!(stderr(&output), "", "{name}");
    }
}
