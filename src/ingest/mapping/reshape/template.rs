//! `template`: text with `{column}` in it.

use super::Problem;

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part<V> {
    Text(String),
    Value(V),
}

/// Takes a template apart. Braces may stand in braces (`{Dose {x}}`); doubled ones stand for themselves.
pub fn parts(template: &str, setting: &str) -> Result<Vec<Part<String>>, Problem> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(brace) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(brace);
        text.push_str(before);
        if let Some(after) = from.strip_prefix("{{").or_else(|| from.strip_prefix("}}")) {
            text.push_str(from.get(..1).unwrap_or_default());
            rest = after;
            continue;
        }
        let Some(length) = name_length(from) else {
            return Err(Problem::new(setting, format!("a brace in \"{template}\" has no partner"))
                .hint("write {{ or }} for a brace itself"));
        };
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text)));
        }
        let name = from.get(1..length - 1).unwrap_or_default();
        if name.trim().is_empty() {
            return Err(Problem::new(setting, format!("the braces in \"{template}\" name no column")));
        }
        parts.push(Part::Value(name.to_owned()));
        rest = from.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}

/// How far the braces reach that open at the beginning.
fn name_length(from: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (at, byte) in from.bytes().enumerate() {
        match byte {
            b'{' => open += 1,
            b'}' => open = open.checked_sub(1)?,
            _ => {}
        }
        if open == 0 {
            return Some(at + 1);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_text_and_names() {
        let text = |text: &str| Part::Text(text.to_owned());
        let value = |name: &str| Part::Value(name.to_owned());
        let read = |template: &str| parts(template, "t").expect("a template");
        assert_eq!(read("{a}-{b c}"), [value("a"), text("-"), value("b c")]);
        assert_eq!(read("{Dose {x}}/{x}"), [value("Dose {x}"), text("/"), value("x")]);
        assert_eq!(read("{{{a}}}"), [text("{"), value("a"), text("}")]);
        assert_eq!(read("plain"), [text("plain")]);
        assert_eq!(read(""), []);
        for wrong in ["{a", "a}", "{}", "{ }", "{a{b}"] {
            assert!(parts(wrong, "t").is_err(), "{wrong}");
        }
    }
}
