//! What a worker gives up before a program may run.
//!
//! What can be given up once is given up by the zygote, just before its first fork, and inherited by all workers for
//! nothing: the user and the capabilities, `no_new_privs`, dumping, files and ports (Landlock), namespaces. The zygote
//! needs none of it either. What a worker still needs at its birth, descriptors and threads, it gives up itself, last:
//! resource limits and the system call filter. [`confinement`] has the order of both.

mod confinement;
mod landlock;
mod namespaces;
mod resources;
mod self_test;
mod system_calls;
mod user;

pub(crate) use confinement::Sandbox;
pub(crate) use self_test::{attempt_all, examine};
pub(crate) use system_calls::Code;
