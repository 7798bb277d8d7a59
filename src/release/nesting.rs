//! Breakdowns of which one's groups lie within another's: a program has one setting, one site and one funder, a case manager one
//! team. What is told of a setting and of its programs is linked as a total and its parts are.

use crate::measure::Group;
use std::collections::BTreeMap;

/// Value → the value of each wider dimension that it lies in; unknown where none is given.
type Within = BTreeMap<String, BTreeMap<String, String>>;

/// Which groups lie within which.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nesting(BTreeMap<String, (Vec<String>, Within)>);

impl Nesting {
    /// Adds a dimension of which every value lies within one value of each of the wider ones.
    pub fn add(&mut self, dimension: &str, wider: &[&str], within: Within) {
        self.0.insert(dimension.to_owned(), (wider.iter().map(|name| (*name).to_owned()).collect(), within));
    }

    /// Whether the dimension is one that others lie within.
    pub(super) fn is_wider(&self, dimension: &str) -> bool {
        self.0.values().any(|(wider, _)| wider.iter().any(|name| name == dimension))
    }

    /// The group, with what it lies in beside what it is.
    pub(super) fn widened(&self, group: &Group) -> Group {
        let mut all = group.clone();
        for (dimension, value) in &group.0 {
            let Some((wider, within)) = self.0.get(dimension) else { continue };
            let of_value = value.as_ref().and_then(|value| within.get(value));
            for name in wider {
                if group.0.iter().all(|(known, _)| known != name) {
                    all.0.push((name.clone(), of_value.and_then(|of| of.get(name)).cloned()));
                }
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_lies_in_its_setting() {
        let mut nesting = Nesting::default();
        let within =
            BTreeMap::from([("P1".to_owned(), BTreeMap::from([("setting".to_owned(), "shelter".to_owned())]))]);
        nesting.add("program", &["setting", "site"], within);
        let pair = |name: &str, value: Option<&str>| (name.to_owned(), value.map(str::to_owned));
        let group = Group(vec![pair("program", Some("P1")), pair("gender", None)]);
        let widened = [group.0.clone(), vec![pair("setting", Some("shelter")), pair("site", None)]].concat();
        assert_eq!(nesting.widened(&group), Group(widened));
        let unknown = Group(vec![pair("program", None), pair("site", Some("east"))]);
        assert_eq!(nesting.widened(&unknown), Group([unknown.0.clone(), vec![pair("setting", None)]].concat()));
        assert!(nesting.is_wider("site") && !nesting.is_wider("program"));
        assert_eq!(nesting.widened(&Group::default()), Group::default());
    }
}
