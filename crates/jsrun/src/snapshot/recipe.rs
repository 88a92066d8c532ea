//! What the two processes say that make a snapshot: the recipe one way, a snapshot or a refusal the other.

use deno_core::serde::{Deserialize, Serialize};
use deno_core::serde_json;
use jsrun_types::Exception;

/// What a snapshot is to be made of. Goes to the child as JSON, up to the end of its standard input.
#[derive(Debug, Serialize, Deserialize)]
#[serde(crate = "deno_core::serde")]
pub(super) struct Recipe {
    pub(super) minimal: bool,
    pub(super) memory: u64,
    pub(super) scripts: Vec<Script>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(crate = "deno_core::serde")]
pub(super) struct Script {
    pub(super) name: String,
    pub(super) source: String,
}

/// Why there is no snapshot.
#[derive(Debug, Serialize, Deserialize)]
#[serde(crate = "deno_core::serde")]
pub(super) enum Refusal {
    Threw(Box<Exception>),
    OutOfMemory,
    Unfit(String),
    Start(String),
}

/// What a refusal begins with on the child's standard output, where a snapshot begins otherwise.
const REFUSAL: &[u8] = b"jsrunerr";

impl Refusal {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("a refusal has no keys but strings");
        [REFUSAL, &json].concat()
    }

    /// `None` when the bytes are none.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes.strip_prefix(REFUSAL)?).ok()
    }
}
