//! The door for Chrome `DevTools` and other debuggers.

mod control;
mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use deno_core::{
    InspectorSessionKind, InspectorSessionSend, JsRuntime, JsRuntimeInspector, LocalInspectorSession,
};
use deno_inspector_server::InspectorServer;

use crate::Error;

pub(crate) use control::Control;

/// How debuggers reach a runtime; for [`RuntimeBuilder::inspector`](crate::RuntimeBuilder::inspector).
///
/// Whoever can connect to the address can do everything that a program in the runtime can.
///
/// ```
/// use jsrun::{InspectorOptions, Runtime};
///
/// let free_port = ([127, 0, 0, 1], 0).into();
/// let options = InspectorOptions { address: free_port, display_name: Some("mine".to_owned()), ..InspectorOptions::default() };
/// let runtime = Runtime::builder().inspector(options).build()?;
/// let endpoints = runtime.inspector_endpoints()?.expect("it has an inspector");
/// assert_eq!(endpoints.title, "mine");
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InspectorOptions {
    /// Where the server listens. Default 127.0.0.1:9229, where Chrome's `chrome://inspect` looks; port 0 is one that is free.
    /// The runtimes of a process that name one address share a server.
    pub address: SocketAddr,
    /// The first call waits until a debugger is connected and tells it to go on (`Runtime.runIfWaitingForDebugger`), which
    /// `DevTools` do by themselves. That takes no time of its limits.
    pub wait_for_connection: bool,
    /// The first call waits in the same way, and then pauses at its first statement.
    pub break_on_next_statement: bool,
    /// The URL that debuggers show for the runtime.
    pub target_url: Option<String>,
    /// The name that [`InspectorEndpoints::title`] has.
    pub display_name: Option<String>,
}

impl Default for InspectorOptions {
    fn default() -> Self {
        Self {
            address: (Ipv4Addr::LOCALHOST, 9229).into(),
            wait_for_connection: false,
            break_on_next_statement: false,
            target_url: None,
            display_name: None,
        }
    }
}

/// Where debuggers find a runtime.
///
/// ```
/// use jsrun::{InspectorOptions, Runtime};
///
/// let options = InspectorOptions { address: ([127, 0, 0, 1], 0).into(), ..InspectorOptions::default() };
/// let runtime = Runtime::builder().inspector(options).build()?;
/// let endpoints = runtime.inspector_endpoints()?.expect("it has an inspector");
/// assert!(endpoints.websocket_url.starts_with("ws://127.0.0.1:"));
/// # Ok::<(), jsrun::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectorEndpoints {
    /// The runtime's id on the server.
    pub id: String,
    /// Where debuggers connect.
    pub websocket_url: String,
    /// What to open in Chrome.
    pub devtools_frontend_url: String,
    /// The name of the runtime.
    pub title: String,
    /// What it is.
    pub description: String,
    /// [`InspectorOptions::target_url`], or one made up.
    pub target_url: String,
    /// Empty: there is no picture.
    pub favicon_url: String,
    /// The server's address.
    pub host: String,
}

/// The debugger's side of a runtime. To be dropped before the runtime.
pub(crate) struct Inspector {
    sessions: Rc<JsRuntimeInspector>,
    control: Arc<Control>,
    endpoints: InspectorEndpoints,
    wait: Wait,
    _server: Arc<InspectorServer>,
}

/// What the first call waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    Nothing,
    Connection,
    PermissionToGoOn,
}

impl Inspector {
    /// Puts a runtime, which was made with an inspector, on the server.
    pub(crate) fn new(js: &mut JsRuntime, options: &InspectorOptions) -> Result<Self, Error> {
        let server = server::at(options.address).map_err(|error| Error::Start(error.to_string()))?;
        let inspector = js.inspector();
        let pid = std::process::id();
        let title = options.display_name.clone().unwrap_or_else(|| format!("jsrun [pid: {pid}]"));
        let target_url = options.target_url.clone().unwrap_or_else(|| "jsrun://runtime".to_owned());
        let wait = match (options.break_on_next_statement, options.wait_for_connection) {
            (true, _) => Wait::PermissionToGoOn,
            (false, true) => Wait::Connection,
            (false, false) => Wait::Nothing,
        };
        let waits = wait != Wait::Nothing;
        let url = server.register_inspector(target_url.clone(), Rc::clone(&inspector), waits).0;
        let host = server.host.to_string();
        let place = url.strip_prefix("ws://").unwrap_or(&url).to_owned();
        let endpoints = InspectorEndpoints {
            id: place.rsplit('/').next().unwrap_or_default().to_owned(),
            devtools_frontend_url: format!(
                "devtools://devtools/bundled/js_app.html?ws={place}&experiments=true&v8only=true"
            ),
            websocket_url: url,
            title,
            description: "jsrun".to_owned(),
            target_url,
            favicon_url: String::new(),
            host,
        };
        let control = Arc::new(Control::new(inspector.get_session_sender()));
        if !waits {
            control.connect();
        }
        Ok(Self { sessions: inspector, control, endpoints, wait, _server: server })
    }

    pub(crate) fn control(&self) -> &Arc<Control> {
        &self.control
    }

    pub(crate) fn endpoints(&self) -> &InspectorEndpoints {
        &self.endpoints
    }

    /// A session of the runtime's own. Not before the debugger that the first call waits for, for which it would be taken.
    pub(crate) fn local_session(&self, on_message: InspectorSessionSend) -> LocalInspectorSession {
        let kind = InspectorSessionKind::NonBlocking { wait_for_disconnect: false };
        JsRuntimeInspector::create_local_session(Rc::clone(&self.sessions), on_message, kind)
    }

    /// Waits for what the first call waits for, or until somebody stops the runtime.
    pub(crate) fn wait(&mut self) {
        match std::mem::replace(&mut self.wait, Wait::Nothing) {
            Wait::Nothing => return,
            Wait::Connection => self.sessions.wait_for_session(),
            Wait::PermissionToGoOn => self.sessions.wait_for_session_and_break_on_next_statement(),
        }
        self.control.connect();
    }

    /// Serves debuggers while nothing runs. Not before what the first call waits for, which must not come too early.
    pub(crate) fn poll(&self, context: &mut std::task::Context<'_>) {
        if self.wait != Wait::Nothing {
            return;
        }
        self.sessions.poll_sessions_from_event_loop(context);
    }
}
