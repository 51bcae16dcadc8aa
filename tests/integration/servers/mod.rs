//! What is promised of MySQL and MariaDB alike, on real servers of both.

mod greeting;
mod sight;
mod statistics;
mod verbs;

use planwise::engine::{Access, Session, SessionOptions};
use planwise::progress::Progress;
use planwise::sandbox::{Sandbox, SandboxOptions};

use crate::parts;
use crate::program::Desk;

/// Events of very unequal kinds, and a few of their people. Sequences are made by joining digits: both servers know that.
const EVENTS: &str = "\
CREATE TABLE digit (d INT PRIMARY KEY);
INSERT INTO digit VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
CREATE TABLE event (id INT PRIMARY KEY AUTO_INCREMENT, person_id INT NOT NULL, kind VARCHAR(10) NOT NULL,
                    at DATETIME NOT NULL, cost INT NOT NULL, body VARCHAR(60) NOT NULL,
                    KEY of_person (person_id), KEY of_kind (kind), KEY of_time (at));
INSERT INTO event (person_id, kind, at, cost, body)
SELECT (a.d + 10 * b.d + 100 * c.d) * 3, IF(e.d = 0 AND f.d < 2, 'rare', 'usual'), '2024-01-01' + INTERVAL a.d + 10 * b.d DAY,
       a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d, CONCAT('body of ', a.d + 10 * b.d + 100 * c.d)
FROM digit a, digit b, digit c, digit e, digit f WHERE f.d < 3;
CREATE TABLE person (id INT PRIMARY KEY, name VARCHAR(40) NOT NULL);
INSERT INTO person SELECT a.d + 10 * b.d + 100 * c.d, CONCAT('person ', a.d) FROM digit a, digit b, digit c;
CREATE TABLE paper (id INT PRIMARY KEY, doc JSON NOT NULL);
INSERT INTO paper SELECT d, JSON_OBJECT('tags', JSON_ARRAY(d, d + 100), 'brand', CONCAT('b', d)) FROM digit;
ANALYZE TABLE event, person, paper;
";

async fn events(engine: &str) -> Option<Sandbox> {
    let desk = Desk::new();
    let script = desk.write("events.sql", EVENTS);
    let mut sandbox = parts::sandbox(engine, SandboxOptions::default()).await?;
    sandbox.load(&[script], Progress::hidden()).await.unwrap();
    Some(sandbox)
}

/// With every right.
async fn administrator(sandbox: &Sandbox) -> Box<dyn Session> {
    let options = SessionOptions { access: Access::Commit, ..SessionOptions::default() };
    sandbox.connect(&options).await.unwrap()
}
