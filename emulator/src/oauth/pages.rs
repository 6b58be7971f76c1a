//! Layout that the authorize page and its error page share.

/// Escapes `text` for HTML content and double-quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;background:#f5f5f6;color:#161823;margin:0}\
main{max-width:44rem;margin:3rem auto;padding:1.5rem 2rem 2rem;background:#fff;border-radius:12px}\
h1{font-size:1.4rem;margin:.2rem 0 1rem}h2{font-size:1.1rem;margin-top:1.6rem}\
select{display:block;width:100%;font:inherit;padding:.45rem;margin:.25rem 0 1rem}\
ul.scopes{list-style:none;padding:0}ul.scopes li{padding:.35rem 0}small,.hint{color:#6b6c75}\
.buttons{display:flex;gap:.75rem}button{font:inherit;padding:.55rem 1.4rem;border:1px solid #c8c9cf;border-radius:6px;\
background:#fff;cursor:pointer}button.primary{background:#d31f45;border-color:#d31f45;color:#fff}\
button:focus-visible,select:focus-visible,input:focus-visible,a:focus-visible{outline:3px solid #2b6cff;outline-offset:2px}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #ececef}\
code{background:#f0f0f2;padding:.1rem .3rem;border-radius:4px}";

/// Renders a page around `body`, which is HTML.
pub(crate) fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><link rel=\"icon\" href=\"data:,\"><style>{STYLE}</style></head>\
         <body><main>{body}</main></body></html>",
        escape(title)
    )
}
