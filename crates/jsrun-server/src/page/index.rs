//! `GET /`: the page itself.

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::{Html, IntoResponse, Response};
use uuid::Uuid;

use super::PageFiles;
use crate::error::ApiError;

/// Stands in the built page where the nonce of its inline styles goes.
const NONCE_PLACEHOLDER: &str = "__CSP_NONCE__";

/// The page with a fresh nonce. It is not kept by the browser: it names the hashed assets of this very build.
pub(super) async fn index() -> Result<Response, ApiError> {
    let page = PageFiles::get("index.html").ok_or_else(|| ApiError::NotFound { path: "/".to_owned() })?;
    // 122 random bits from the operating system; Content Security Policy asks for 128 "should", 64 are plenty for one load.
    let nonce = Uuid::new_v4().simple().to_string();
    let html = String::from_utf8_lossy(&page.data).replace(NONCE_PLACEHOLDER, &nonce);
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, content_security_policy(&nonce));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

/// Nothing from elsewhere, no inline script; inline styles only by nonce, which the editor needs.
fn content_security_policy(nonce: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; connect-src 'self'; \
         img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("a hexadecimal nonce between ASCII words")
}
