//! The thread on which worker processes are made, watched and ended: one for all pools of this process.

use std::sync::Mutex;

use tokio::runtime::{Builder, Handle};

use crate::core::{forks, lock};

/// Starts with the first pool and lives as long as the process: zygotes end with the thread that started them.
static DRIVER: Mutex<Option<Driver>> = Mutex::new(None);

struct Driver {
    handle: Handle,
    /// [`forks`] when it was started: a forked child does not have the thread.
    forks: u64,
}

/// The driver's tokio runtime. What starts processes is to be [spawned](Handle::spawn) there.
pub(crate) fn driver() -> std::io::Result<Handle> {
    let mut driver = lock(&DRIVER);
    if let Some(driver) = &*driver
        && driver.forks == forks()
    {
        return Ok(driver.handle.clone());
    }
    let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("jsrun-workers".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    let before = driver.replace(Driver { handle: handle.clone(), forks: forks() });
    // The parent's: what it would wake is not here.
    std::mem::forget(before);
    Ok(handle)
}

/// Runs a future on the driver's thread and waits for it, not on that thread.
pub(crate) fn run<T: Send + 'static>(
    handle: &Handle,
    future: impl Future<Output = T> + Send + 'static,
) -> oneshot::Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    handle.spawn(async move {
        // Nobody may wait any more.
        let _ = sender.send(future.await);
    });
    receiver
}
