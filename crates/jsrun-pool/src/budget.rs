//! The output limit, seen from outside.

use jsrun_types::{ByteSize, Event, Limits, Preview};

/// What a run has sent, against what it may send.
///
/// The engine counts exactly and ends the run politely. This is for an engine that does not: it counts frames,
/// generously enough that no honest run comes near.
#[derive(Debug)]
pub(crate) struct OutputBudget {
    frames_left: u64,
    events_left: u64,
    output: u64,
}

/// An event's frame has its text twice, as text and as arguments, and a position: 200 bytes for one with little text.
const FRAME_BYTES_PER_BYTE: u64 = 32;
const EXTRA_FRAME_BYTES: u64 = 1 << 20;

/// What the engine counts for an event beside its text, its arguments and its place.
const BYTES_PER_EVENT: u64 = 16;
const EXTRA_EVENTS: u64 = 1000;

impl OutputBudget {
    pub(crate) fn new(limits: &Limits) -> Self {
        let output = limits.output.as_u64();
        Self {
            frames_left: output.saturating_mul(FRAME_BYTES_PER_BYTE).saturating_add(EXTRA_FRAME_BYTES),
            events_left: (output / BYTES_PER_EVENT).saturating_add(EXTRA_EVENTS),
            output: 0,
        }
    }

    /// Counts an event whose frame had so many bytes; false when it is one too many.
    pub(crate) fn admit(&mut self, event: &Event, frame_size: usize) -> bool {
        let frame_size = u64::try_from(frame_size).unwrap_or(u64::MAX);
        let (Some(frames_left), Some(events_left)) =
            (self.frames_left.checked_sub(frame_size), self.events_left.checked_sub(1))
        else {
            return false;
        };
        self.frames_left = frames_left;
        self.events_left = events_left;
        let Event::Console(console) = event;
        let place = console.position.as_ref().map_or(0, |position| position.file.len());
        let parts = console.args.iter().map(Preview::weight).fold(console.text.len(), usize::saturating_add);
        let output = u64::try_from(place.saturating_add(parts)).unwrap_or(u64::MAX);
        self.output = self.output.saturating_add(BYTES_PER_EVENT).saturating_add(output);
        true
    }

    /// The output of all events so far, counted as the engine counts it.
    pub(crate) fn output(&self) -> ByteSize {
        ByteSize::bytes(self.output)
    }
}
