//! What the host holds of the worker's process.

use jsrun::LimitKind;

/// What the host holds of the worker's process. Dropping it ends the process.
pub trait Leash: Send + Sync {
    /// Ends the process. It may have ended.
    fn kill(&self);

    /// Which limit the process is over, as seen from outside.
    fn look(&self) -> Option<LimitKind>;

    /// How the process died, for people: `it was ended by signal 9`. It has died or is about to. May wait a moment for the
    /// news.
    fn death(&self) -> String;
}
