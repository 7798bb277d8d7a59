//! Names that stand in several lines: `Intake` over `Date` and `Worker` → `Intake - Date`, `Intake - Worker`.

/// Between a name's parts.
const BETWEEN: &str = " - ";

/// The names of the columns. A part that is empty or the same as the one above it (a cell merged over both lines) is left
/// out.
pub fn joined(lines: &[&[String]]) -> Vec<String> {
    let width = lines.iter().map(|line| line.len()).max().unwrap_or_default();
    let name = |at: usize| {
        let mut parts: Vec<&str> = lines.iter().filter_map(|line| line.get(at)).map(|part| part.trim()).collect();
        parts.retain(|part| !part.is_empty());
        parts.dedup();
        parts.join(BETWEEN)
    };
    (0..width).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_joined_and_none_comes_twice() {
        let line = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let (above, below) = (line("Client,Intake,Intake,"), line("Client,Date,Worker,Note,x"));
        assert_eq!(joined(&[&above, &below]), ["Client", "Intake - Date", "Intake - Worker", "Note", "x"]);
        assert_eq!(joined(&[&above]), ["Client", "Intake", "Intake", ""]);
    }
}
