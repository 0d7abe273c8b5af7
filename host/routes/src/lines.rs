//! Notices as one JSON document per line, for standard output and for files that grow.
//!
//! JSON and FHIR notices are written as they are, on one line. An HL7 v2 notice becomes
//! `{"id":…,"format":"hl7v2","text":…}`.

use crate::{Cause, Delivered, DeliveryError, Outgoing, Route};
use async_trait::async_trait;
use bridge_types::contract::Format;
use serde_json::json;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;

/// One line, with its line feed.
pub(crate) fn render(item: &Outgoing) -> String {
    let text = item.text.expose();
    let document = text.trim();
    let is_json = matches!(item.format, Format::Json | Format::Fhir) && document.starts_with(['{', '[']);
    let mut line = if is_json {
        // Outside of strings a line break means nothing, and inside of strings JSON does not allow one.
        document.replace(['\r', '\n'], " ")
    } else {
        json!({ "id": item.id, "format": item.format.as_str(), "text": text }).to_string()
    };
    line.push('\n');
    line
}

/// Writes lines to a stream, usually standard output.
pub struct LinesRoute {
    writer: Mutex<Box<dyn AsyncWrite + Send + Unpin>>,
}

impl LinesRoute {
    /// A route to a writer.
    pub fn new(writer: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        Self { writer: Mutex::new(Box::new(writer)) }
    }
}

impl std::fmt::Debug for LinesRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinesRoute").finish_non_exhaustive()
    }
}

#[async_trait]
impl Route for LinesRoute {
    async fn deliver(&self, item: &Outgoing) -> Result<Delivered, DeliveryError> {
        let line = render(item);
        let mut writer = self.writer.lock().await;
        let fail = |step| move |source| DeliveryError::retry(Cause::Storage { step, source });
        writer.write_all(line.as_bytes()).await.map_err(fail("write to the stream"))?;
        writer.flush().await.map_err(fail("flush the stream"))?;
        Ok(Delivered::new("written"))
    }
}

#[cfg(test)]
mod tests {
    use super::{LinesRoute, render};
    use crate::{Cause, Outgoing, Route};
    use bridge_types::contract::Format;
    use bridge_types::{Disposition, Phi};
    use tokio::io::AsyncReadExt;

    fn item(format: Format, text: &str) -> Outgoing {
        Outgoing { id: "n1".into(), format, text: Phi::new(text.into()), control_id: "n1".into() }
    }

    #[test]
    fn json_is_put_on_one_line_and_hl7_is_wrapped() {
        assert_eq!(render(&item(Format::Json, "{\n \"a\": 1\r\n}\n")), "{  \"a\": 1  }\n");
        assert_eq!(
            render(&item(Format::Hl7v2, "MSH|^~\\&|A\rPID|1\r")),
            "{\"format\":\"hl7v2\",\"id\":\"n1\",\"text\":\"MSH|^~\\\\&|A\\rPID|1\\r\"}\n"
        );
    }

    #[tokio::test]
    async fn lines_reach_the_writer_in_order_and_whole() {
        let (near, mut far) = tokio::io::duplex(1024);
        let route = LinesRoute::new(near);
        for text in ["{\"a\":1}", "{\"a\":2}"] {
            assert_eq!(route.deliver(&item(Format::Json, text)).await.unwrap().receipt, "written");
        }
        drop(route);
        let mut out = String::new();
        far.read_to_string(&mut out).await.unwrap();
        assert_eq!(out, "{\"a\":1}\n{\"a\":2}\n");
    }

    #[tokio::test]
    async fn a_closed_stream_is_a_failure_to_retry() {
        let (near, far) = tokio::io::duplex(8);
        drop(far);
        let error = LinesRoute::new(near).deliver(&item(Format::Json, "{\"a\":1}")).await.unwrap_err();
        assert_eq!(error.disposition, Disposition::Retry { after: None });
        assert!(matches!(error.cause, Cause::Storage { step: "write to the stream", .. }));
    }
}
