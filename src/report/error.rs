//! Why a report could not be written: always a fault of a template or of this program, never of the data.

use std::fmt;

/// A renderer's failure, with what the library underneath said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportError {
    Html(String),
    Pdf(String),
    Workbook(String),
    Csv(String),
    Json(String),
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, message) = match self {
            Self::Html(message) => ("HTML report", message),
            Self::Pdf(message) => ("PDF report", message),
            Self::Workbook(message) => ("workbook", message),
            Self::Csv(message) => ("CSV table", message),
            Self::Json(message) => ("document.json", message),
        };
        write!(f, "cannot render the {kind}: {message}")
    }
}

impl std::error::Error for ReportError {}
