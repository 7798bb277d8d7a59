//! `manifest.json` of a period's reports: what each was made from and by, so that it can be made again.

use super::super::failure::Failure;
use super::super::outputs::{Outputs, Written, json};
use super::super::session::Session;
use crate::contract::{CONTRACT_TEXT, sha256_hex};
use crate::project::Period;
use crate::release::Audience;
use crate::report::Definition;
use std::collections::BTreeMap;
use std::path::{Component, Path};

/// What one document is of.
#[derive(Clone, Copy)]
pub struct Of<'a> {
    pub definition: &'a Definition,
    pub audience: Audience,
    pub program: Option<&'a str>,
    /// The month and the snapshot of the report that its restated months are told apart from.
    pub restated_since: Option<&'a (String, String)>,
}

/// What one document was made from and by, with digests.
pub fn manifest_entry(
    session: &Session,
    of: Of<'_>,
    commentary: &[(String, String)],
    files: &[Written],
) -> serde_json::Value {
    let Of { definition, audience, program, restated_since } = of;
    let metrics: BTreeMap<&str, serde_json::Value> = definition
        .metrics()
        .into_iter()
        .filter_map(|name| session.catalogue.get(name))
        .map(|metric| {
            let value = serde_json::json!({
                "file": metric.query.path,
                "sha256": sha256_hex(metric.query.text.as_bytes()),
                "parameters": session.parameters_of(&metric.name),
            });
            (metric.name.as_str(), value)
        })
        .collect();
    let commentary: Vec<serde_json::Value> =
        commentary.iter().map(|(path, sha256)| serde_json::json!({ "path": path, "sha256": sha256 })).collect();
    let mut entry = serde_json::json!({
        "definition": definition.name,
        "audience": audience,
        "metrics": metrics,
        "commentary": commentary,
        "files": files,
    });
    if let Some(program) = program {
        entry["program"] = program.into();
    }
    if let Some((period, snapshot)) = restated_since {
        entry["restated_since"] = serde_json::json!({ "period": period, "snapshot": snapshot });
    }
    entry
}

fn earlier_manifest(outputs: &Outputs) -> Option<serde_json::Value> {
    let bytes = std::fs::read(outputs.folder.join("manifest.json")).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The paths of a report's files in a manifest.
fn file_paths(report: &serde_json::Value) -> Vec<&str> {
    report["files"].as_array().map_or_else(Vec::new, |files| files.iter().filter_map(|f| f["path"].as_str()).collect())
}

/// Removes tables that an earlier run wrote for a report and this one did not, such as that of a metric that is no longer
/// collected: beside the new ones they would be read as one of them.
pub fn remove_outdated_tables(outputs: &Outputs, entries: &[(String, serde_json::Value)]) {
    let Some(earlier) = earlier_manifest(outputs) else { return };
    let reports = earlier["reports"].as_object().into_iter().flatten();
    // A file of another report is not this one's to remove.
    let of_others: Vec<&str> = reports
        .filter(|(name, _)| entries.iter().all(|(stem, _)| stem != *name))
        .flat_map(|(_, report)| file_paths(report))
        .collect();
    let written: Vec<&str> = entries.iter().flat_map(|(_, entry)| file_paths(entry)).chain(of_others).collect();
    for (stem, _) in entries {
        for old in file_paths(&earlier["reports"][stem.as_str()]) {
            let inside = Path::new(old).components().all(|part| matches!(part, Component::Normal(_)));
            if inside && old.starts_with("tables/") && !written.contains(&old) {
                // Whatever cannot be removed is at worst an old file.
                let _ = std::fs::remove_file(outputs.folder.join(old));
            }
        }
    }
}

/// `manifest.json` of the period: the snapshot and every report made from it, so that each can be made again. Reports
/// made earlier from the same snapshot keep their entries.
pub fn manifest(
    session: &Session,
    month: &Period,
    outputs: &Outputs,
    entries: Vec<(String, serde_json::Value)>,
) -> Result<Vec<u8>, Failure> {
    let snapshot = &session.snapshot.manifest;
    let earlier =
        earlier_manifest(outputs).filter(|manifest| manifest["snapshot"]["id"] == session.snapshot.id.as_str());
    let mut reports: BTreeMap<String, serde_json::Value> = earlier
        .and_then(|manifest| manifest["reports"].as_object().cloned())
        .map(|reports| reports.into_iter().collect())
        .unwrap_or_default();
    for (stem, mut entry) in entries {
        // Formats not asked for this time are still there from the time before.
        let kept: Vec<serde_json::Value> = reports.get(&stem).map_or_else(Vec::new, |before| {
            let files = before["files"].as_array().cloned().unwrap_or_default();
            let still = |path: &str| !file_paths(&entry).contains(&path) && outputs.folder.join(path).exists();
            files.into_iter().filter(|file| file["path"].as_str().is_some_and(still)).collect()
        });
        if let Some(files) = entry["files"].as_array_mut() {
            files.extend(kept);
        }
        reports.insert(stem, entry);
    }
    let value = serde_json::json!({
        "attain": env!("CARGO_PKG_VERSION"),
        "period": { "label": month.label, "start": month.start.to_string(), "end": month.end.to_string() },
        "snapshot": { "id": session.snapshot.id, "as_of": snapshot.as_of, "inputs": snapshot.inputs },
        "contract": { "version": crate::contract::CONTRACT.version, "sha256": sha256_hex(CONTRACT_TEXT.as_bytes()) },
        "project_file_sha256": session.project_file_sha256()?,
        "reports": reports,
    });
    json(&value)
}
