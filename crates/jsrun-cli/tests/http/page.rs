//! The page and the headers of every answer.

use crate::server::Server;

#[test]
fn the_page_has_a_fresh_nonce_and_a_strict_policy() {
    let server = Server::start();
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    assert!(!page.text.contains("__CSP_NONCE__"));
    let policy = page.header("content-security-policy").expect("a policy");
    let nonce = policy
        .split_once("style-src 'self' 'nonce-")
        .and_then(|(_, rest)| rest.split_once('\''))
        .map(|(nonce, _)| nonce)
        .expect("a nonce");
    assert_eq!(
        policy.replace(nonce, "N"),
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-N'; connect-src 'self'; \
         img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let again = server.get("/");
    assert_ne!(again.header("content-security-policy"), Some(policy));
    assert_eq!(server.get("/index.html").status, 200);
}

#[test]
fn assets_are_kept_for_good_and_compressed() {
    let server = Server::start();
    let page = server.get("/").text;
    // A page without assets is a placeholder of a checkout that has not built it.
    let Some(script) = page.split('"').find(|part| part.starts_with("/assets/")) else { return };
    let asset = server.get_with(script, &[("accept-encoding", "identity")]);
    assert_eq!(asset.status, 200);
    assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"));
    assert_eq!(asset.header("content-type"), Some("text/javascript; charset=utf-8"));
    let compressed =
        server.raw(&format!("HEAD {script} HTTP/1.0\r\nhost: localhost\r\naccept-encoding: gzip\r\n\r\n"));
    assert!(compressed.to_ascii_lowercase().contains("content-encoding: gzip"), "{compressed}");
}

#[test]
fn every_answer_has_the_security_headers() {
    let server = Server::start();
    let answers = [
        server.get("/"),
        server.get("/healthz"),
        server.get("/nope"),
        server.post("/execute", "{}"),
        server.post("/execute", "{\"code\": \"1\"}"),
        server.get("/execute"),
    ];
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        assert_eq!(policy.contains("script-src"), number == 0, "{policy}");
    }
}
