//! The mappings that come with the program, each with its page.

/// The mapping of an export that is already in the contract's shape.
pub const CASE_EXPORT: &str = "case-export";

/// A mapping of the program's own.
pub struct BuiltIn {
    pub name: &'static str,
    /// None where nothing is mapped.
    text: Option<&'static str>,
    /// What maps, what does not, what is assumed; Markdown.
    pub page: &'static str,
}

/// All of them.
pub static BUILT_IN: &[BuiltIn] = &[
    BuiltIn { name: CASE_EXPORT, text: None, page: include_str!("built_in/case-export.md") },
    BuiltIn {
        name: "hmis-csv",
        text: Some(include_str!("built_in/hmis-csv.toml")),
        page: include_str!("built_in/hmis-csv.md"),
    },
    BuiltIn {
        name: "primero",
        text: Some(include_str!("built_in/primero.toml")),
        page: include_str!("built_in/primero.md"),
    },
    BuiltIn {
        name: "salesforce-pmm",
        text: Some(include_str!("built_in/salesforce-pmm.toml")),
        page: include_str!("built_in/salesforce-pmm.md"),
    },
];

/// What `attain mapping guide` tells: the language, with an example for every feature.
pub const GUIDE: &str = include_str!("guide.md");

/// The text of a built-in mapping.
pub fn built_in_text(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|mapping| mapping.name == name)?.text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::mapping::Mapping;

    #[test]
    fn every_built_in_mapping_fits_the_contract_and_has_a_page() {
        for built_in in BUILT_IN {
            let mapping = Mapping::built_in(built_in.name).expect("built in");
            if let Err(errors) = mapping {
                panic!("{errors}");
            }
            assert!(built_in.page.starts_with("# "), "{} has a page with a title", built_in.name);
        }
    }

    #[test]
    fn the_mapping_of_the_trials_fits_the_contract() {
        let text = include_str!("../../../tests/it/fixtures/ctn0094/mappings/ctn-0094.toml");
        if let Err(errors) = Mapping::parse("ctn-0094", "ctn-0094.toml", text) {
            panic!("{errors}");
        }
    }
}
