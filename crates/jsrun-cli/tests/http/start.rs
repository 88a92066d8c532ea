//! How the command starts, and how it fails to.

use std::net::TcpListener;
use std::process::Output;

use crate::server::{Server, command};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command().args(arguments).output().expect("the binary starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_port_in_use_is_one_clear_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let (code, stdout, stderr) = run(&["serve", "--listen", &address]);
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.starts_with(&format!("jsrun: cannot listen on {address}: ")), "{stderr}");
    assert!(stderr.contains("--listen"), "{stderr}");
}

#[test]
fn a_second_server_does_not_end_the_first() {
    let server = Server::start();
    let (code, ..) = run(&["serve", "--listen", server.address()]);
    assert_eq!(code, Some(1));
    server.assert_alive();
}

#[test]
fn a_wrong_flag_or_variable_is_named() {
    for (arguments, flag) in [
        (["serve", "--listen", "nowhere"], "--listen"),
        (["serve", "--listen", "127.0.0.1:99999"], "--listen"),
        (["serve", "--workers", "0"], "--workers"),
        (["serve", "--max-runs", "-1"], "-1"),
        (["serve", "--nope", "1"], "--nope"),
    ] {
        let (code, stdout, stderr) = run(&arguments);
        assert_eq!((code, stdout.as_str()), (Some(2), ""));
        assert!(stderr.contains(flag) && !stderr.contains("panicked"), "{stderr}");
    }
    for (variable, value) in [("JSRUN_LISTEN", "nowhere"), ("JSRUN_WORKERS", "x"), ("JSRUN_LOG", "a=b=c")] {
        let output = command().arg("serve").env(variable, value).output().expect("the binary starts");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(
            !output.status.success() && stderr.contains(value) && !stderr.contains("panicked"),
            "{stderr}"
        );
    }
}

#[test]
fn the_version_is_told() {
    let (code, stdout, _) = run(&["--version"]);
    assert_eq!((code, stdout), (Some(0), format!("jsrun {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn the_zygote_is_hidden() {
    let (_, stdout, _) = run(&["--help"]);
    assert!(stdout.contains("serve") && !stdout.contains("zygote"), "{stdout}");
}
