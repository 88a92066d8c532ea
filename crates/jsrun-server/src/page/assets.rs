//! The page's files.

use std::borrow::Cow;

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use axum::response::{IntoResponse, Response};

use super::PageFiles;
use crate::error::ApiError;

/// For scripts that run as workers and for images that are opened by themselves: nothing from elsewhere.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'";

/// A file of the page. Those under `/assets/` carry a hash in their names and never change.
pub(super) async fn asset(method: Method, uri: Uri) -> Response {
    // The names are plain ASCII, so that nothing needs decoding. An embedded file's name never leads elsewhere.
    let path = uri.path().strip_prefix('/').unwrap_or_default();
    let Some(file) = PageFiles::get(path) else {
        return ApiError::NotFound { path: uri.path().to_owned() }.into_response();
    };
    if !matches!(method, Method::GET | Method::HEAD) {
        let error = ApiError::MethodNotAllowed { method, path: uri.path().to_owned() };
        return ([(ALLOW, "GET,HEAD")], error).into_response();
    }
    let caching =
        if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_TYPE, content_type(path)),
        (CACHE_CONTROL, HeaderValue::from_static(caching)),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    match file.data {
        Cow::Borrowed(bytes) => (headers, bytes).into_response(),
        Cow::Owned(bytes) => (headers, bytes).into_response(),
    }
}

/// By the name's extension; text is UTF-8.
fn content_type(path: &str) -> HeaderValue {
    let guess = mime_guess::from_path(path).first_or_octet_stream();
    let is_text =
        guess.type_() == mime_guess::mime::TEXT || matches!(guess.subtype().as_str(), "javascript" | "json");
    let value = if is_text { format!("{guess}; charset=utf-8") } else { guess.to_string() };
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_content_type_of_its_name() {
        let table = [
            ("assets/index-abc.js", "text/javascript; charset=utf-8"),
            ("assets/index-abc.css", "text/css; charset=utf-8"),
            ("favicon.svg", "image/svg+xml"),
            ("assets/a.woff2", "font/woff2"),
            ("assets/a.wasm", "application/wasm"),
            ("assets/a", "application/octet-stream"),
        ];
        for (path, expected) in table {
            assert_eq!(content_type(path), expected, "{path}");
        }
    }
}
