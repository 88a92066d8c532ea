//! Frames, as the other side may send them.

mod fuzz;
mod hostile;
mod round_trip;
