//! The shape of a value that must not be shown: enough to find the cause, nothing of the person.

/// Length and pattern of a value: letters as `A` or `a`, digits as `9`, everything else as it is, runs shortened.
///
/// `"S-00123"` gives `"A-9… (7 characters)"`.
#[must_use]
pub fn pattern_of(value: &str) -> String {
    let mut shape = String::new();
    let mut last = None;
    for c in value.chars() {
        let class = match c {
            _ if c.is_ascii_digit() || c.is_numeric() => '9',
            _ if c.is_uppercase() => 'A',
            _ if c.is_alphabetic() => 'a',
            _ => c,
        };
        if last == Some(class) {
            if !shape.ends_with('…') {
                shape.push('…');
            }
        } else {
            shape.push(class);
        }
        last = Some(class);
    }
    format!("{shape} ({} characters)", value.chars().count())
}

#[cfg(test)]
mod tests {
    use super::pattern_of;

    #[test]
    fn shows_the_shape_and_nothing_else() {
        assert_eq!(pattern_of("S-00123"), "A-9… (7 characters)");
        assert_eq!(pattern_of(""), " (0 characters)");
        assert_eq!(pattern_of("Jo Doe"), "Aa Aa… (6 characters)");
    }
}
