//! What a project's reports have of the agency's own: its colours, and its logo read from its file.

use super::failure::Failure;
use crate::looks::{Brand, Logo};
use crate::project::{Project, ProjectError};
use crate::report::pdf;
use std::fs::File;
use std::io::Read;

/// The project's logo and colours. A logo that one of the formats cannot draw is said before anything is computed.
pub fn brand(project: &Project) -> Result<Brand, Failure> {
    let colours = project.colours.clone();
    let Some(name) = &project.logo else { return Ok(Brand { colours, logo: None }) };
    let wrong = |message: &str, hint: Option<String>| -> ProjectError {
        project.mistake(&format!("\"{name}\""), &format!("the logo \"{name}\" {message}"), hint)
    };
    let mut bytes = Vec::new();
    let read = File::open(project.root.join(name)).and_then(|file| {
        // One byte more than is taken tells that there are more.
        file.take(Logo::MOST_BYTES as u64 + 1).read_to_end(&mut bytes)
    });
    read.map_err(|error| {
        let hint = "logo is the path of a PNG, JPEG or SVG, relative to attain.toml";
        wrong(&format!("cannot be read: {error}"), Some(hint.into()))
    })?;
    let logo = Logo::read(bytes).map_err(|(message, hint)| wrong(&message, Some(hint)))?;
    pdf::draw(&logo).map_err(|why| {
        let hint = "open it in a program for pictures and save it anew as a PNG";
        wrong(&format!("cannot be drawn: {why}"), Some(hint.into()))
    })?;
    Ok(Brand { colours, logo: Some(logo) })
}
