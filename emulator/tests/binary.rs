//! Tests the binary's command line: its first line of output, its loopback socket and its clean exit.
#![expect(clippy::expect_used, reason = "a failed precondition explains itself")]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_toklink-emulator"))
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a first line");
    (child, line)
}

fn ends_cleanly_on(signal: &str) {
    let (mut child, line) = start(&["--port", "0", "--no-limits", "--seed", "3"]);
    let port =
        line.trim_end().strip_prefix("listening http://127.0.0.1:").expect("the contract of the first line");
    assert!(port.parse::<u16>().expect("a port") > 0);
    let mut stream =
        std::net::TcpStream::connect(format!("127.0.0.1:{port}")).expect("the emulator accepts connections");
    Write::write_all(
        &mut stream,
        b"GET /_emulator/state HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .expect("the request is sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("the response is complete");
    assert!(reply.starts_with("HTTP/1.1 200 OK") && reply.contains("\"limits\":false"), "{reply}");
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    assert!(child.wait().expect("the process exits").success(), "{signal} leads to exit code 0");
}

#[test]
fn binary_prints_its_url_and_exits_cleanly_on_sigterm() {
    ends_cleanly_on("-TERM");
}

#[test]
fn binary_exits_cleanly_on_sigint() {
    ends_cleanly_on("-INT");
}

#[test]
fn exit_with_stdin_option_ends_the_emulator_with_stdin() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_toklink-emulator"))
        .args(["--exit-with-stdin", "--virtual-clock"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("piped")).read_line(&mut line).expect("a first line");
    assert!(
        child.try_wait().expect("the process status is available").is_none(),
        "an open standard input keeps the process running"
    );
    drop(child.stdin.take());
    assert!(child.wait().expect("the process exits").success());
}

#[test]
fn consent_option_grants_access_as_the_given_user() {
    let (mut child, line) = start(&["--consent", "ana.makes"]);
    let address = line.trim_end().strip_prefix("listening http://").expect("the first line is the URL");
    let mut stream = std::net::TcpStream::connect(address).expect("the emulator accepts connections");
    let query = "client_key=awtoklinkemu0001&response_type=code&scope=video.list&state=s\
                 &redirect_uri=https%3A%2F%2Fspike.land%2Fapi%2Fsocial%2Ftiktok%2Fcallback";
    write!(
        stream,
        "GET /v2/auth/authorize/?{query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .expect("the request is sent");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("the response is complete");
    assert!(reply.starts_with("HTTP/1.1 302") && reply.contains("code="), "{reply}");
    child.kill().expect("the process ends");
    child.wait().expect("the process ended");
}

#[test]
fn unknown_option_exits_with_code_2() {
    let run = Command::new(env!("CARGO_BIN_EXE_toklink-emulator")).arg("--prot").output().expect("it runs");
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("usage:"));
}

#[test]
fn invalid_scenario_exits_with_code_2_and_a_message() {
    let file = std::env::temp_dir().join(format!("toklink-scenario-{}.yaml", std::process::id()));
    std::fs::write(&file, "seed: 1\nfaults:\n  - endpoint: uplaod\n").expect("it is written");
    let run = Command::new(env!("CARGO_BIN_EXE_toklink-emulator"))
        .arg("--scenario")
        .arg(&file)
        .output()
        .expect("it runs");
    std::fs::remove_file(&file).expect("it is removed");
    let stderr = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{stderr}");
    for part in [".yaml, line 3, column", "field faults[0]", "endpoint \"uplaod\" does not exist"] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
}
