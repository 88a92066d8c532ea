//! A folder of a test's own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of a test's own, with a space in its name; dropping it removes it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// With these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("jsrun shell {} {number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        // As the command sees it, links resolved.
        let folder = Self(path.canonicalize().expect("it is there"));
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    pub(crate) fn empty() -> Self {
        Self::with(&[])
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // The system clears its temporary folder when this does not.
        let _left = std::fs::remove_dir_all(&self.0);
    }
}
