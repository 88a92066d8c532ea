//! The playground server: the HTTP API, admission and the page. No V8 is linked here.
//!
//! A request's way: body → `TryFrom` → [`jsrun_types::RunRequest`] → admission → permit →
//! [`jsrun_pool::Pool::checkout`] → events → one outcome → JSON or server-sent events. Everything on it is bounded,
//! and dropping any part of it frees what follows: a client that goes away takes its worker with it.
//!
//! [`app`] is the whole service without a socket; [`serve`] puts it on one.

#![forbid(unsafe_code)]

mod accept;
mod active_run;
mod admission;
mod api;
mod app;
mod body;
mod client;
mod config;
mod connection;
mod error;
mod headers;
mod hosts;
mod metrics;
mod page;
mod problem;
mod refusals;
mod request_log;
mod serve;
mod state;
mod wire;

pub use app::app;
pub use config::{ClientPolicy, ServerConfig};
pub use hosts::HostPolicy;
pub use serve::serve;
pub use state::AppState;
