//! Generates one call for each function of include/toklink.h, so that a new function is called without further work, and links the
//! program with the library that xtask has built.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const HEADER: &str = "../../include/toklink.h";

/// The folder of the shared library with faults on demand.
const LIBRARY: &str = "TOKLINK_C_FUZZ_LIBRARY";

/// Not called: it waits ten minutes for a person. Its asynchronous form is called.
const WAITS_FOR_A_PERSON: &str = "toklink_login_blocking";

struct Function {
    returns: String,
    name: String,
    parameters: Vec<(String, String)>,
}

fn main() {
    println!("cargo::rerun-if-changed={HEADER}");
    let header = without_comments(&fs::read_to_string(HEADER).unwrap_or_default());
    let functions = functions(&header);
    assert!(!functions.is_empty(), "{HEADER} was not understood");
    let folder = env::var_os("OUT_DIR").unwrap_or_default();
    let written = fs::write(Path::new(&folder).join("entries.rs"), written(&functions, &options(&header)));
    assert!(written.is_ok(), "the calls cannot be written: {written:?}");
    println!("cargo::rerun-if-env-changed={LIBRARY}");
    if let Ok(folder) = env::var(LIBRARY) {
        println!("cargo::rustc-link-search=native={folder}");
        println!("cargo::rustc-link-arg-bins=-ltoklink");
        println!("cargo::rustc-link-arg-bins=-Wl,-rpath,{folder}");
    }
}

fn without_comments(header: &str) -> String {
    let mut rest = header;
    let mut code = String::new();
    while let Some((before, after)) = rest.split_once("/*") {
        code += before;
        rest = after.split_once("*/").map_or("", |(_comment, code)| code);
    }
    let code = code + rest;
    code.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect()
}

/// Returns the structs of options: the types and names of their fields after the size.
fn options(code: &str) -> BTreeMap<String, Vec<(String, String)>> {
    let mut all = BTreeMap::new();
    for piece in code.split("\nstruct ").skip(1) {
        let Some((name, body)) = piece.split_once(" {") else { continue };
        let body = body.split("\n};").next().unwrap_or_default();
        if body.contains("size_t size;") {
            let fields = body.split(';').map(str::trim).filter(|field| !field.is_empty()).skip(1).map(typed);
            all.insert(name.to_owned(), fields.collect());
        }
    }
    all
}

