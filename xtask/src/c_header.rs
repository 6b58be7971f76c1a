//! Parses the structs and functions of a C header that cbindgen has generated.

use std::collections::BTreeMap;

/// Types and names of each struct's fields, in declaration order.
pub(crate) type Structs = BTreeMap<String, Vec<(String, String)>>;

/// Returns the code without comments and preprocessor lines.
pub(crate) fn without_comments(header: &str) -> String {
    let (mut rest, mut code) = (header, String::new());
    while let Some((before, after)) = rest.split_once("/*") {
        code += before;
        rest = after.split_once("*/").map_or("", |(_, code)| code);
    }
    code += rest;
    code.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect()
}

/// Returns the structs in code without comments.
pub(crate) fn structs(code: &str) -> Structs {
    let bodies = code.split("\nstruct ").skip(1).filter_map(|piece| {
        let (name, body) = piece.split_once(" {\n")?;
        let (body, _) = body.split_once("};")?;
        let fields = body.split(';').map(str::trim).filter(|field| !field.is_empty()).map(field);
        Some((name.to_owned(), fields.collect()))
    });
    bodies.collect()
}

/// Returns the functions in code without comments: their names and declarations.
pub(crate) fn functions(code: &str) -> BTreeMap<String, String> {
    let declarations = code.split(';').filter_map(|piece| {
        let declaration = words(piece.rsplit("\n\n").next().unwrap_or(piece));
        let (head, parameters) = declaration.split_once('(')?;
        let name = head.rsplit([' ', '*']).next()?;
        let is_function =
            name.starts_with("toklink_") && !parameters.contains('(') && !head.contains("typedef");
        (is_function && !declaration.contains('{'))
            .then(|| (name.to_owned(), declaration.replace("struct ", "")))
    });
    declarations.collect()
}

/// Returns the type and the name of a field. The type of a function pointer is its whole declaration.
fn field(text: &str) -> (String, String) {
    let text = words(text);
    if let Some((_, rest)) = text.split_once("(*") {
        let name = rest.split(')').next().unwrap_or_default().to_owned();
        return (text, name);
    }
    let at = text.rfind([' ', '*']).map_or(0, |at| at + 1);
    let (of, name) = text.split_at(at);
    (of.trim().replace("struct ", ""), name.to_owned())
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "#define X 1\n\n/** Some struct; not code. */\nstruct toklink_a {\n    size_t size; /**< s; */\n    \
                          const char *name;\n    bool (*get)(void *user_data, int x);\n};\n\n/** Does. */\n\
                          const struct toklink_a *toklink_get(int x,\n    int y);\n";

    #[test]
    fn structs_and_functions_are_read_without_comments() {
        let code = without_comments(HEADER);
        let all = structs(&code);
        let names: Vec<_> = all["toklink_a"].iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["size", "name", "get"]);
        assert_eq!(all["toklink_a"][1].0, "const char *");
        assert_eq!(functions(&code)["toklink_get"], "const toklink_a *toklink_get(int x, int y)");
    }
}
