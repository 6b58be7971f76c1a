//! Finds the paths in a Rust file: `use` trees, calls and types, resolved from the crate root.

/// A path in the file, for example `["crate", "oauth", "pkce"]`, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) line: usize,
    pub(crate) segments: Vec<String>,
    /// True if the path belongs to a `use`, which adds another name for the item in this module.
    pub(crate) is_use: bool,
    /// Name after `as`, if any.
    pub(crate) renamed: Option<String>,
    /// True if the path belongs to a `pub use`.
    pub(crate) is_reexport: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    line: usize,
    text: String,
}

/// Returns every path in `source`. Resolves `super` and `self` against `module` (`["oauth", "pkce"]` for
/// `src/oauth/pkce.rs`). Skips code under `#[cfg(test)]`, because tests may use more modules than the code they test.
pub(crate) fn paths(module: &[&str], source: &str) -> Vec<Path> {
    let tokens = without_tests(&tokenize(&blank_literals(source)));
    let mut found = Vec::new();
    let mut modules: Vec<String> = module.iter().map(|&m| m.to_owned()).collect();
    let mut open_at: Vec<usize> = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].text.as_str() {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if open_at.last() == Some(&depth) {
                    open_at.pop();
                    modules.pop();
                }
            }
            "mod" if text(&tokens, at + 2) == "{" => {
                modules.push(text(&tokens, at + 1).to_owned());
                open_at.push(depth);
            }
            first if is_ident(first) && text(&tokens, at + 1) == "::" && !follows_path(&tokens, at) => {
                let mut raw = Vec::new();
                let is_use = at > 0 && tokens[at - 1].text == "use";
                let is_reexport = is_use && at > 1 && matches!(text(&tokens, at - 2), "pub" | ")");
                at = tree(&tokens, at, &mut Vec::new(), &mut raw);
                found.extend(raw.into_iter().map(|path| Path {
                    is_use,
                    is_reexport,
                    ..resolve(&modules, path)
                }));
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Returns the line where `name(` is called or defined outside tests, if any.
pub(crate) fn calls(source: &str, name: &str) -> Option<usize> {
    let tokens = without_tests(&tokenize(&blank_literals(source)));
    tokens.windows(2).find(|pair| pair[0].text == name && pair[1].text == "(").map(|pair| pair[0].line)
}

fn text(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

fn is_ident(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn follows_path(tokens: &[Token], at: usize) -> bool {
    at > 0 && matches!(tokens[at - 1].text.as_str(), "::" | "'")
}

/// Parses the use tree that starts at `at`. Returns the index after the tree.
fn tree(tokens: &[Token], mut at: usize, prefix: &mut Vec<String>, found: &mut Vec<Path>) -> usize {
    let start = prefix.len();
    let line = tokens.get(at).map_or(0, |token| token.line);
    loop {
        let word = text(tokens, at);
        if word == "{" {
            at += 1;
            while at < tokens.len() && text(tokens, at) != "}" {
                let before = at;
                at = tree(tokens, at, prefix, found);
                while !matches!(text(tokens, at), "," | "}" | "") {
                    at += 1;
                }
                if text(tokens, at) == "," || at == before {
                    at += 1;
                }
            }
            prefix.truncate(start);
            return at + 1;
        }
        if !is_ident(word) && word != "*" {
            break;
        }
        prefix.push(word.to_owned());
        at += 1;
        if text(tokens, at) != "::" {
            break;
        }
        at += 1;
    }
    let renamed = (text(tokens, at) == "as").then(|| text(tokens, at + 1).to_owned());
    found.push(Path { line, segments: prefix.clone(), is_use: false, renamed, is_reexport: false });
    prefix.truncate(start);
    at
}

fn resolve(modules: &[String], path: Path) -> Path {
    let mut segments = path.segments.as_slice();
    let mut base = modules.to_vec();
    if segments.first().is_none_or(|first| first != "super" && first != "self") {
        return path;
    }
    while let Some((first, rest)) = segments.split_first() {
        match first.as_str() {
            "super" => {
                base.pop();
            }
            "self" => {}
            _ => break,
        }
        segments = rest;
    }
    let mut absolute = vec!["crate".to_owned()];
    absolute.extend(base);
    absolute.extend_from_slice(segments);
    Path { segments: absolute, ..path }
}

/// Replaces comments, strings and character literals with spaces. Keeps line breaks.
pub(crate) fn blank_literals(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Returns the end of the comment, string or character literal that starts at `at`, or `at` if none starts there.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match (chars[at], next) {
        ('/', Some('/')) => find(chars, at, |c, i| c[i] == '\n'),
        ('/', Some('*')) => find(chars, at + 2, |c, i| c[i - 1] == '*' && c[i] == '/' && i > at + 2) + 1,
        ('r', Some('"' | '#')) if at == 0 || !is_word(chars[at - 1]) || chars[at - 1] == 'b' => {
            let hashes = chars[at + 1..].iter().take_while(|&&c| c == '#').count();
            if chars.get(at + 1 + hashes) != Some(&'"') {
                return at;
            }
            let body = at + 2 + hashes;
            find(chars, body, |c, i| c[i] == '"' && c[i + 1..].iter().take(hashes).all(|&h| h == '#'))
                + 1
                + hashes
        }
        ('"', _) => quoted(chars, at, '"'),
        ('\'', Some('\\')) => quoted(chars, at, '\''),
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
    .min(chars.len())
}

fn quoted(chars: &[char], at: usize, quote: char) -> usize {
    let mut end = at + 1;
    while end < chars.len() && chars[end] != quote {
        end += if chars[end] == '\\' { 2 } else { 1 };
    }
    end + 1
}

fn find(chars: &[char], from: usize, hit: impl Fn(&[char], usize) -> bool) -> usize {
    (from..chars.len()).find(|&i| hit(chars, i)).unwrap_or(chars.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn tokenize(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (index, line) in source.lines().enumerate() {
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let length = if is_word(c) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                c.len_utf8()
            };
            let (word, after) = rest.split_at(length);
            if !c.is_whitespace() {
                tokens.push(Token { line: index + 1, text: word.to_owned() });
            }
            rest = after;
        }
    }
    tokens
}

/// Removes each item with `#[cfg(test)]` (or `#[cfg(all(test, ..))]`).
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(tokens, at) {
            at = item_end(tokens, at);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

fn is_test_attribute(tokens: &[Token], at: usize) -> bool {
    let word = |offset| text(tokens, at + offset);
    word(0) == "#"
        && word(1) == "["
        && word(2) == "cfg"
        && (word(4) == "test" || (word(4) == "all" && word(6) == "test"))
}

/// Returns the index after the item whose attributes start at `at`: after its `;` or its closing brace.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth = depth.saturating_sub(1);
                if depth == 0 && token.text == "}" {
                    return index + 1;
                }
            }
            ";" if depth == 0 => return index + 1,
            _ => {}
        }
    }
    tokens.len()
}
