//! The agent as a child process: its environment, its lines, its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// An environment with nothing of the test's own in it.
pub(crate) fn command(variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubeagent"));
    command.env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    command
}

/// Runs to the end.
pub(crate) fn run(variables: &[(&str, &str)]) -> Output {
    command(variables).output().unwrap()
}

/// A running agent. Killed when dropped.
pub(crate) struct Agent {
    child: Child,
    lines: Receiver<Value>,
    seen: Vec<Value>,
    /// How many of the lines seen lie before the last answer of `next_line`.
    told: usize,
}

impl Agent {
    /// Starts one with these variables and nothing else in its environment.
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        Self::of(command(variables))
    }

    /// Starts one that can make no file larger than so many blocks of 512 bytes (`ulimit -f` of POSIX).
    pub(crate) fn start_with_files_of(blocks: u32, variables: &[(&str, &str)]) -> Self {
        let mut shell = Command::new("sh");
        let line = format!("ulimit -f {blocks}; exec \"$0\"");
        shell.args(["-c", &line, env!("CARGO_BIN_EXE_kubeagent")]);
        shell.env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
        Self::of(shell)
    }

    fn of(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let (sender, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in stdout.lines() {
                let line = line.unwrap();
                let parsed =
                    serde_json::from_str(&line).unwrap_or_else(|_| panic!("not a JSON line: {line}"));
                if sender.send(parsed).is_err() {
                    break;
                }
            }
        });
        Self { child, lines, seen: Vec::new(), told: 0 }
    }

    /// The first line, from now or before, whose message contains `text`.
    pub(crate) fn line(&mut self, text: &str) -> Value {
        let found = self.position(0, text);
        self.seen[found].clone()
    }

    /// The next line after the one that was told last whose message contains `text`.
    pub(crate) fn next_line(&mut self, text: &str) -> Value {
        let found = self.position(self.told, text);
        self.told = found + 1;
        self.seen[found].clone()
    }

    fn position(&mut self, from: usize, text: &str) -> usize {
        let matches = |line: &Value| line["msg"].as_str().is_some_and(|message| message.contains(text));
        if let Some(found) = self.seen.iter().skip(from).position(matches) {
            return from + found;
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.lines.recv_timeout(left) else {
                panic!("no line with {text:?}; there were: {:#?}", self.seen)
            };
            self.seen.push(line);
            if self.seen.last().is_some_and(matches) {
                return self.seen.len() - 1;
            }
        }
    }

    /// Where the OTLP receiver listens for HTTP.
    pub(crate) fn address(&mut self) -> SocketAddr {
        let line = self.line("Starting HTTP server");
        line["address"].as_str().unwrap().parse().unwrap()
    }

    /// Sends a signal by its number.
    pub(crate) fn signal(&self, signal: &str) {
        let status =
            Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Its exit status, once it ends.
    pub(crate) fn status(&mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        // Lines end when the process does.
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.seen.push(line);
        }
        self.child.wait().unwrap().code()
    }

    /// Every message so far, in order.
    pub(crate) fn messages(&self) -> Vec<&str> {
        self.seen.iter().filter_map(|line| line["msg"].as_str()).collect()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One HTTP/1.1 request; the status and the body.
pub(crate) fn request(address: SocketAddr, head: &str, body: &[u8]) -> (u16, String) {
    request_to(address, "test", head, body)
}

/// The same with the name that the server is called by.
pub(crate) fn request_to(address: SocketAddr, host: &str, head: &str, body: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    write!(stream, "{head}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
        .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

/// Posts one log record whose body is `text`.
pub(crate) fn post_log(address: SocketAddr, text: &str) -> (u16, String) {
    let body = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"{text}"}}}}]}}]}}]}}"#
    );
    request(address, "POST /v1/logs HTTP/1.1\r\nContent-Type: application/json", body.as_bytes())
}
