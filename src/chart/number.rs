//! Numbers as English prints them.

/// "71%"; what rounds to none or all without being it is "<1%" or ">99%".
#[must_use]
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    let rounded = decimal(percent, 0);
    // A shade of slack, so that 1 computed as 0.9999999999999999 is all.
    if percent > 1e-9 && rounded == "0" {
        "<1%".to_owned()
    } else if percent < 100.0 - 1e-9 && rounded == "100" {
        ">99%".to_owned()
    } else {
        format!("{rounded}%")
    }
}

/// "1,204"
#[must_use]
pub fn count(value: f64) -> String {
    decimal(value, 0)
}

/// "1,204.5", "−0.3"
#[must_use]
pub fn decimal(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
    let mut out = String::new();
    // "−0" is nothing but 0.
    if value < 0.0 && text.chars().any(|c| c.is_ascii_digit() && c != '0') {
        out.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let cases =
            [(0.0, "0%"), (0.71, "71%"), (1.0, "100%"), (0.004, "<1%"), (0.005, "<1%"), (0.996, ">99%"), (0.012, "1%")];
        for (value, expected) in cases {
            assert_eq!(share(value), expected);
        }
        assert_eq!(share(0.999_999_999_999_999_9), "100%");
    }

    #[test]
    fn thousands_minus_and_zero() {
        assert_eq!(count(1204.0), "1,204");
        assert_eq!(count(1_234_567.0), "1,234,567");
        assert_eq!(decimal(-3.25, 1), "−3.2");
        assert_eq!(decimal(-0.04, 1), "0.0");
        assert_eq!(decimal(999.96, 1), "1,000.0");
    }
}
