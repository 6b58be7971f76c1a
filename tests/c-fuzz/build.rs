//! Generates one call for each function of include/toklink.h, so a new function needs no change here.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const HEADER: &str = "../../include/toklink.h";

/// Excluded, because it waits ten minutes for a person. Its `_async` form is called.
const WAITS_FOR_A_PERSON: &str = "toklink_desktop_login_wait";

struct Function {
    returns: String,
    name: String,
    parameters: Vec<(String, String)>,
}

fn main() {
    println!("cargo::rerun-if-changed={HEADER}");
    let header = fs::read_to_string(HEADER).unwrap_or_default();
    let functions = functions(&without_comments(&header));
    assert!(!functions.is_empty(), "{HEADER} was not understood");
    let folder = env::var_os("OUT_DIR").unwrap_or_default();
    let written = fs::write(Path::new(&folder).join("entries.rs"), written(&functions));
    assert!(written.is_ok(), "the calls cannot be written: {written:?}");
}

fn without_comments(header: &str) -> String {
    let mut rest = header;
    let mut code = String::new();
    while let Some((before, after)) = rest.split_once("/*") {
        code += before;
        rest = after.split_once("*/").map_or("", |(_comment, code)| code);
    }
    code + rest
}

/// Returns the declarations, which start in the first column and end with `);`.
fn functions(code: &str) -> Vec<Function> {
    let lines = code.lines().filter(|line| !line.starts_with('#') && !line.contains("//"));
    let code: String = lines.flat_map(|line| [line, "\n"]).collect();
    code.split(';')
        .filter_map(|piece| function(piece.rsplit("\n\n").next().unwrap_or(piece).trim()))
        .collect()
}

fn function(declaration: &str) -> Option<Function> {
    let (head, parameters) = declaration.strip_suffix(')')?.split_once('(')?;
    if parameters.contains('(') || declaration.contains(['{', '}']) {
        return None;
    }
    let (returns, name) = typed(head);
    let parameters = parameters.split(',').filter(|parameter| *parameter != "void").map(typed).collect();
    name.starts_with("toklink_").then_some(Function { returns, name, parameters })
}

/// Splits a parameter into its type, without `const` and `struct`, and its name.
fn typed(text: &str) -> (String, String) {
    let text =
        text.split_whitespace().filter(|word| !matches!(*word, "struct")).collect::<Vec<_>>().join(" ");
    let at = text.rfind([' ', '*']).map_or(0, |at| at + 1);
    let (of, name) = text.split_at(at);
    (of.trim().replace(" *", "*"), name.to_owned())
}

/// Returns the Rust type for a type of the header.
fn rust(of: &str) -> &str {
    match of {
        "toklink_str" => "Text",
        "bool" => "bool",
        "uint16_t" => "u16",
        "uint32_t" => "u32",
        "uint64_t" => "u64",
        "int64_t" => "i64",
        "size_t" => "usize",
        "double" => "f64",
        "void" => "()",
        pointer if pointer.ends_with('*') || is_callback(pointer) => "*mut c_void",
        _enumeration => "u32",
    }
}

fn is_callback(of: &str) -> bool {
    ["_done", "_callback", "_destroy"].iter().any(|ending| of.ends_with(ending))
}

fn written(functions: &[Function]) -> String {
    let mut declared = String::new();
    let mut called = String::new();
    let mut freed = String::new();
    let functions: Vec<_> = functions.iter().filter(|function| function.name != WAITS_FOR_A_PERSON).collect();
    for (number, function) in functions.iter().enumerate() {
        let Function { returns, name, parameters } = function;
        let types: Vec<String> =
            parameters.iter().enumerate().map(|(at, (of, _))| format!("a{at}: {}", rust(of))).collect();
        let _ = writeln!(declared, "    pub(crate) fn {name}({}) -> {};", types.join(", "), rust(returns));
        let _ = write!(called, "        {number} => {}", call(function));
        if let (Some(of), [_]) = (name.strip_suffix("_free"), &parameters[..]) {
            let _ = writeln!(freed, "        \"{of}\" => unsafe {{ {name}(pointer) }},");
        }
    }
    format!(
        "unsafe extern \"C\" {{\n{declared}}}\n\n/// How many functions are called.\npub(crate) const ENTRIES: usize = {};\n\n\
         /// Calls the function of this number.\npub(crate) fn call(entry: usize, host: &mut Host<'_>) {{\n    match entry {{\n{called}        _ => {{}}\n    }}\n}}\n\n\
         /// Frees a handle of this type.\npub(crate) fn free(of: &str, pointer: *mut c_void) {{\n    match of {{\n{freed}        _ => {{}}\n    }}\n}}\n",
        functions.len()
    )
}

