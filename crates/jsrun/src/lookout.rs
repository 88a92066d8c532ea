//! Looking for something before sleeping until it is there.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a thread looks before it sleeps: waking a sleeping one takes longer than a short call.
const LONGEST_LOOK: Duration = Duration::from_micros(20);

/// How many looks are left out at most after some that found nothing.
const MOST_LEFT_OUT: u32 = 32;

/// Looks for one kind of thing before its thread sleeps; less and less often while it looks in vain. What does not come soon
/// is not worth the time, and on a busy machine whoever is to bring it may be waiting for this very processor.
///
/// For hosts that wait for results of [`Handle::queue_call`](crate::Handle::queue_call) in a way of their own.
#[derive(Debug, Default)]
pub struct Lookout {
    /// How many looks are to be left out yet.
    left_out: AtomicU32,
    /// How many were left out after the last look in vain.
    last: AtomicU32,
}

impl Lookout {
    /// Looks again and again for at most 20 µs; `None` when it was not found, or not looked for.
    pub fn look<T>(&self, mut find: impl FnMut() -> Option<T>) -> Option<T> {
        if let Some(found) = find() {
            return Some(found);
        }
        // Lost updates do not matter: all of this only says how long to try.
        let left_out = self.left_out.load(Ordering::Relaxed);
        if left_out > 0 {
            self.left_out.store(left_out - 1, Ordering::Relaxed);
            return None;
        }
        if !has_several_processors() {
            return None;
        }
        let begun = Instant::now();
        while begun.elapsed() < LONGEST_LOOK {
            for _ in 0..32 {
                if let Some(found) = find() {
                    self.last.store(0, Ordering::Relaxed);
                    return Some(found);
                }
                std::hint::spin_loop();
            }
        }
        let next = (self.last.load(Ordering::Relaxed) * 2 + 1).min(MOST_LEFT_OUT);
        self.last.store(next, Ordering::Relaxed);
        self.left_out.store(next, Ordering::Relaxed);
        None
    }
}

/// Whether anything of this process can happen beside a thread that runs.
pub(crate) fn has_several_processors() -> bool {
    static SEVERAL_PROCESSORS: LazyLock<bool> =
        LazyLock::new(|| std::thread::available_parallelism().is_ok_and(|count| count.get() > 1));
    *SEVERAL_PROCESSORS
}
