//! The server's behaviour over HTTP: the real binary, real workers, a real socket.

mod capacity;
mod cases;
mod disconnect;
mod execute;
mod hostile;
mod page;
mod refusals;
mod runs;
mod sandbox;
mod server;
mod shutdown;
mod start;
