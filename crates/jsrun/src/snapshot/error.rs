//! What can go wrong with snapshots.

use std::process::ExitStatus;
use std::time::Duration;

use jsrun_types::Exception;

use crate::snapshot::FORMAT;
use crate::snapshot::recipe::Refusal;

/// Why bytes are no snapshot, or scripts became none. Nothing is left behind.
///
/// ```
/// use jsrun::{Snapshot, SnapshotError};
///
/// assert!(matches!(Snapshot::from_bytes(b"something else".to_vec()), Err(SnapshotError::NotASnapshot)));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The bytes are something else.
    #[error("not a snapshot")]
    NotASnapshot,
    /// The header is one of another version of this library.
    #[error("the snapshot has format {found}, and this engine reads format {FORMAT}; build it anew")]
    OtherFormat {
        /// The format of these bytes.
        found: u32,
    },
    /// Another build of the engine has made it.
    #[error("another version of the engine has made the snapshot; build it anew")]
    OtherEngine,
    /// The end is missing.
    #[error("the snapshot is cut: {found} of {expected} bytes")]
    Cut {
        /// How many bytes there are.
        found: u64,
        /// How many bytes there should be; of the header, if that is not complete.
        expected: u64,
    },
    /// The bytes are not those that were made.
    #[error("the snapshot has been altered: its checksum does not match")]
    Altered,
    /// A script threw, or left a rejected promise.
    #[error("{}", describe(.0))]
    Script(Box<Exception>),
    /// The scripts took more time than they may, or left something that never ends, such as an interval.
    #[error("the scripts did not end within {0:?}")]
    TimedOut(Duration),
    /// The scripts took more memory than they may.
    #[error("the scripts exceeded the memory limit")]
    OutOfMemory,
    /// The scripts left the global object in a state that no runtime can start from; the text says what is in the way.
    #[error("{0}")]
    Unfit(String),
    /// The building process died. V8 cannot put into a snapshot what the scripts have left, such as a
    /// an `Intl.NumberFormat` or a `crypto` that was used; or one allocation was larger than V8 can refuse.
    #[error(
        "the scripts left something that no snapshot can hold, such as an Intl object, or ran out of memory: the \
         process that built the snapshot ended with {0}"
    )]
    Died(ExitStatus),
    /// The command is not a program that builds snapshots, or one of another version.
    #[error("the command does not build snapshots for this engine: {0}")]
    Foreign(String),
    /// The building process could not be started.
    #[error("cannot start the process that builds the snapshot")]
    Process(#[source] std::io::Error),
}

impl From<Refusal> for SnapshotError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Threw(exception) => Self::Script(exception),
            Refusal::OutOfMemory => Self::OutOfMemory,
            Refusal::Unfit(what) => Self::Unfit(what),
            Refusal::Start(why) => Self::Foreign(why),
        }
    }
}

fn describe(exception: &Exception) -> String {
    let headline = exception.headline();
    match &exception.position {
        Some(position) => format!("a script failed: {headline} ({position})"),
        None => format!("a script failed: {headline}"),
    }
}
