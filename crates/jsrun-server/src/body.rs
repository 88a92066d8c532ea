//! JSON request bodies: bounded in size and time, and refused with the place of the mistake.

use std::marker::PhantomData;

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures_util::StreamExt;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::error::ApiError;
use crate::{AppState, ServerConfig};

/// The longest explanation of a mistake: the reason may quote what was sent, which may be long.
const MAX_REASON: usize = 300;

/// A request's body as `T`.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let config = state.config();
        require_json(request.headers())?;
        let bytes = read(request, config).await?;
        parse(&bytes).map(Self)
    }
}

/// Requiring the JSON content type is also what keeps other sites' pages out: a browser sends it across origins only
/// after a preflight, which is never granted.
fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Err(ApiError::NotJson { content_type: None });
    };
    let text = String::from_utf8_lossy(value.as_bytes());
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    if is_json { Ok(()) } else { Err(ApiError::NotJson { content_type: Some(shorten(&text)) }) }
}

/// Reads the body to its end. A declared length over the limit is refused before a byte is read, a longer body
/// without one as soon as it is over.
async fn read(request: Request, config: &ServerConfig) -> Result<Vec<u8>, ApiError> {
    let wait = config.body_wait;
    let declared = declared_length(request.headers());
    if declared.is_some_and(|length| length > config.body_size.as_u64()) {
        return Err(too_large(config));
    }
    tokio::time::timeout(wait, collect(request.into_body(), config))
        .await
        .unwrap_or(Err(ApiError::BodyTooSlow { wait }))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn collect(body: Body, config: &ServerConfig) -> Result<Vec<u8>, ApiError> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| ApiError::BodyBroken { reason: shorten(&error.to_string()) })?;
        if bytes.len().saturating_add(chunk.len()) > config.body_size.as_usize() {
            return Err(too_large(config));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn too_large(config: &ServerConfig) -> ApiError {
    ApiError::BodyTooLarge { limit: config.body_size, code_limit: config.code_size }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize::<_, JsonObject<T>>(&mut json);
    match parsed {
        Ok(body) => {
            json.end().map_err(|error| malformed(None, &error))?;
            Ok(body.0)
        }
        Err(error) => Err(refusal(bytes, error)),
    }
}

fn refusal(bytes: &[u8], error: serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let field = field_at(error.path());
    let error = error.into_inner();
    // What is not JSON at all is told as such, even if a wrong field comes before.
    if let Err(error) = std::str::from_utf8(bytes) {
        let reason = format!("it is not UTF-8 after byte {}", error.valid_up_to());
        return ApiError::MalformedJson { field, reason };
    }
    if let Err(syntax) = serde_json::from_slice::<IgnoredAny>(bytes) {
        let is_same = (syntax.line(), syntax.column()) == (error.line(), error.column());
        return if is_same { malformed(field.as_deref(), &error) } else { malformed(None, &syntax) };
    }
    // The parser also refuses JSON that it cannot hold as a syntax error.
    let reason = shorten(&lone_surrogate(&error).unwrap_or_else(|| error.to_string()));
    match field_to_blame(field.as_deref(), &reason) {
        Some(field) => ApiError::InvalidField { field: shorten(&field), reason },
        None => ApiError::InvalidBody { reason },
    }
}

/// Half of a pair, such as `"\ud800"`, is JSON but not text.
fn lone_surrogate(error: &serde_json::Error) -> Option<String> {
    let is_lone = error.is_syntax() && error.to_string().contains("hex escape");
    is_lone.then(|| {
        let (line, column) = (error.line(), error.column());
        format!("a lone surrogate is not valid Unicode at line {line} column {column}")
    })
}

/// Where the parser was: `limits.wall_ms`; `None` at the top. A last `?` stands for a name that it had not read.
fn field_at(path: &serde_path_to_error::Path) -> Option<String> {
    let path = path.to_string();
    let path = path.trim_end_matches('?').trim_end_matches('.');
    (!path.is_empty()).then(|| path.to_owned())
}

/// The parser's messages end with the line and the column.
fn malformed(field: Option<&str>, error: &serde_json::Error) -> ApiError {
    ApiError::MalformedJson { field: field.map(shorten), reason: shorten(&error.to_string()) }
}

/// The path of the field; for a missing or unknown one the path leads to the object around it, and serde's message
/// tells the name.
fn field_to_blame(path: Option<&str>, reason: &str) -> Option<String> {
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|prefix| reason.strip_prefix(prefix)?.split('`').next());
    match (path, named) {
        (Some(path), Some(name)) if path == name || path.ends_with(&format!(".{name}")) => {
            Some(path.to_owned())
        }
        (Some(path), Some(name)) => Some(format!("{path}.{name}")),
        (Some(path), None) => Some(path.to_owned()),
        (None, Some(name)) => Some(name.to_owned()),
        (None, None) => None,
    }
}

