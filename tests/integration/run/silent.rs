//! A connection that says nothing any more: the server is stopped, or a firewall has forgotten it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::ending::wait_until_measuring;
use super::shop::Shop;
use crate::program::{
    Desk, assert_says, assert_status, planwise_that_hears_hangups, query, stderr,
};

/// Passes bytes on between TCP and the server's socket, until it is told to be silent.
struct Proxy {
    port: u16,
    silent: Arc<AtomicBool>,
}

impl Proxy {
    fn before(socket: String) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let silent = Arc::new(AtomicBool::new(false));
        let shared = Arc::clone(&silent);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = UnixStream::connect(&socket).unwrap();
                let (to_server, to_client) = (server.try_clone().unwrap(), client.try_clone());
                pass(client, to_server, Arc::clone(&shared));
                pass(server, to_client.unwrap(), Arc::clone(&shared));
            }
        });
        Proxy { port, silent }
    }
}

trait Close {
    fn close(&self);
}

impl Close for TcpStream {
    fn close(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl Close for UnixStream {
    fn close(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

fn pass(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Close + Send + 'static,
    silent: Arc<AtomicBool>,
) {
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            // What comes while it is silent is swallowed, as by a firewall.
            if !silent.load(Ordering::SeqCst) && to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        to.close();
    });
}

fn begin(shop: &Shop, desk: &Desk, proxy: &Proxy, statement_timeout: &str) -> Child {
    let sql = "-- name: quick\nSELECT count(*) FROM orders;\n-- name: nap\nSELECT pg_sleep(0.05);";
    let file = desk.write("two.sql", sql);
    let database = shop.sandbox.database();
    let url = format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", proxy.port);
    let mut command = planwise_that_hears_hangups();
    command.args([
        "run",
        "--rounds",
        "100000",
        "--statement-timeout",
        statement_timeout,
        "--db",
        &url,
    ]);
    command.arg("--out").arg(desk.out()).arg(file);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn silenced(statement_timeout: &str) -> Option<(Shop, Desk, Child)> {
    let shop = Shop::open()?;
    let desk = Desk::new();
    let proxy = Proxy::before(shop.socket());
    let child = begin(&shop, &desk, &proxy, statement_timeout);
    wait_until_measuring(&shop);
    proxy.silent.store(true, Ordering::SeqCst);
    Some((shop, desk, child))
}

#[test]
fn a_silent_server_is_given_up_and_what_was_measured_is_saved() {
    let Some((_shop, desk, child)) = silenced("0.5") else { return };
    let output = child.wait_with_output().unwrap();
    assert_status(&output, 3);
    let run = desk.run_json();
    assert_says(run["lost"]["message"].as_str().unwrap(), &["no answer came within"]);
    assert!(query(&run, "quick")["latency"]["count"].as_u64().unwrap() > 2);
    assert!(!stderr(&output).contains("panicked"));
}

#[test]
fn the_first_signal_ends_a_run_on_a_silent_server() {
    // On a busy machine the signal must still come before the silence is noticed.
    let Some((_shop, desk, child)) = silenced("60") else { return };
    kill(Pid::from_raw(child.id() as i32), Signal::SIGHUP).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_status(&output, 130);
    let run = desk.run_json();
    assert!(query(&run, "quick")["latency"]["count"].as_u64().unwrap() > 2);
    // It was the signal, and not the server's silence, that ended it.
    assert!(run["lost"].is_null(), "{}", run["lost"]);
}
