//! What `deno_core` appends to V8's part of a snapshot, put right for a snapshot that was made on top of another.
//!
//! A snapshot of scripts must be made on top of the startup snapshot: V8's isolates share read-only memory, so that those
//! of one process must start from snapshots that agree on it. But in what it appends `deno_core` names the sources of
//! the snapshot's own extensions only, and no longer those of the snapshot below, which V8's part refers to by their
//! places. That part of the startup snapshot's appendix is therefore put in the place of the new one's.
//!
//! The format is that of `snapshot_format.rs` in `deno_core` 0.413: little-endian, lengths before contents; `SnapshottedData`
//! in `runtime/snapshot.rs` has the order of the fields.

use deno_core::Extension;

/// The last bytes of a snapshot: the length of V8's part.
const LENGTH: usize = size_of::<usize>();

/// The snapshot with the sources of the one below it; `None` when either does not look as expected.
pub(super) fn with_sources_of(below: &[u8], snapshot: &[u8], extensions: &[Extension]) -> Option<Vec<u8>> {
    let names = encode_names(extensions);
    let (_, kept) = split(below, &names)?;
    let (front, replaced) = split(snapshot, &names)?;
    // Where both agree: the number of ops. Then come sources, which the new one must have none of.
    let (ops, sources) = kept.split_at_checked(LENGTH)?;
    let (new_ops, new_sources) = replaced.split_at_checked(LENGTH)?;
    if ops != new_ops || !new_sources.starts_with(&0_usize.to_le_bytes()) {
        return None;
    }
    let v8_length = &snapshot[snapshot.len() - LENGTH..];
    Some([front, ops, sources, v8_length].concat())
}

/// Everything up to and including the extensions' names, and the rest of the appendix.
fn split<'a>(snapshot: &'a [u8], names: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (rest, v8_length) = snapshot.split_at_checked(snapshot.len().checked_sub(LENGTH)?)?;
    let v8_length = usize::from_le_bytes(v8_length.try_into().ok()?);
    let appendix = rest.get(v8_length..)?;
    let mut places = appendix.windows(names.len()).enumerate().filter(|(_, window)| *window == names);
    let (place, _) = places.next()?;
    if places.next().is_some() {
        return None;
    }
    rest.split_at_checked(v8_length + place + names.len())
}

fn encode_names(extensions: &[Extension]) -> Vec<u8> {
    let length = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = length(extensions.len()).to_vec();
    for extension in extensions {
        bytes.extend(length(extension.name.len()));
        bytes.extend(extension.name.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::with_sources_of;
    use crate::extension::extensions;
    use crate::snapshot::STARTUP_SNAPSHOT;

    #[test]
    fn what_does_not_look_as_expected_is_refused() {
        let extensions = extensions();
        // It has sources of its own, as a snapshot on top of it must not have.
        assert_eq!(with_sources_of(STARTUP_SNAPSHOT, STARTUP_SNAPSHOT, &extensions), None);
        for garbage in
            [&b""[..], b"1234567", b"\xff\xff\xff\xff\xff\xff\xff\xff", &[0; 64], &STARTUP_SNAPSHOT[..1000]]
        {
            assert_eq!(with_sources_of(STARTUP_SNAPSHOT, garbage, &extensions), None);
            assert_eq!(with_sources_of(garbage, STARTUP_SNAPSHOT, &extensions), None);
        }
    }
}
