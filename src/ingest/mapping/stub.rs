//! Stub until reshaping lands.
use super::{LookupRule, Mapping, MappingError, Rule};
pub struct Place<'p> {
    pub file: &'p str,
    pub sheet: &'p str,
}
#[derive(Debug)]
pub struct Reshape;
pub struct Reshaped;
pub struct TextColumn(Vec<String>);
impl TextColumn {
    pub fn with_capacity(_: usize) -> Self {
        Self(Vec::new())
    }
    pub fn push(&mut self, t: &str) {
        self.0.push(t.to_owned());
    }
}
#[derive(Default)]
pub struct Lookups;
impl Lookups {
    pub fn insert(&mut self, _: &str, _: Lookup) {}
}
pub struct Lookup;
pub struct Difference {
    pub file: usize,
    pub line: u64,
    pub key: String,
    pub column: String,
}
pub struct LookupBuilder<'m>(&'m LookupRule);
impl<'m> LookupBuilder<'m> {
    pub fn new(r: &'m LookupRule, _: &'m Mapping, _: &'m Lookups) -> Result<Self, MappingError> {
        Ok(Self(r))
    }
    pub fn begin(&mut self, _: &[String], _: &Place<'_>) -> Result<Vec<usize>, MappingError> {
        Ok(Vec::new())
    }
    pub fn add(&mut self, _: Vec<TextColumn>, _: &[u64]) -> Result<(), MappingError> {
        Ok(())
    }
    pub fn finish(self) -> Result<(Lookup, Vec<Difference>), MappingError> {
        Ok((Lookup, Vec::new()))
    }
}
impl Reshape {
    pub fn new(_: &Rule, _: &Mapping, _: &[String], _: &Lookups, _: &Place<'_>) -> Result<Self, MappingError> {
        Ok(Self)
    }
    pub fn needed(&self) -> &[usize] {
        &[]
    }
    pub fn collects(&self, _: usize) -> bool {
        false
    }
    pub fn cells_of(&self, _: usize) -> Vec<usize> {
        Vec::new()
    }
    pub fn cell_of(&self, _: usize, _: usize) -> Option<usize> {
        None
    }
    pub fn run(&self, _: Vec<TextColumn>, _: &[u64]) -> Result<Reshaped, MappingError> {
        Ok(Reshaped)
    }
}
impl Reshaped {
    pub fn rows(&self) -> usize {
        0
    }
    pub fn origin(&self, _: usize) -> usize {
        0
    }
    pub fn group(&self, _: usize) -> usize {
        0
    }
    pub fn left_out(&self) -> usize {
        0
    }
    pub fn is_deleted(&self, _: usize) -> bool {
        false
    }
    pub fn latest(&self, _: usize) -> &[u8] {
        &[]
    }
    pub fn text(&self, _: usize, _: usize) -> &[u8] {
        &[]
    }
}
