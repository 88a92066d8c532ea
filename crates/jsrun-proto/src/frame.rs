//! Messages in frames, and back.

use std::marker::PhantomData;

use jsrun_types::with_node_budget;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Message;

/// The most objects and map keys that the previews of one frame hold. A preview of the engine has a few thousand at
/// most; postcard needs no more than 10 bytes for one, which makes about 200 in memory.
pub const MAX_NODES: u64 = 50_000;

const LENGTH_SIZE: usize = size_of::<u32>();

/// What is wrong with a frame. The message is lost; after a decoding error the stream is lost, too.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The frame is larger than its kind of message may be.
    #[error("a frame of {length} bytes exceeds the limit of {max}")]
    TooLarge {
        /// The frame's length.
        length: usize,
        /// The most that is allowed.
        max: usize,
    },
    /// The bytes are not a message.
    #[error("a frame is malformed")]
    Malformed(#[source] postcard::Error),
    /// The frame is longer than its message.
    #[error("a frame has {count} bytes after its message")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
}

/// One message as a frame.
///
/// # Errors
/// [`FrameError::TooLarge`] when it exceeds [`Message::MAX_FRAME`].
pub fn encode<M: Message>(message: &M) -> Result<Vec<u8>, FrameError> {
    encode_within(message, M::MAX_FRAME)
}

/// One message as a frame, for conversations that agree on how large frames are.
///
/// # Errors
/// [`FrameError::TooLarge`] when it exceeds `max`; [`FrameError::Malformed`] when a part of it refuses to be encoded.
pub fn encode_within<M: Serialize>(message: &M, max: usize) -> Result<Vec<u8>, FrameError> {
    let mut frame = postcard::to_extend(message, vec![0; LENGTH_SIZE]).map_err(FrameError::Malformed)?;
    let length = frame.len() - LENGTH_SIZE;
    let too_large = FrameError::TooLarge { length, max };
    if length > max {
        return Err(too_large);
    }
    let length = u32::try_from(length).map_err(|_| too_large)?;
    frame[..LENGTH_SIZE].copy_from_slice(&length.to_le_bytes());
    Ok(frame)
}

/// Takes messages out of a stream of bytes, however they are split.
///
/// Holds at most one unfinished frame beyond what it was fed and not asked for.
#[derive(Debug)]
pub struct Decoder<M> {
    buffer: Vec<u8>,
    /// Where in the buffer the next frame starts.
    start: usize,
    max_frame: usize,
    message: PhantomData<fn() -> M>,
}

impl<M: Message> Decoder<M> {
    /// A decoder at the start of a stream.
    pub const fn new() -> Self {
        Self::within(M::MAX_FRAME)
    }
}

impl<M: DeserializeOwned> Decoder<M> {
    /// A decoder at the start of a stream whose two ends agree on how large frames are.
    pub const fn within(max_frame: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, max_frame, message: PhantomData }
    }

    /// The decoder of what follows in the stream, where other messages follow than before.
    pub fn followed_by<N: DeserializeOwned>(self, max_frame: usize) -> Decoder<N> {
        let Self { buffer, start, .. } = self;
        Decoder { buffer, start, max_frame, message: PhantomData }
    }

    /// Adds what came next in the stream. Call [`Decoder::next_message`] until it gives `None` before feeding more: that
    /// bounds the memory.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message, or `None` when more bytes are needed.
    ///
    /// # Errors
    /// When the next frame is too large or malformed. Every further call gives the same error.
    pub fn next_message(&mut self) -> Result<Option<M>, FrameError> {
        let Some((length, rest)) = self.buffer[self.start..].split_first_chunk::<LENGTH_SIZE>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > self.max_frame {
            return Err(FrameError::TooLarge { length, max: self.max_frame });
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let (message, rest) =
            with_node_budget(MAX_NODES, || postcard::take_from_bytes(body)).map_err(FrameError::Malformed)?;
        if !rest.is_empty() {
            return Err(FrameError::TrailingBytes { count: rest.len() });
        }
        self.start += LENGTH_SIZE + length;
        if self.start == self.buffer.len() {
            self.start = 0;
            self.buffer.clear();
            // A single large frame does not keep its memory for the rest of the stream.
            self.buffer.shrink_to(KEPT_CAPACITY);
        }
        Ok(Some(message))
    }

    /// Whether every byte fed so far was taken out as part of a message.
    pub fn is_empty(&self) -> bool {
        self.start == self.buffer.len()
    }

    /// How many bytes were fed and not yet taken out.
    pub fn buffered(&self) -> usize {
        self.buffer.len() - self.start
    }
}

/// The buffer that an empty decoder keeps: the size of one read of its users.
const KEPT_CAPACITY: usize = 64 << 10;

impl<M: Message> Default for Decoder<M> {
    fn default() -> Self {
        Self::new()
    }
}
