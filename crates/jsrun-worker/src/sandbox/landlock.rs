//! Landlock: no file and no port.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr as _, RulesetError,
    RulesetStatus, Scope,
};
use rustix::fs::{Mode, OFlags};

/// The newest that the crate knows. The kernel takes what it has of it.
const NEWEST: ABI = ABI::V10;

/// Denies every access to files and ports that the kernel can deny, and proves it.
pub(super) fn enter() -> Result<String, String> {
    let status = restrict().map_err(|error| error.to_string())?;
    let abi = match status.landlock {
        LandlockStatus::NotImplemented => {
            return Err("the kernel does not have it, or does not let this process have it".to_owned());
        }
        LandlockStatus::NotEnabled => return Err("the kernel has it, but not switched on".to_owned()),
        LandlockStatus::Available { effective_abi, kernel_abi } => kernel_abi.unwrap_or(effective_abi as i32),
    };
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err("the kernel did not enforce it".to_owned());
    }
    // Who could, opens this file whatever else is missing: there is no filter in this process.
    if rustix::fs::open("/dev/null", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).is_ok() {
        return Err("a file could be opened in spite of it".to_owned());
    }
    Ok(format!("no file and no port, ABI {abi}"))
}

fn restrict() -> Result<landlock::RestrictionStatus, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .restrict_self()
}
