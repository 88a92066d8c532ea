//! The servers that debuggers connect to: one per address.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use deno_inspector_server::{InspectPublishUid, InspectorServer, InspectorServerError};

static SERVERS: Mutex<Vec<(SocketAddr, Weak<InspectorServer>)>> = Mutex::new(Vec::new());

/// The server at an address, which lives as long as a runtime uses it.
pub(super) fn at(address: SocketAddr) -> Result<Arc<InspectorServer>, InspectorServerError> {
    let mut servers = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    servers.retain(|(_, server)| server.strong_count() > 0);
    // No server listens at port 0, which asks for a port of one's own.
    let mut shared = servers.iter().filter(|(at, _)| *at == address);
    if let Some(server) = shared.find_map(|(_, server)| server.upgrade()) {
        return Ok(server);
    }
    let server = InspectorServer::new(address, "jsrun", InspectPublishUid { console: false, http: true })?;
    let server = Arc::new(server);
    // Where it listens: of a free port that is known now.
    servers.push((server.host, Arc::downgrade(&server)));
    Ok(server)
}