/// Returns the declarations of functions: they start in the first column and end with `);`.
fn functions(code: &str) -> Vec<Function> {
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

/// Returns the type and the name of a declaration; a function pointer has the type `callback`.
fn typed(text: &str) -> (String, String) {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((_, rest)) = text.split_once("(*") {
        return ("callback".to_owned(), rest.split(')').next().unwrap_or_default().to_owned());
    }
    let at = text.rfind([' ', '*']).map_or(0, |at| at + 1);
    let (of, name) = text.split_at(at);
    (of.trim().replace(" *", "*"), name.to_owned())
}

fn is_callback(of: &str) -> bool {
    of == "callback" || ["_done", "_callback", "_destroy"].iter().any(|ending| of.ends_with(ending))
}

/// Returns the Rust type of a type of the header.
fn rust(of: &str) -> &str {
    match of {
        "bool" => "bool",
        "uint64_t" | "toklink_op" => "u64",
        "int64_t" => "i64",
        "size_t" => "usize",
        "void" => "()",
        pointer if pointer.ends_with('*') || is_callback(pointer) => "*mut c_void",
        _number_or_enum => "u32",
    }
}

fn written(functions: &[Function], options: &BTreeMap<String, Vec<(String, String)>>) -> String {
    let (mut declared, mut called, mut freed) = (String::new(), String::new(), String::new());
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
    let mut fields = String::new();
    for (name, all) in options {
        let pairs: Vec<String> = all.iter().map(|(of, name)| format!("(\"{of}\", \"{name}\")")).collect();
        let _ = writeln!(fields, "        \"{name}\" => &[{}],", pairs.join(", "));
    }
    format!(
        "unsafe extern \"C\" {{\n{declared}}}\n\n/// Number of functions that are called.\npub const ENTRIES: usize = {};\n\n\
         /// Calls the function with this number.\npub(crate) fn call(entry: usize, host: &mut Host<'_>) {{\n    match entry {{\n{called}        _ => {{}}\n    }}\n}}\n\n\
         /// Frees a value of this type.\npub(crate) fn free(of: &str, pointer: *mut c_void) {{\n    match of {{\n{freed}        _ => {{}}\n    }}\n}}\n\n\
         /// Returns the types and names of the fields of options.\npub(crate) fn fields(of: &str) -> &'static [(&'static str, &'static str)] {{\n    match of {{\n{fields}        _ => &[],\n    }}\n}}\n",
        functions.len()
    )
}

/// Returns a block that creates the arguments, calls the function and checks the results.
fn call(function: &Function) -> String {
    let Function { returns, name, parameters } = function;
    let (mut before, mut after, mut passed) = (String::new(), String::new(), Vec::new());
    for (at, (of, parameter)) in parameters.iter().enumerate() {
        let follows = at.checked_sub(1).and_then(|last| parameters.get(last)).map(|(of, _)| of.as_str());
        let (value, pass, then) = argument(name, of, parameter, follows, at);
        let _ = writeln!(before, "            let {value};");
        after += &then;
        passed.push(pass);
    }
    let fails = parameters.iter().any(|(of, _)| of == "toklink_error**");
    let bare = returns.trim_start_matches("const ").trim_end_matches('*');
    let ended = match returns.as_str() {
        "toklink_status" => format!("host.ended(\"{name}\", result)"),
        "const char*" => format!("host.constant(\"{name}\", result)"),
        "char*" => "host.keep(\"toklink_text\", result)".to_owned(),
        pointer if pointer.ends_with('*') && fails => format!("host.keep(\"{bare}\", result)"),
        _ => String::new(),
    };
    let ended = match (ended.is_empty(), after.is_empty()) {
        (true, _) => String::new(),
        (_, true) => format!("let _ended = {ended};"),
        _ => format!("let ended = {ended};"),
    };
    let kept = if ended.is_empty() { "" } else { "let result = " };
    let after = if ended.is_empty() { String::new() } else { after };
    let call = format!("{kept}unsafe {{ {name}({}) }};", passed.join(", "));
    format!(
        "{{\n{before}            host.about_to_call();\n            {call}\n            {ended}\n{after}        }}\n"
    )
}

/// Returns the code that creates an argument, passes it, and checks it after the call.
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
    let array =
        |of: &str| matches!(of, "const char*const*" | "const uint8_t*" | "const toklink_caption_part*");
    match of {
        "toklink_error**" => place(&format!("failed(\"{function}\", &")),
        "char**" => place("text_in(&"),
        _ if of.ends_with("**") && !of.ends_with("const*") => place(&format!("made(\"{bare}\", &")),
        _ if array(of) => plain(format!("host.array(\"{of}\")")),
        "size_t" if follows.is_some_and(array) => plain("host.array_length()".to_owned()),
        "const char*" => plain(format!("host.text(\"{name}\")")),
        "void*" => plain("host.user_data()".to_owned()),
        "bool" => plain("host.flag()".to_owned()),
        _ if is_callback(of) => plain(format!("host.callback(\"{of}\")")),
        _ if !of.ends_with('*') => {
            let rust = rust(of);
            plain(format!("host.number() as {rust}"))
        }
        _ if bare.ends_with("options") => plain(format!("host.options(\"{bare}\")")),
        _ if name.starts_with("out_") => {
            (format!("mut a{at} = host.place()"), format!("a{at}.at()"), String::new())
        }
        "char*" => plain("host.give_back(\"toklink_text\")".to_owned()),
        _ if function.strip_suffix("_free") == Some(bare) => plain(format!("host.give_back(\"{bare}\")")),
        _ if function == "toklink_client_close" => plain(format!("host.own(\"{bare}\")")),
        _ => plain(format!("host.handle(\"{bare}\")")),
    }
}
