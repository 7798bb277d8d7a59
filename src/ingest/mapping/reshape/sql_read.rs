//! The text of SQL → its syntax; what would take the parser or the planner too long is refused before.

use super::Problem;
use datafusion::sql::sqlparser::ast::Expr;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// Longer ones are no expressions that a person wrote.
const LONGEST: usize = 1 << 16;
/// So many are computed quickly.
const MOST_OPERATORS: usize = 500;
/// With each more the parser takes twice as long where something is amiss within.
const DEEPEST_NESTING: usize = 12;
/// The same for words that need no brackets, as not.
const DEEPEST_PARSED: usize = 24;

/// Reads an expression, and nothing but one.
pub fn read(sql: &str, setting: &str) -> Result<Expr, Problem> {
    const QUOTES: &str = "texts stand in 'single quotes'; names with blanks or dots in them, and words of SQL such as \
                          end, in \"double quotes\"";
    let wrong = |what: String| Problem::new(setting, format!("the SQL is not understood: {what}")).hint(QUOTES);
    if sql.trim().is_empty() {
        return Err(Problem::new(setting, "the SQL is empty").hint("write an expression, or leave it out"));
    }
    if sql.len() > LONGEST {
        return Err(Problem::new(setting, format!("SQL is no longer than {LONGEST} bytes"))
            .hint("a recode or a look-up does the same with less"));
    }
    let tokens = Tokenizer::new(&GenericDialect {}, sql)
        .tokenize_with_location()
        .map_err(|error| wrong(plain_words(&error.to_string())))?;
    if tokens.iter().filter(|token| is_operator(&token.token)).count() > MOST_OPERATORS {
        return Err(Problem::new(setting, format!("there are more than {MOST_OPERATORS} operators in the SQL")).hint(
            "write x in ('a', 'b') for x = 'a' or x = 'b'; long lists of codes are better recoded, or looked up",
        ));
    }
    if nesting(&tokens) > DEEPEST_NESTING {
        return Err(Problem::new(
            setting,
            format!("brackets and cases stand in one another more than {DEEPEST_NESTING} deep"),
        ));
    }
    if let Some(word) = stray(&tokens) {
        return Err(wrong(format!("{word} has nothing behind it that it could be about")));
    }
    let mut parser =
        Parser::new(&GenericDialect {}).with_recursion_limit(DEEPEST_PARSED).with_tokens_with_locations(tokens);
    let expr = parser.parse_expr().map_err(|error| wrong(plain_words(&error.to_string())))?;
    let rest = parser.peek_token();
    match rest.token {
        Token::EOF => Ok(expr),
        token => Err(wrong(format!("something is missing before {token} at {}", place(rest.span.start)))),
    }
}

fn place(at: Location) -> String {
    format!("line {}, column {}", at.line, at.column)
}

/// The parser's message without its own name.
fn plain_words(message: &str) -> String {
    let message = message.trim_start_matches("sql parser error: ").replace("Expected: ", "expected ");
    let message = message.replace("recursion limit exceeded", "parts of it stand in one another too deep");
    message.replace("at Line: ", "at line ").replace("Column: ", "column ")
}

/// How deep brackets and cases stand in one another.
fn nesting(tokens: &[TokenWithSpan]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    for token in tokens {
        match &token.token {
            Token::LParen | Token::LBracket | Token::LBrace => open += 1,
            Token::RParen | Token::RBracket | Token::RBrace => open = open.saturating_sub(1),
            Token::Word(word) if word.quote_style.is_none() => match word.keyword {
                Keyword::CASE => open += 1,
                Keyword::END => open = open.saturating_sub(1),
                _ => {}
            },
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// A word before a sign that cannot follow it. The parser, which takes such words for names as well, would try every
/// combination of the two, or go on until its stack ends.
fn stray(tokens: &[TokenWithSpan]) -> Option<&str> {
    let mut before = None;
    for token in tokens.iter().map(|token| &token.token).filter(|token| !matches!(token, Token::Whitespace(_))) {
        let fits = match before {
            Some(Keyword::INTERVAL) => matches!(token, Token::SingleQuotedString(_)),
            Some(Keyword::NOT) => matches!(token, Token::Word(_) | Token::LParen | Token::SingleQuotedString(_)),
            Some(Keyword::CASE) => {
                matches!(token, Token::Word(_) | Token::LParen | Token::SingleQuotedString(_) | Token::Number(..))
            }
            _ => true,
        };
        if !fits {
            return Some(match before {
                Some(Keyword::INTERVAL) => "interval",
                Some(Keyword::CASE) => "case",
                _ => "not",
            });
        }
        before = match token {
            Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
            _ => None,
        };
    }
    None
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => {
            matches!(word.keyword, Keyword::AND | Keyword::OR | Keyword::NOT | Keyword::WHEN | Keyword::IS)
        }
        Token::Comma
        | Token::Whitespace(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::LParen
        | Token::RParen
        | Token::Period
        | Token::EOF => false,
        _ => true,
    }
}
