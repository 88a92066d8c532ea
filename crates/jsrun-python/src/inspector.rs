//! `InspectorConfig` and `InspectorEndpoints`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use jsrun::InspectorOptions;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};

use crate::core::lock;

/// How debuggers, such as Chrome DevTools, reach a runtime; for RuntimeConfig(inspector=…). Whoever reaches the port can do
/// everything that a program in the runtime can. A paused program takes no time of its timeout.
///
/// host: an IP address, or "localhost". Default "127.0.0.1".
/// port: where the server listens. Default 9229, where chrome://inspect looks; 0 takes a free one, which
/// Runtime.inspector_endpoints tells. Runtimes of one process may share an address.
/// wait_for_connection: whether the first call waits until a debugger is there.
/// break_on_next_statement: whether it waits, and then pauses at its first statement.
/// target_url: the URL that debuggers show for the runtime. Default "jsrun://runtime".
/// display_name: the title that they show. Default: one that names the process.
///
/// Raises ValueError for an address that is none.
///
/// >>> inspector = jsrun.InspectorConfig(port=0, display_name="rules")
/// >>> with jsrun.Runtime(jsrun.RuntimeConfig(inspector=inspector)) as runtime:
/// ...     runtime.inspector_endpoints().title
/// 'rules'
#[pyclass(frozen, module = "jsrun")]
pub(crate) struct InspectorConfig {
    host: String,
    address: SocketAddr,
    settings: Mutex<Settings>,
}

struct Settings {
    wait_for_connection: bool,
    break_on_next_statement: bool,
    target_url: Option<String>,
    display_name: Option<String>,
}

#[pymethods]
impl InspectorConfig {
    #[new]
    #[pyo3(signature = (host="127.0.0.1", port=9229, *, wait_for_connection=false, break_on_next_statement=false, target_url=None, display_name=None))]
    fn new(
        host: &str,
        port: u16,
        wait_for_connection: bool,
        break_on_next_statement: bool,
        target_url: Option<String>,
        display_name: Option<String>,
    ) -> PyResult<Self> {
        Ok(Self {
            host: host.to_owned(),
            address: SocketAddr::new(ip_of(host)?, port),
            settings: Mutex::new(Settings {
                wait_for_connection,
                break_on_next_statement,
                target_url,
                display_name,
            }),
        })
    }

    /// The host, as it was given.
    #[getter]
    fn host(&self) -> &str {
        &self.host
    }

    /// The port; 0 when a free one is to be taken.
    #[getter]
    fn port(&self) -> u16 {
        self.address.port()
    }

    /// Whether the first call waits until a debugger is there.
    #[getter]
    fn wait_for_connection(&self) -> bool {
        lock(&self.settings).wait_for_connection
    }

    #[setter]
    fn set_wait_for_connection(&self, wait: bool) {
        lock(&self.settings).wait_for_connection = wait;
    }

    /// Whether the first call waits for a debugger, and then pauses at its first statement.
    #[getter]
    fn break_on_next_statement(&self) -> bool {
        lock(&self.settings).break_on_next_statement
    }

    #[setter]
    fn set_break_on_next_statement(&self, pause: bool) {
        lock(&self.settings).break_on_next_statement = pause;
    }

    /// The URL that debuggers show for the runtime, or None.
    #[getter]
    fn target_url(&self) -> Option<String> {
        lock(&self.settings).target_url.clone()
    }

    #[setter]
    fn set_target_url(&self, url: Option<String>) {
        lock(&self.settings).target_url = url;
    }

    /// The title that debuggers show for the runtime, or None.
    #[getter]
    fn display_name(&self) -> Option<String> {
        lock(&self.settings).display_name.clone()
    }

    #[setter]
    fn set_display_name(&self, name: Option<String>) {
        lock(&self.settings).display_name = name;
    }

    /// Host and port, as debuggers are told them.
    ///
    /// >>> jsrun.InspectorConfig().endpoint()
    /// '127.0.0.1:9229'
    fn endpoint(&self) -> String {
        self.address.to_string()
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let settings = lock(&self.settings);
        let (wait, pause) = (settings.wait_for_connection, settings.break_on_next_statement);
        let (url, name) = (settings.target_url.clone(), settings.display_name.clone());
        // Python may run while it makes these.
        drop(settings);
        let text = |text: Option<String>| match text {
            Some(text) => PyString::new(py, &text).repr().map(|repr| repr.to_string_lossy().into_owned()),
            None => Ok("None".to_owned()),
        };
        let flag = |flag: bool| PyBool::new(py, flag).to_string();
        Ok(format!(
            "InspectorConfig(host={}, port={}, wait_for_connection={}, break_on_next_statement={}, target_url={}, \
             display_name={})",
            text(Some(self.host.clone()))?,
            self.port(),
            flag(wait),
            flag(pause),
            text(url)?,
            text(name)?,
        ))
    }
}

impl InspectorConfig {
    pub(crate) fn options(&self) -> InspectorOptions {
        let settings = lock(&self.settings);
        InspectorOptions {
            address: self.address,
            wait_for_connection: settings.wait_for_connection,
            break_on_next_statement: settings.break_on_next_statement,
            target_url: settings.target_url.clone(),
            display_name: settings.display_name.clone(),
        }
    }
}

fn ip_of(host: &str) -> PyResult<IpAddr> {
    match host {
        "" => Err(PyValueError::new_err("Inspector host cannot be empty")),
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        host => host.parse().map_err(|_| {
            PyValueError::new_err(format!(
                "Invalid inspector address {host:?}: it is an IP address or \"localhost\""
            ))
        }),
    }
}

/// Where debuggers find a runtime; from `Runtime.inspector_endpoints`.
///
/// >>> inspector = jsrun.InspectorConfig(port=0)
/// >>> with jsrun.Runtime(jsrun.RuntimeConfig(inspector=inspector)) as runtime:
/// ...     runtime.inspector_endpoints().websocket_url
/// 'ws://127.0.0.1:...'
#[pyclass(frozen, get_all, module = "jsrun")]
pub(crate) struct InspectorEndpoints {
    /// The runtime's id on the server.
    id: String,
    /// Where debuggers connect.
    websocket_url: String,
    /// What to open in Chrome.
    devtools_frontend_url: String,
    /// The name of the runtime.
    title: String,
    /// What it is: "jsrun".
    description: String,
    /// The URL that debuggers show for the runtime.
    target_url: String,
    /// Empty: there is no picture.
    favicon_url: String,
    /// The server's address, with the port that it took.
    host: String,
}

impl From<jsrun::InspectorEndpoints> for InspectorEndpoints {
    fn from(endpoints: jsrun::InspectorEndpoints) -> Self {
        let jsrun::InspectorEndpoints {
            id,
            websocket_url,
            devtools_frontend_url,
            title,
            description,
            target_url,
            favicon_url,
            host,
        } = endpoints;
        Self { id, websocket_url, devtools_frontend_url, title, description, target_url, favicon_url, host }
    }
}

#[pymethods]
impl InspectorEndpoints {
    fn __repr__(&self) -> String {
        format!(
            "InspectorEndpoints(title={:?}, websocket_url={:?}, devtools_frontend_url={:?})",
            self.title, self.websocket_url, self.devtools_frontend_url
        )
    }
}
