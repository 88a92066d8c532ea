//! Snapshots: a runtime's heap as bytes, with libraries in place, from which other runtimes start.

mod builder;
mod child;
mod error;
mod globals;
mod recipe;
mod sidecar;

use std::fmt;
use std::sync::{Arc, OnceLock};

use deno_core::v8;
use sha2::{Digest, Sha256};

pub use builder::SnapshotBuilder;
pub use child::serve_snapshot_builder;
pub use error::SnapshotError;

/// What every runtime starts from that has no other snapshot.
pub(crate) static STARTUP_SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/startup.snapshot"));

/// A runtime's heap as bytes, with the globals that scripts have left in it; from [`SnapshotBuilder`].
///
/// Cheap to clone. The bytes are those of one build of the engine and no other understands them: keep the scripts, and
/// build anew when [`SnapshotError::OtherEngine`] says so.
///
/// ```no_run
/// use jsrun::{Runtime, Snapshot};
///
/// let snapshot = Snapshot::from_bytes(std::fs::read("libraries.snapshot")?)?;
/// let runtime = Runtime::builder().snapshot(snapshot).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Snapshot {
    /// Header and payload.
    bytes: Arc<Vec<u8>>,
}

const MAGIC: &[u8; 8] = b"jsrunsnp";
const FORMAT: u32 = 1;
const FORMAT_AT: usize = 8;
const FINGERPRINT_AT: usize = 16;
const LENGTH_AT: usize = 48;
const CHECKSUM_AT: usize = 56;
/// A multiple of 16: V8 reads the payload in words.
const HEADER: usize = 96;

impl Snapshot {
    /// Checks that the bytes are a snapshot of this very engine, whole and unaltered.
    ///
    /// That they are what they were is all that it tells: who can choose the bytes can choose the checksum, and V8 trusts
    /// its snapshots. Take them from where you would take a program from.
    ///
    /// # Errors
    /// One for each way in which they are not.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, SnapshotError> {
        if !bytes.starts_with(&MAGIC[..bytes.len().min(MAGIC.len())]) || bytes.is_empty() {
            return Err(SnapshotError::NotASnapshot);
        }
        let found = bytes.len() as u64;
        let cut = |expected: u64| SnapshotError::Cut { found, expected };
        let (Some(header), Some(payload)) = (bytes.get(..HEADER), bytes.get(HEADER..)) else {
            return Err(cut(HEADER as u64));
        };
        let format = u32::from_le_bytes(field(header, FORMAT_AT));
        if format != FORMAT {
            return Err(SnapshotError::OtherFormat { found: format });
        }
        if field::<32>(header, FINGERPRINT_AT) != *fingerprint() {
            return Err(SnapshotError::OtherEngine);
        }
        let length = u64::from_le_bytes(field(header, LENGTH_AT));
        match length.cmp(&(payload.len() as u64)) {
            std::cmp::Ordering::Greater => return Err(cut(length.saturating_add(HEADER as u64))),
            std::cmp::Ordering::Less => return Err(SnapshotError::Altered),
            std::cmp::Ordering::Equal => {}
        }
        if field(header, CHECKSUM_AT) != checksum(header, payload) {
            return Err(SnapshotError::Altered);
        }
        Ok(Self { bytes: Arc::new(bytes) })
    }

    /// The bytes, for [`Snapshot::from_bytes`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Equal for equal snapshots, and for no others.
    pub(crate) fn checksum(&self) -> [u8; 32] {
        field(&self.bytes, CHECKSUM_AT)
    }

    /// Puts the header before what V8 has made.
    fn seal(payload: &[u8]) -> Self {
        let mut bytes = vec![0; HEADER];
        bytes[..MAGIC.len()].copy_from_slice(MAGIC);
        bytes[FORMAT_AT..FORMAT_AT + 4].copy_from_slice(&FORMAT.to_le_bytes());
        bytes[FINGERPRINT_AT..FINGERPRINT_AT + 32].copy_from_slice(fingerprint());
        bytes[LENGTH_AT..LENGTH_AT + 8].copy_from_slice(&(payload.len() as u64).to_le_bytes());
        let checksum = checksum(&bytes, payload);
        bytes[CHECKSUM_AT..CHECKSUM_AT + 32].copy_from_slice(&checksum);
        bytes.extend_from_slice(payload);
        Self { bytes: Arc::new(bytes) }
    }

    /// What V8 starts from.
    ///
    /// # Safety
    /// The snapshot, or a clone of it, must outlive every isolate that starts from this.
    pub(crate) unsafe fn payload(&self) -> &'static [u8] {
        let payload = &self.bytes[HEADER..];
        // SAFETY: nobody writes to what an `Arc` shares, and the caller promises that it lives as long as needed.
        unsafe { std::slice::from_raw_parts(payload.as_ptr(), payload.len()) }
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").field("bytes", &self.bytes.len()).finish()
    }
}

