//! A terminal of a test's own, in which a command runs as for a person.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long anything here may take at most. A bound for tests that fail, not a wait.
const PATIENCE: Duration = Duration::from_mins(3);

pub(crate) const UP: &str = "\x1b[A";
pub(crate) const CTRL_C: &str = "\x03";
pub(crate) const CTRL_D: &str = "\x04";

/// A command in a terminal. Dropping it kills the command.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    /// What was shown and not yet expected.
    shown: String,
}

impl Terminal {
    pub(crate) fn start(mut command: Command) -> Self {
        let (ours, theirs) = open();
        let stream = || theirs.try_clone().expect("a descriptor");
        command.env("TERM", "xterm").stdin(stream()).stdout(stream()).stderr(stream());
        // SAFETY: both calls are async-signal-safe, and standard input is the terminal by then.
        unsafe {
            command.pre_exec(|| {
                if libc::setsid() < 0 || libc::ioctl(0, libc::TIOCSCTTY, 0) < 0 {
                    return Err(std::io::Error::last_os_error());
                }
                Ok(())
            });
        }
        let child = command.spawn().expect("the binary starts");
        drop(theirs);
        // Its copies of their end would keep the terminal open.
        drop(command);
        let mut reader = File::from(ours.try_clone().expect("a descriptor"));
        let (sender, screen) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // An error is the end: nobody holds their end any more.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { child, keyboard: File::from(ours), screen, shown: String::new() }
    }

    pub(crate) fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal is open");
    }

    /// Waits until this is shown; gives what was shown before it.
    pub(crate) fn expect(&mut self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(start) = self.shown.find(text) {
                let rest = self.shown.split_off(start + text.len());
                let mut before = std::mem::replace(&mut self.shown, rest);
                before.truncate(start);
                return before;
            }
            match self.screen.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{text:?} was not shown, but {:?}", self.shown)
                }
            }
        }
    }

    /// Types a line, and waits until this is shown.
    pub(crate) fn line(&mut self, line: &str, shown: &str) {
        self.type_keys(line);
        self.type_keys("\r");
        self.expect(shown);
    }

    /// Waits for the command's end; gives its exit code.
    pub(crate) fn end(mut self) -> Option<i32> {
        while self.screen.recv_timeout(PATIENCE).is_ok() {}
        self.child.wait().expect("it was started").code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// The two ends of a new terminal.
fn open() -> (OwnedFd, OwnedFd) {
    let (mut ours, mut theirs) = (-1, -1);
    let mut size = libc::winsize { ws_row: 50, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the places to write to are valid; no name and no settings are asked for.
    let opened = unsafe {
        libc::openpty(
            &raw mut ours,
            &raw mut theirs,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
            &raw mut size,
        )
    };
    assert_eq!(opened, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: they were just opened, and nobody else knows of them.
    let ends = unsafe { (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) };
    for end in [&ends.0, &ends.1] {
        // Another test's command must not inherit it and keep the terminal open.
        // SAFETY: the descriptor is open.
        let set = unsafe { libc::fcntl(end.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
        assert_eq!(set, 0);
    }
    ends
}
