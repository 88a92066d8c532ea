//! The server's behaviour over HTTP: the real binary, real workers, a real socket.

mod cases;
mod disconnect;
mod execute;
mod page;
mod refusals;
mod runs;
mod sandbox;
mod server;
mod shutdown;
mod start;
