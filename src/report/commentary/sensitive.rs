//! What obviously must not leave the agency: texts that look like a social security number, an e-mail address or a
//! telephone number. Names cannot be recognised and are not looked for.

/// What was found: where it begins in the text, and what it looks like.
pub type Found = (usize, &'static str);

/// Every text of a kind that must not leave the agency, from first to last.
pub fn all(text: &str) -> Vec<Found> {
    let numbers = numbers(text).into_iter().filter_map(|number| Some((number.at, number.looks_like()?)));
    let mut found: Vec<Found> = numbers.chain(addresses(text)).collect();
    found.sort_unstable();
    found
}

/// `somebody@agency.org`
fn addresses(text: &str) -> impl Iterator<Item = Found> {
    let part = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    text.match_indices('@').filter_map(move |(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let name = before.chars().rev().take_while(|c| part(*c)).map(char::len_utf8).sum::<usize>();
        let host: String = after.chars().take_while(|c| part(*c)).collect();
        let dotted = host.trim_end_matches('.').split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty());
        (name > 0 && dotted).then_some((at - name, "an e-mail address"))
    })
}

/// Groups of digits that stand together.
#[derive(Debug, Default)]
struct Number {
    at: usize,
    /// How many digits each group has.
    groups: Vec<usize>,
    /// A `+` stands before it.
    international: bool,
    /// Every two groups are parted by a hyphen.
    hyphens: bool,
}

impl Number {
    fn looks_like(&self) -> Option<&'static str> {
        let digits: usize = self.groups.iter().sum();
        match self.groups.as_slice() {
            [3, 2, 4] | [9] => Some("a social security number"),
            [3, 3, 4] | [1, 3, 3, 4] | [10] | [1, 10] => Some("a telephone number"),
            [3, 4] if self.hyphens => Some("a telephone number"),
            _ if self.international && digits >= 8 => Some("a telephone number"),
            _ => None,
        }
    }
}

fn numbers(text: &str) -> Vec<Number> {
    let mut all: Vec<Number> = Vec::new();
    // What stands between the last digit and here: at most two characters that part the groups of one number.
    let mut between: Option<String> = None;
    let mut before = ' ';
    let mut in_digits = false;
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() {
            let joined = between.take().filter(|_| !in_digits);
            match all.last_mut() {
                Some(number) if in_digits => {
                    if let Some(group) = number.groups.last_mut() {
                        *group += 1;
                    }
                }
                Some(number) if joined.is_some() => {
                    number.hyphens &= joined.as_deref().is_some_and(|parted| parted == "-" || parted == "\u{2011}");
                    number.groups.push(1);
                }
                _ => all.push(Number { at, groups: vec![1], international: before == '+', hyphens: true }),
            }
            in_digits = true;
            before = c;
            continue;
        }
        between = match (in_digits, between.take()) {
            (true, _) => Some(String::new()),
            (false, parted) => parted,
        }
        .filter(|parted| parted.chars().count() < 2 && "-. ()\u{2011}\u{2013}\u{a0}".contains(c))
        .map(|parted| format!("{parted}{c}"));
        in_digits = false;
        before = c;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_must_not_leave_is_found_where_it_begins() {
        for (text, expected) in [
            ("Her number, 123-45-6789, is", (12, "a social security number")),
            ("123 45 6789", (0, "a social security number")),
            ("id 123456789.", (3, "a social security number")),
            ("Call (555) 010-4477 now", (6, "a telephone number")),
            ("Call 555.010.4477", (5, "a telephone number")),
            ("Call 1-555-010-4477", (5, "a telephone number")),
            ("Call 5550104477", (5, "a telephone number")),
            ("Call 555-0104", (5, "a telephone number")),
            ("Call +44 20 7946 0958", (6, "a telephone number")),
            ("Ask jo.kim+x@harbor.example.org.", (4, "an e-mail address")),
            ("é@x.org", (0, "an e-mail address")),
            ("jo@x.org or 555-010-4477", (0, "an e-mail address")),
        ] {
            assert_eq!(all(text).first(), Some(&expected), "{text}");
        }
    }

    #[test]
    fn all_of_it_is_found() {
        let text = "jo@x.org, 555-010-4477, 123-45-6789 and al@x.org";
        let kinds: Vec<&str> = all(text).into_iter().map(|(_, what)| what).collect();
        let expected = ["an e-mail address", "a telephone number", "a social security number", "an e-mail address"];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn ordinary_figures_stay() {
        for text in [
            "from 41% (23 of 56) to 52% (31 of 60)",
            "2026-06-30, 06/30/2026, 30.06.2026, 2025-2026, FY2026",
            "1,204 of 1,295 services, 12,345,678 dollars and 10.25",
            "goals 3.1.2 and 3.2 - 120 beds",
            "at the @ sign, @home, see a@b",
            "in 2024, 2025 and 2026; 100 200 of them",
            "",
        ] {
            assert_eq!(all(text), [], "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in "[0-9 @.\\-()+é]{0,40}") {
            for (at, _) in all(&text) {
                prop_assert!(text.is_char_boundary(at));
            }
        }
    }
}
