//! Frames, as the other side may send them.

mod hostile;
mod round_trip;
