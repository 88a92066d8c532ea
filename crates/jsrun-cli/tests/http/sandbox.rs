//! `--sandbox`, `jsrun doctor`, and what the service says of it.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::server::{Server, command};

const REQUIRED: [&str; 5] = ["user", "no-new-privileges", "resource-limits", "not-dumpable", "seccomp"];

#[test]
fn the_version_says_which_layers_hold() {
    for (arguments, mode) in
        [(&[][..], "auto"), (&["--sandbox", "auto"], "auto"), (&["--sandbox", "require"], "require")]
    {
        let server = Server::start_with(arguments);
        let sandbox = &server.get("/api/v1/version").json()["sandbox"];
        assert_eq!(sandbox["mode"], mode);
        for layer in REQUIRED {
            let holds = sandbox["holds"].as_array().expect("a list");
            assert!(holds.contains(&json!(layer)), "{layer}: {sandbox}");
        }
        server.assert_alive();
    }
}

#[test]
fn beyond_loopback_the_sandbox_is_required() {
    let server = Server::start_on("0.0.0.0:0", &[]);
    let port = server.address().rsplit_once(':').expect("a port").1;
    let version = ureq::get(format!("http://127.0.0.1:{port}/api/v1/version")).call().expect("an answer");
    let version: Value = serde_json::from_reader(version.into_body().into_reader()).expect("JSON");
    assert_eq!(version["sandbox"]["mode"], "require");
}

#[test]
fn off_says_so_at_every_start() {
    let mut server = command()
        .args(["serve", "--listen", "127.0.0.1:0", "--workers", "1", "--sandbox", "off"])
        // Not even a log that is switched off hides it.
        .env("JSRUN_LOG", "off")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    let mut stdout = std::io::BufReader::new(server.stdout.take().expect("it is piped"));
    std::io::BufRead::read_line(&mut stdout, &mut line).expect("text");
    assert!(line.starts_with("listening on "), "{line}");
    server.kill().expect("it runs");
    let Output { stderr, .. } = server.wait_with_output().expect("it is our child");
    let stderr = String::from_utf8(stderr).expect("UTF-8");
    assert!(stderr.starts_with("jsrun: WARNING: --sandbox off"), "{stderr}");

    let server = Server::start_with(&["--sandbox", "off"]);
    let sandbox = &server.get("/api/v1/version").json()["sandbox"];
    assert_eq!((&sandbox["mode"], &sandbox["holds"]), (&json!("off"), &json!([])));
    server.assert_alive();
}

#[test]
fn an_unknown_mode_is_refused() {
    let output = command().args(["serve", "--sandbox", "on"]).output().expect("the binary starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("--sandbox") && stderr.contains("require, auto and off"), "{stderr}");
}

#[test]
fn the_doctor_shows_every_layer_and_attempt() {
    let output = command().arg("doctor").output().expect("the binary starts");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    for layer in REQUIRED {
        let line = stdout.lines().find(|line| line.trim_start().starts_with(layer));
        assert!(line.is_some_and(|line| line.contains(" ok ")), "{layer}: {stdout}");
    }
    assert!(stdout.contains("landlock") && stdout.contains("namespaces"), "{stdout}");
    assert_eq!(stdout.matches("denied").count(), 13, "{stdout}");
    assert!(stdout.ends_with("asks for is there.\n"), "{stdout}");
}

/// The command as root without the right to become another user, as in a container without capabilities. `None` where
/// that cannot be had: the tests do not run as root, or have no `setpriv`.
fn without_change_of_user() -> Option<Command> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    Command::new("setpriv").arg("--version").output().ok()?;
    let mut setpriv = Command::new("setpriv");
    setpriv.args(["--bounding-set=-setuid", "--inh-caps=-setuid", env!("CARGO_BIN_EXE_jsrun")]);
    Some(setpriv)
}

#[test]
fn a_missing_layer_is_named_with_what_to_do() {
    let Some(mut doctor) = without_change_of_user() else { return };
    let output = doctor.arg("doctor").output().expect("setpriv starts");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(output.status.code(), Some(1), "{stdout}");
    let line = stdout.lines().find(|line| line.trim_start().starts_with("user")).expect("a line");
    assert!(line.contains("missing") && line.contains("SETUID"), "{line}");

    let mut serve = without_change_of_user().expect("as before");
    let output = serve.args(["serve", "--listen", "127.0.0.1:0", "--sandbox", "require"]).output();
    let output = output.expect("setpriv starts");
    let stderr = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("the layer user is missing") && stderr.contains("--sandbox auto"), "{stderr}");
}
