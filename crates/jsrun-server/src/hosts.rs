//! Which names the server answers to: the defence against DNS rebinding.
//!
//! A page of another site can point its own name at 127.0.0.1 and is then, for the browser, of the same origin as a
//! server that listens there. Such requests carry the foreign name in the `Host` header. An address literal cannot be
//! rebound, so that it is always answered.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::Response;

use crate::AppState;
use crate::error::ApiError;

/// Which `Host` headers are answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostPolicy {
    /// All: for a server that is reached through a name that it need not know.
    Any,
    /// Addresses, `localhost`, names under it, and these names; others get 421.
    Only(Vec<String>),
}

impl HostPolicy {
    /// Whether a request that names `host`, with or without a port, is answered.
    pub fn allows(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => {
                let name = without_port(host).trim_end_matches('.').to_ascii_lowercase();
                name.parse::<IpAddr>().is_ok()
                    || name == "localhost"
                    || name.ends_with(".localhost")
                    || names.iter().any(|allowed| allowed.eq_ignore_ascii_case(&name))
            }
        }
    }
}

/// `[::1]:8000` → `::1`, `localhost:8000` → `localhost`.
fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Refuses requests under a foreign name. One without any name is answered: browsers always send it.
pub(crate) async fn check(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let policy = &state.config().hosts;
    let named = request.uri().authority().map(|authority| authority.as_str().to_owned()).into_iter();
    let headers = request.headers().get_all(HOST).iter();
    let hosts = named.chain(headers.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()));
    for host in hosts {
        if !policy.allows(&host) {
            return Err(ApiError::ForeignHost { host });
        }
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loopback_server_answers_to_its_own_names_only() {
        let policy = HostPolicy::Only(vec!["play.example.org".to_owned()]);
        let ours = ["localhost", "LocalHost:8000", "127.0.0.1:8000", "[::1]:8000", "a.localhost", "10.0.0.1"];
        for host in ours.into_iter().chain(["play.example.org", "Play.Example.org.:443"]) {
            assert!(policy.allows(host), "{host}");
            assert!(HostPolicy::Any.allows(host), "{host}");
        }
        let foreign =
            ["evil.example", "localhost.evil.example:8000", "notlocalhost", "127.0.0.1.evil.example", ""];
        for host in foreign {
            assert!(!policy.allows(host), "{host}");
            assert!(HostPolicy::Any.allows(host), "{host}");
        }
    }
}
