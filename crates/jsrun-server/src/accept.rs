//! In which form a client wants the answer.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

use crate::error::ApiError;

/// In which form a run is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportFormat {
    /// One JSON object, complete when the run is over.
    Json,
    /// Server-sent events while it goes on.
    EventStream,
}

impl ReportFormat {
    /// What the accept header prefers, as <https://www.rfc-editor.org/rfc/rfc9110#field.accept> says; JSON when it
    /// is missing or does not care.
    ///
    /// # Errors
    /// [`ApiError::NotAcceptable`] when it allows neither.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Result<Self, ApiError> {
        let ranges: Vec<Range> = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter(|range| !range.trim().is_empty())
            .map(Range::parse)
            .collect();
        if ranges.is_empty() {
            return Ok(Self::Json);
        }
        let json = Preference::of(&ranges, "application", "json");
        let stream = Preference::of(&ranges, "text", "event-stream");
        match (json, stream) {
            (None, None) => Err(ApiError::NotAcceptable),
            (None, Some(_)) => Ok(Self::EventStream),
            (Some(json), Some(stream)) if stream > json => Ok(Self::EventStream),
            (Some(_), None | Some(_)) => Ok(Self::Json),
        }
    }
}

/// One entry of an accept header.
struct Range<'a> {
    r#type: &'a str,
    subtype: &'a str,
    quality: f32,
}

impl<'a> Range<'a> {
    fn parse(text: &'a str) -> Self {
        let mut parts = text.split(';').map(str::trim);
        let (r#type, subtype) = parts.next().and_then(|range| range.split_once('/')).unwrap_or(("", ""));
        let quality = parts
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
            .and_then(|(_, value)| value.trim().parse().ok())
            .unwrap_or(1.0);
        Self { r#type, subtype, quality }
    }

    /// How exactly the range names the type: 2 by its full name, 1 by `type/*`, 0 by `*/*`; `None` when not at all.
    fn specificity(&self, r#type: &str, subtype: &str) -> Option<u8> {
        let same_type = self.r#type.eq_ignore_ascii_case(r#type);
        if same_type && self.subtype.eq_ignore_ascii_case(subtype) {
            Some(2)
        } else if same_type && self.subtype == "*" {
            Some(1)
        } else if self.r#type == "*" && self.subtype == "*" {
            Some(0)
        } else {
            None
        }
    }
}

/// How much a type is wanted: by quality, and of equals the one that is named more exactly.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
struct Preference {
    quality: f32,
    specificity: u8,
}

impl Preference {
    /// What the most specific fitting range says; `None` when none fits or the quality is zero.
    fn of(ranges: &[Range<'_>], r#type: &str, subtype: &str) -> Option<Self> {
        ranges
            .iter()
            .filter_map(|range| {
                let specificity = range.specificity(r#type, subtype)?;
                Some(Self { quality: range.quality, specificity })
            })
            .max_by_key(|preference| preference.specificity)
            .filter(|preference| preference.quality > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn negotiate(accept: &'static str) -> Option<ReportFormat> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        ReportFormat::negotiate(&headers).ok()
    }

    #[test]
    fn the_accept_header_chooses_the_form() {
        let table = [
            ("application/json", Some(ReportFormat::Json)),
            ("text/event-stream", Some(ReportFormat::EventStream)),
            ("TEXT/Event-Stream; charset=utf-8", Some(ReportFormat::EventStream)),
            ("*/*", Some(ReportFormat::Json)),
            ("application/*", Some(ReportFormat::Json)),
            ("text/*", Some(ReportFormat::EventStream)),
            ("text/event-stream, application/json", Some(ReportFormat::Json)),
            ("text/event-stream, application/json;q=0.5", Some(ReportFormat::EventStream)),
            ("text/event-stream, */*;q=0.1", Some(ReportFormat::EventStream)),
            ("text/event-stream, */*", Some(ReportFormat::EventStream)),
            ("application/json;q=0, */*", Some(ReportFormat::EventStream)),
            ("application/problem+json, application/json", Some(ReportFormat::Json)),
            ("text/html", None),
            ("application/json;q=0", None),
            ("nonsense", None),
            ("", Some(ReportFormat::Json)),
        ];
        for (accept, expected) in table {
            assert_eq!(negotiate(accept), expected, "{accept}");
        }
        assert_eq!(ReportFormat::negotiate(&HeaderMap::new()).ok(), Some(ReportFormat::Json));
    }
}
