//! The server under measurement, started for it and gone after it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

/// How long the server may take to say where it listens.
const START: Duration = Duration::from_secs(30);

/// A running `jsrun serve` on a free loopback port; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts `binary` and waits until it listens.
    pub(crate) async fn start(binary: &Path) -> anyhow::Result<Self> {
        Self::start_with(binary, &[]).await
    }

    /// The same with more arguments of `jsrun serve`.
    pub(crate) async fn start_with(binary: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let mut process = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {} (make build makes it)", binary.display()))?;
        let mut output = BufReader::new(process.stdout.take().expect("stdout is piped"));
        let address = timeout(START, announced_address(&mut output)).await.with_context(|| {
            format!("the server did not say within {} s where it listens", START.as_secs())
        })??;
        tokio::spawn(drain(output));
        Ok(Self { process, address })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process id; zero when it has ended.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id().unwrap_or(0)
    }

    /// Ends it; an error when it had ended on its own, because then what was measured was not all of it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        if let Some(status) = self.process.try_wait()? {
            bail!("the server ended during the measurement: {status}");
        }
        self.process.kill().await.context("cannot stop the server")
    }
}

async fn announced_address(output: &mut BufReader<ChildStdout>) -> anyhow::Result<SocketAddr> {
    let mut line = String::new();
    loop {
        line.clear();
        if output.read_line(&mut line).await? == 0 {
            bail!("the server ended before it listened");
        }
        if let Some(address) = parse_announcement(&line) {
            return Ok(address);
        }
    }
}

/// Reads the address from a line like `listening on http://127.0.0.1:8000`.
fn parse_announcement(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.split_once("listening on http://")?;
    address.trim_end().trim_end_matches('/').parse().ok()
}

/// Nothing that the server prints later may block it.
async fn drain(mut output: BufReader<ChildStdout>) {
    let mut buffer = [0; 4096];
    while matches!(output.read(&mut buffer).await, Ok(1..)) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announcement_is_found() {
        let address = Some(SocketAddr::from(([127, 0, 0, 1], 41234)));
        assert_eq!(parse_announcement("listening on http://127.0.0.1:41234\n"), address);
        assert_eq!(parse_announcement("jsrun: listening on http://127.0.0.1:41234/\n"), address);
        assert_eq!(parse_announcement("listening on something else\n"), None);
    }

    #[tokio::test]
    async fn a_binary_that_is_not_there_is_named() {
        let error = Server::start(Path::new("/nowhere/jsrun")).await.expect_err("no such file");
        assert!(error.to_string().contains("/nowhere/jsrun"), "{error}");
    }

    #[tokio::test]
    async fn a_server_that_ends_at_once_is_told() {
        let error = Server::start(Path::new("/bin/true")).await.expect_err("/bin/true serves nothing");
        assert_eq!(error.to_string(), "the server ended before it listened");
    }
}