/// A field of the header, which is known to be complete.
fn field<const LENGTH: usize>(header: &[u8], at: usize) -> [u8; LENGTH] {
    std::array::from_fn(|index| header[at + index])
}

/// Of everything but the place of the checksum itself.
fn checksum(header: &[u8], payload: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(&header[..CHECKSUM_AT])
        .chain_update(&header[CHECKSUM_AT + 32..HEADER])
        .chain_update(payload)
        .finalize()
        .into()
}

/// What tells this build of the engine from others: V8 trusts that a snapshot's ops are at the places where it has them.
fn fingerprint() -> &'static [u8; 32] {
    static FINGERPRINT: OnceLock<[u8; 32]> = OnceLock::new();
    FINGERPRINT.get_or_init(|| {
        Sha256::new()
            .chain_update(v8::VERSION_STRING)
            .chain_update("\0")
            .chain_update(env!("CARGO_PKG_VERSION"))
            .chain_update("\0")
            .chain_update(STARTUP_SNAPSHOT)
            .finalize()
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::{HEADER, Snapshot, SnapshotError};

    /// What is wrong with bytes.
    fn error(bytes: &[u8]) -> SnapshotError {
        Snapshot::from_bytes(bytes.to_vec()).expect_err("these bytes are no snapshot")
    }

    #[test]
    fn sealed_bytes_are_taken_back() {
        let bytes = Snapshot::seal(b"payload").as_bytes().to_vec();
        let snapshot = Snapshot::from_bytes(bytes.clone()).expect("nothing was changed");
        assert_eq!(snapshot.as_bytes(), bytes);
        // SAFETY: nothing keeps it.
        assert_eq!(unsafe { snapshot.payload() }, b"payload");
    }

    #[test]
    fn cut_bytes_are_refused_wherever_they_are_cut() {
        let snapshot = Snapshot::seal(b"payload");
        let bytes = snapshot.as_bytes();
        assert!(matches!(error(&[]), SnapshotError::NotASnapshot));
        for length in 1..bytes.len() {
            let whole = if length < HEADER { HEADER } else { bytes.len() } as u64;
            let found = error(&bytes[..length]);
            let SnapshotError::Cut { found, expected } = found else { panic!("{length}: {found}") };
            assert_eq!((found, expected), (length as u64, whole));
        }
    }

    #[test]
    fn every_altered_byte_is_noticed() {
        let snapshot = Snapshot::seal(b"payload");
        for index in 0..snapshot.as_bytes().len() {
            let mut bytes = snapshot.as_bytes().to_vec();
            bytes[index] ^= 1;
            let found = error(&bytes);
            let expected = match index {
                0..8 => matches!(found, SnapshotError::NotASnapshot),
                8..12 => matches!(found, SnapshotError::OtherFormat { .. }),
                16..48 => matches!(found, SnapshotError::OtherEngine),
                48..56 => matches!(found, SnapshotError::Cut { .. } | SnapshotError::Altered),
                _ => matches!(found, SnapshotError::Altered),
            };
            assert!(expected, "{index}: {found}");
        }
        let longer = [snapshot.as_bytes(), b"!"].concat();
        assert!(matches!(error(&longer), SnapshotError::Altered));
        assert!(matches!(error(b"#!/bin/sh"), SnapshotError::NotASnapshot));
    }
}
