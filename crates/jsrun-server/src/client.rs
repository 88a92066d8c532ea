//! Who asks: what limits per client count by.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};
use hyper::body::Incoming;
use hyper::service::Service;
use hyper::{Request, Response};

use crate::AppState;

/// Somebody who asks for runs: an IPv4 address, or the /64 of an IPv6 address, which is what one customer of a network has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Client(IpAddr);

impl Client {
    pub(crate) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into())
            }
            address @ IpAddr::V4(_) => Self(address),
        }
    }

    /// Behind a proxy, the address that the proxy has added last; else the peer's.
    fn of_request(peer: Option<IpAddr>, headers: &HeaderMap, header: Option<&HeaderName>) -> Self {
        let told = header.and_then(|name| {
            let last = headers.get_all(name).iter().next_back()?.to_str().ok()?;
            parse(last.rsplit(',').next()?.trim())
        });
        // Without a socket, as in tests of the router alone, there is one client.
        Self::of(told.or(peer).unwrap_or(Ipv4Addr::UNSPECIFIED.into()))
    }
}

/// An address, with or without a port or brackets: proxies write all of them.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

impl FromRequestParts<AppState> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
        Ok(Self::of_request(peer, &parts.headers, state.config().clients.header.as_ref()))
    }
}

/// The other end of a request's connection.
#[derive(Clone, Copy, Debug)]
struct Peer(IpAddr);

/// A service whose requests know the other end of their connection.
#[derive(Clone, Debug)]
pub(crate) struct PeerService<S> {
    inner: S,
    peer: Peer,
}

impl<S> PeerService<S> {
    pub(crate) fn new(inner: S, peer: IpAddr) -> Self {
        Self { inner, peer: Peer(peer) }
    }
}

impl<S, B> Service<Request<Incoming>> for PeerService<S>
where
    S: Service<Request<Incoming>, Response = Response<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.inner.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::of(address.parse().expect("an address"))
    }

    #[test]
    fn neighbours_are_one_client() {
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::2"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
    }

    #[test]
    fn only_what_the_nearest_proxy_added_is_believed() {
        let name = HeaderName::from_static("x-forwarded-for");
        let peer = Some(IpAddr::from([127, 0, 0, 1]));
        let mut headers = HeaderMap::new();
        assert_eq!(Client::of_request(peer, &headers, Some(&name)), client("127.0.0.1"));
        for value in ["203.0.113.9, 192.0.2.1", "forged, 192.0.2.1:4711"] {
            headers.insert(&name, value.parse().expect("a header"));
            assert_eq!(Client::of_request(peer, &headers, Some(&name)), client("192.0.2.1"), "{value}");
            assert_eq!(Client::of_request(peer, &headers, None), client("127.0.0.1"), "not asked for");
        }
        headers.append(&name, "[2001:db8::1]".parse().expect("a header"));
        assert_eq!(Client::of_request(peer, &headers, Some(&name)), client("2001:db8::"));
        headers.append(&name, "nonsense".parse().expect("a header"));
        assert_eq!(Client::of_request(peer, &headers, Some(&name)), client("127.0.0.1"));
    }
}