fn shorten(text: &str) -> String {
    if text.len() <= MAX_REASON {
        return text.to_owned();
    }
    // The end tells the line and the column, so that the middle is left out.
    let head = text.floor_char_boundary(MAX_REASON * 2 / 3);
    let tail = text.ceil_char_boundary(text.len() - MAX_REASON / 3);
    format!("{}…{}", &text[..head], &text[tail..])
}

/// A struct that is written as a JSON object. Plain serde structs take arrays as well.
#[derive(Debug)]
pub(crate) struct JsonObject<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for JsonObject<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{ExecuteBody, RunBody};

    fn refusal<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> (Option<String>, String) {
        let error = parse::<T>(body.as_bytes()).expect_err(body);
        let detail = error.to_string();
        match error {
            ApiError::MalformedJson { field, .. } => (field, detail),
            ApiError::InvalidField { field, .. } => (Some(field), detail),
            ApiError::InvalidBody { .. } => (None, detail),
            _ => panic!("{body}: {detail}"),
        }
    }

    #[test]
    fn a_mistake_in_the_body_is_named_with_its_place() {
        let table = [
            ("", None, "EOF while parsing a value at line 1 column 0"),
            ("{\"code\": ", Some("code"), "EOF while parsing a value at line 1 column 9"),
            ("{\"code\":\n \"a\",}", None, "trailing comma at line 2 column 6"),
            ("{\"code\": \"a\"} x", None, "trailing characters at line 1 column 15"),
            ("{\"nope\": 1", None, "EOF while parsing an object at line 1 column 10"),
            ("[\"2 + 2\", 1]", None, "invalid type: sequence, expected an object"),
            ("\"2 + 2\"", None, "invalid type: string \"2 + 2\", expected an object"),
            ("{}", Some("code"), "missing field `code`"),
            ("{\"timeout\": 1}", Some("code"), "missing field `code`"),
            ("{\"code\": 5}", Some("code"), "invalid type: integer `5`, expected a string"),
            ("{\"code\": null}", Some("code"), "invalid type: null, expected a string"),
            (
                "{\"code\": \"a\", \"cod\": 1}",
                Some("cod"),
                "unknown field `cod`, expected `code` or `timeout`",
            ),
            ("{\"code\": \"a\", \"code\": \"b\"}", Some("code"), "duplicate field `code`"),
            (
                "{\"code\": \"a\", \"timeout\": \"1\"}",
                Some("timeout"),
                "invalid type: string \"1\", expected a number",
            ),
            (
                "{\"code\": \"a\", \"timeout\": null}",
                Some("timeout"),
                "invalid type: null, expected a number",
            ),
            ("{\"code\": \"a\", \"timeout\": 1e999}", Some("timeout"), "`timeout`: number out of range"),
            ("{\"code\": \"a\", \"timeout\": 1e999,}", None, "not valid JSON: "),
            ("{\"code\": 1e400}", Some("code"), "`code`: number out of range"),
            (
                "{\"code\": \"\\ud800\"}",
                Some("code"),
                "`code`: a lone surrogate is not valid Unicode at line 1",
            ),
            ("{\"code\": \"\\udc00\"}", Some("code"), "`code`: a lone surrogate"),
            ("{\"code\": \"\\ud800a\"}", Some("code"), "`code`: a lone surrogate"),
            ("{\"code\": \"\\ud800\\u0041\"}", Some("code"), "`code`: a lone surrogate"),
            ("{\"\\ud800\": 1}", None, "the body does not fit: a lone surrogate"),
            ("{\"code\": \"\\ud80\"}", Some("code"), "not valid JSON: "),
        ];
        for (body, field, reason) in table {
            let (found, detail) = refusal::<ExecuteBody>(body);
            assert_eq!(found.as_deref(), field, "{body}: {detail}");
            assert!(detail.contains(reason), "{body}: {detail}");
        }
    }

    #[test]
    fn a_nested_field_is_named_with_its_path() {
        let table = [
            ("{\"code\": \"a\", \"limits\": {\"wall_mss\": 1}}", "limits.wall_mss"),
            ("{\"code\": \"a\", \"limits\": {\"wall_ms\": -1}}", "limits.wall_ms"),
            ("{\"code\": \"a\", \"limits\": {\"wall_ms\": 1.5}}", "limits.wall_ms"),
            ("{\"code\": \"a\", \"limits\": [1]}", "limits"),
            ("{\"code\": \"a\", \"limits\": null}", "limits"),
            ("{\"code\": \"a\", \"limits\": {\"wall_ms\": null}}", "limits.wall_ms"),
            ("{\"code\": \"a\", \"limits\": {\"wall_ms\": 1e400}}", "limits.wall_ms"),
            ("{\"code\": \"a\", \"language\": 1}", "language"),
            ("{\"code\": \"a\", \"language\": null}", "language"),
            ("{\"code\": \"a\", \"language\": {}}", "language"),
            ("{\"code\": \"a\", \"language\": {\"javascript\": null}}", "language"),
            ("{\"code\": \"a\", \"files\": null}", "files"),
            ("{\"code\": \"a\", \"files\": [\"a.js\"]}", "files"),
            ("{\"code\": \"a\", \"files\": {\"lib\": 1}}", "files.lib"),
            ("{\"entry\": 1}", "entry"),
            ("{\"code\": \"a\", \"file\": {}}", "file"),
        ];
        for (body, field) in table {
            let (found, detail) = refusal::<RunBody>(body);
            assert_eq!(found.as_deref(), Some(field), "{body}: {detail}");
            assert!(detail.starts_with(&format!("`{field}`: ")), "{body}: {detail}");
        }
    }

    #[test]
    fn a_body_that_is_not_utf8_is_not_json() {
        let error = parse::<ExecuteBody>(b"{\"code\": \"\xff\"}").expect_err("not UTF-8");
        assert_eq!(error.to_string(), "the body is not valid JSON: it is not UTF-8 after byte 10");
        let error = parse::<ExecuteBody>(b"{\"code\": 1, \"\xff\": 2}").expect_err("not UTF-8");
        assert!(matches!(error, ApiError::MalformedJson { .. }), "{error}");
    }

    #[test]
    fn a_refusal_does_not_repeat_a_long_body() {
        let body = format!("{{\"code\": \"a\", \"timeout\": \"{}\"}}", "é".repeat(100_000));
        let (field, detail) = refusal::<ExecuteBody>(&body);
        assert_eq!(field.as_deref(), Some("timeout"));
        assert!(detail.len() < 400 && detail.contains("line 1 column"), "{detail}");
        let body = format!("{{\"{}\": 1}}", "k".repeat(100_000));
        let (field, _) = refusal::<ExecuteBody>(&body);
        assert!(field.is_some_and(|field| field.len() <= 310));
    }

    #[test]
    fn deep_nesting_is_refused_without_harm() {
        let (_, detail) = refusal::<RunBody>(&"[".repeat(1_000_000));
        assert!(detail.contains("line 1 column 1000000"), "{detail}");
    }
}