/// Returns a block that creates the arguments, calls the function and checks its result.
fn call(function: &Function) -> String {
    let Function { returns, name, parameters } = function;
    let (mut before, mut after, mut passed) = (String::new(), String::new(), Vec::new());
    let mut owner = "std::ptr::null_mut()";
    for (at, (of, parameter)) in parameters.iter().enumerate() {
        let follows = at.checked_sub(1).and_then(|last| parameters.get(last)).map(|(of, _)| of.as_str());
        let (value, pass, then) = argument(name, of, parameter, follows, at);
        let _ = writeln!(before, "            let {value};");
        after += &then;
        passed.push(pass);
        if at == 0 && of.ends_with('*') {
            owner = "a0";
        }
    }
    let ended = match returns.as_str() {
        "toklink_status" if parameters.iter().any(|(of, _)| of == "toklink_error**") => {
            format!("host.ended(\"{name}\", result)")
        }
        // A view of the host's own bytes, which may be anything.
        "toklink_str" if name == "toklink_str_from" => "()".to_owned(),
        "toklink_str" => format!("host.returned(\"{name}\", &result)"),
        "bool" => "result".to_owned(),
        view if view.starts_with("const ") => {
            format!(
                "host.see(\"{}\", result, {owner})",
                view.trim_start_matches("const ").trim_end_matches('*')
            )
        }
        handle if handle.ends_with('*') => format!("host.keep(\"{}\", result)", handle.trim_end_matches('*')),
        _ => "()".to_owned(),
    };
    let ended = match (ended.as_str(), after.is_empty()) {
        ("result" | "()", true) => String::new(),
        (_, true) => format!("{ended};"),
        _ => format!("let ended = {ended};"),
    };
    let kept = if ended.contains("result") { "let result = " } else { "" };
    let call = format!("{kept}unsafe {{ {name}({}) }};", passed.join(", "));
    format!(
        "{{\n{before}            host.about_to_call();\n            {call}\n            {ended}\n{after}        }}\n"
    )
}

/// The code that creates an argument, passes it, and checks it after the call.
fn argument(
    function: &str,
    of: &str,
    name: &str,
    follows: Option<&str>,
    at: usize,
) -> (String, String, String) {
    let plain = |made: String| (format!("a{at} = {made}"), format!("a{at}"), String::new());
    let place = |then: &str| {
        let after = format!("            host.{then}a{at}, ended);\n");
        (format!("mut a{at} = host.place()"), format!("a{at}.at()"), after)
    };
    let bare = of.trim_start_matches("const ").trim_end_matches('*');
    match of {
        "toklink_error**" => place(&format!("failed(\"{function}\", &")),
        "toklink_buf*" if function == "toklink_buf_free" => {
            (format!("mut a{at} = host.buffer()"), format!("a{at}.at()"), String::new())
        }
        "toklink_buf*" => place(&format!("filled(\"{function}\", &")),
        _ if of.ends_with("**") => place(&format!("made(\"{function}\", \"{bare}\", &")),
        "toklink_str" => plain(format!("host.text(\"{name}\")")),
        "const toklink_str*" | "const uint8_t*" => {
            plain(format!("host.array({})", of == "const toklink_str*"))
        }
        "size_t" if matches!(follows, Some("const toklink_str*" | "const uint8_t*")) => {
            plain(format!("host.array_length(a{})", at.saturating_sub(1)))
        }
        "const char*" => plain("host.c_string()".to_owned()),
        "const toklink_store_callbacks*" => plain("host.store()".to_owned()),
        "void*" => plain("host.user_data()".to_owned()),
        "bool" => plain("host.flag()".to_owned()),
        _ if is_callback(of) => plain(format!("host.callback(\"{of}\")")),
        _ if !of.ends_with('*') => {
            let rust = rust(of);
            plain(format!("host.number() as {rust}"))
        }
        _ if !bare.starts_with("toklink_") || name.starts_with("out_") => {
            place(&format!("written(\"{function}\", &"))
        }
        _ if function.strip_suffix("_free") == Some(bare) => plain(format!("host.give_back(\"{bare}\")")),
        _ if function == "toklink_client_close" => plain(format!("host.own(\"{bare}\")")),
        _ => plain(format!("host.handle(\"{bare}\")")),
    }
}
