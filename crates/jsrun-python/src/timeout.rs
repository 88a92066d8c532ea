//! Times and sizes as Python gives them.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDelta, PyFloat, PyInt};

/// A timeout in seconds, as an int, a float or a timedelta. `None` is no timeout.
pub(crate) fn timeout_of(timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Duration>> {
    let Some(timeout) = timeout.filter(|timeout| !timeout.is_none()) else { return Ok(None) };
    let seconds: f64 = if timeout.is_instance_of::<PyDelta>() {
        timeout.call_method0("total_seconds")?.extract()?
    } else if timeout.is_instance_of::<PyBool>() {
        return Err(PyValueError::new_err("Timeout must be a number"));
    } else if timeout.is_instance_of::<PyInt>() || timeout.is_instance_of::<PyFloat>() {
        // An int may be too large for a float.
        timeout.extract().unwrap_or(f64::INFINITY)
    } else {
        return Err(PyValueError::new_err("Timeout must be a number"));
    };
    if !seconds.is_finite() {
        return Err(PyValueError::new_err("Timeout must be finite"));
    }
    if seconds < 0.0 {
        return Err(PyValueError::new_err("Timeout cannot be negative"));
    }
    if seconds == 0.0 {
        return Err(PyValueError::new_err("Timeout cannot be zero"));
    }
    Ok(Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)))
}

/// A whole number above zero; `None` stays.
pub(crate) fn positive(name: &str, number: Option<&Bound<'_, PyAny>>) -> PyResult<Option<u64>> {
    let Some(number) = number.filter(|number| !number.is_none()) else { return Ok(None) };
    let wrong = || PyValueError::new_err(format!("{name} must be a positive integer"));
    if !number.is_instance_of::<PyInt>() || number.is_instance_of::<PyBool>() || !number.gt(0)? {
        return Err(wrong());
    }
    // More than there can be is no limit.
    Ok(Some(number.extract().unwrap_or(u64::MAX)))
}
