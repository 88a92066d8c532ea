//! The layers in their order.

use std::io;

use jsrun_types::{ByteSize, LayerReport, LayerState, Limits, SandboxLayer};
use rustix::process::{DumpableBehavior, Resource, Rlimit};

use super::system_calls::{Code, Filter};
use super::{landlock, namespaces, resources, self_test, user};

/// What a worker has yet to give up, prepared by the zygote.
#[derive(Debug, Default)]
pub(crate) struct Sandbox {
    confinement: Option<Confinement>,
}

/// The layers that a worker applies itself.
#[derive(Debug)]
struct Confinement {
    /// `None` when they could not be set. The report says so, as it does for the filter.
    resources: Option<resources::Ceilings>,
    /// `None` when the kernel takes none. The report says so.
    filter: Option<Filter>,
}

impl Sandbox {
    /// Gives up what the zygote and all its workers do without, and prepares the rest.
    ///
    /// The zygote must have one thread and everything that it ever opens: it can open nothing more.
    pub(crate) fn enter(code: Code) -> (Self, Vec<LayerReport>) {
        let resources = resources::Ceilings::enter();
        let filter = Filter::new(code);
        // Whoever may make namespaces makes them first, and as nobody has no right to afterwards. Others make a user
        // namespace with them, in which no other user exists to change to, and change before.
        let privileged = namespaces::may_make().then(namespaces::make);
        let changed = user::change();
        let namespaces = privileged.unwrap_or_else(namespaces::make_with_user);
        let without_capabilities = user::drop_capabilities();
        let no_new_privileges = rustix::thread::set_no_new_privs(true);
        let not_dumpable = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable);
        let landlock = landlock::enter();

        let user = changed.and_then(|user| match without_capabilities {
            Ok(()) => Ok(format!("{user}, without capabilities")),
            Err(error) => Err(format!("cannot drop capabilities: {error}")),
        });
        let said = |result: Result<(), rustix::io::Errno>, holds: &str| match result {
            Ok(()) => Ok(holds.to_owned()),
            Err(error) => Err(error.to_string()),
        };
        let layers = [
            (SandboxLayer::User, user),
            (SandboxLayer::NoNewPrivileges, said(no_new_privileges, "no executed program gains privileges")),
            (
                SandboxLayer::ResourceLimits,
                resources.as_ref().map(ToString::to_string).map_err(ToString::to_string),
            ),
            (SandboxLayer::NotDumpable, said(not_dumpable, "no process of the same user looks in")),
            (SandboxLayer::SystemCalls, filter.as_ref().map(ToString::to_string).map_err(Clone::clone)),
            (SandboxLayer::Landlock, landlock),
            (SandboxLayer::Namespaces, namespaces),
        ];
        let layers = layers.map(|(layer, result)| LayerReport { layer, state: to_state(result) }).into();
        let confinement = Confinement { resources: resources.ok(), filter: filter.ok() };
        (Self { confinement: Some(confinement) }, layers)
    }

    /// What holds in every mode: it costs nothing, and no use of a worker needs the contrary.
    pub(crate) fn enter_nothing() -> io::Result<Self> {
        rustix::thread::set_no_new_privs(true)?;
        rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
        Ok(Self::default())
    }

    /// In the zygote, gives up the system calls that neither it nor its workers need, so that each worker has only the rest
    /// to give up. False when it has done so already, or cannot.
    pub(crate) fn share_filter(&mut self) -> bool {
        let filter = self.confinement.as_mut().and_then(|confinement| confinement.filter.as_mut());
        filter.is_some_and(Filter::share)
    }

    /// In a worker, gives up the rest. To be called when all threads are there: they are confined with the caller, and
    /// no more can be made.
    ///
    /// # Errors
    /// When something that the report promises cannot be given up. The worker must end without a run.
    pub(crate) fn seal(&self) -> io::Result<()> {
        let Some(confinement) = &self.confinement else { return Ok(()) };
        confinement.resources.as_ref().map_or(Ok(()), resources::Ceilings::apply)?;
        confinement.filter.as_ref().map_or(Ok(()), Filter::install)
    }

    /// In a sealed worker, proves that no new memory is executable, if that is promised.
    ///
    /// # Errors
    /// When memory can be made executable.
    pub(crate) fn prove_no_code(&self) -> Result<(), &'static str> {
        let filter = self.confinement.as_ref().and_then(|confinement| confinement.filter.as_ref());
        match filter.map(Filter::code) {
            Some(Code::Forbidden) => self_test::make_no_code(),
            Some(Code::Allowed) | None => Ok(()),
        }
    }

    /// In a sealed worker, lowers the limits of memory and CPU time to what the run's limits need, before it runs.
    ///
    /// # Errors
    /// When they cannot be lowered. The worker must end without a run.
    pub(crate) fn narrow(&self, limits: &Limits, buffers: Option<ByteSize>) -> io::Result<()> {
        let Some(confinement) = &self.confinement else { return Ok(()) };
        confinement.resources.as_ref().map_or(Ok(()), |resources| resources.narrow(limits, buffers))
    }

    /// After a self-test that died, gives up a layer that may be to blame, the most demanding first, so that what is left
    /// can be tested. False when none is left.
    pub(crate) fn weaken(&mut self, layers: &mut [LayerReport], reason: &str) -> bool {
        let Some(confinement) = &mut self.confinement else { return false };
        let blamed = if confinement.filter.take().is_some() {
            SandboxLayer::SystemCalls
        } else {
            self.confinement = None;
            SandboxLayer::ResourceLimits
        };
        if let Some(report) = layers.iter_mut().find(|report| report.layer == blamed) {
            report.state = to_state(Err(reason.to_owned()));
        }
        true
    }
}

/// The longest reason in a report, in characters: the report has to fit into a frame.
const LONGEST_REASON: usize = 200;

fn to_state(result: Result<String, String>) -> LayerState {
    let shorten = |text: String| text.chars().take(LONGEST_REASON).collect();
    match result {
        Ok(how) => LayerState::Holds(shorten(how)),
        Err(reason) => LayerState::Missing(shorten(reason)),
    }
}
