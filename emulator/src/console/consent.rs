//! Pages for logging in manually: a link to the authorize page, the callback page, and a form that scans a QR code.

use maud::{Markup, html};
use url::form_urlencoded::Serializer;

use super::form::{badge, copyable, error_output};
use super::layout::Section;
use crate::model::World;
use crate::oauth::authorize::AuthorizeRequest;
use crate::oauth::scopes::{self, BASIC, describe};
use crate::state::Shared;
use crate::wire::{Call, pairs};

/// Challenge from the test vector in docs/tiktok-api.md 1.4. Its verifier is public, so codes bound to it are only
/// suitable for experiments.
const CHALLENGE: &str = "e6a178b120743d08509508f269652b0bdf91e29332921bc9e9744fd3dd41bfef";
const VERIFIER: &str = "gaeCq5mVvbhA8Ce6w5O9XBVIKMkySgv-_9A-rnhm9Ns";

/// Fields of the form, as submitted or with their defaults.
struct LoginForm {
    client_key: String,
    scopes: Vec<String>,
    redirect_uri: String,
    state: String,
    challenge: String,
    shows_page: bool,
    is_sent: bool,
}

impl LoginForm {
    fn of(call: &Call, world: &World, base_url: &str) -> Self {
        let all = pairs(call.raw_query.as_bytes());
        let get =
            |name: &str| all.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned());
        let is_sent = all.iter().any(|(key, _)| key == "client_key");
        let first_app = || world.apps.first().map(|app| app.client_key.clone()).unwrap_or_default();
        let scopes = if is_sent {
            all.iter().filter(|(key, _)| key == "scope").map(|(_, value)| value.clone()).collect()
        } else {
            scopes::ALL.iter().map(|&scope| scope.to_owned()).collect()
        };
        Self {
            client_key: get("client_key").or_else(|| get("app")).unwrap_or_else(first_app),
            scopes,
            redirect_uri: get("redirect_uri").unwrap_or_else(|| callback_uri(base_url)),
            state: get("state").unwrap_or_else(|| "by-hand".to_owned()),
            challenge: get("code_challenge").unwrap_or_else(|| CHALLENGE.to_owned()),
            shows_page: !is_sent || get("show_page").is_some(),
            is_sent,
        }
    }

    /// Returns the query of the authorize link.
    fn query(&self) -> String {
        let mut scopes = vec![BASIC];
        scopes.extend(self.scopes.iter().map(String::as_str).filter(|scope| *scope != BASIC));
        let mut query = Serializer::new(String::new());
        query
            .append_pair("client_key", &self.client_key)
            .append_pair("response_type", "code")
            .append_pair("scope", &scopes.join(","))
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("state", &self.state);
        if !self.challenge.is_empty() {
            query.append_pair("code_challenge", &self.challenge).append_pair("code_challenge_method", "S256");
        }
        if self.shows_page {
            query.append_pair("disable_auto_auth", "1");
        }
        query.finish()
    }
}

fn callback_uri(base_url: &str) -> String {
    format!("{base_url}/_emulator/console/callback")
}

pub(super) fn page(shared: &Shared, call: &Call) -> Markup {
    let world = shared.world();
    let fields = LoginForm::of(call, &world, &shared.base_url);
    html! {
        h1 { "Log in" }
        p.lead { "Consent as a user without your own app: build a link, open it and choose a user." }
        section.card aria-labelledby="link-title" {
            h2 #link-title { "Authorize link" }
            @if fields.is_sent { (link(&world, &fields, &shared.base_url)) }
            (form(&world, &fields))
        }
        section.card aria-labelledby="qr-title" { (qr(&world)) }
    }
}

fn link(world: &World, fields: &LoginForm, base_url: &str) -> Markup {
    let query = fields.query();
    if let Err(parameter) = AuthorizeRequest::parse(world, &query) {
        return html! {
            p #rejected .notice role="alert" { "The authorize page would reject " code { (parameter) } ": " (advice(parameter)) }
        };
    }
    let url = format!("{base_url}/v2/auth/authorize/?{query}");
    html! {
        div.result {
            p { a.button #open-link href=(url) { "Open the authorize page" } }
            p { (copyable("link", &url)) }
        }
    }
}

fn advice(parameter: &str) -> &'static str {
    match parameter {
        "client_key" => "choose a registered app.",
        "scope" => "request only scopes that the app has.",
        "redirect_uri" => "register it on the Apps page, or use a loopback URL with a port.",
        "state" => "enter any text; your app compares it after the redirect.",
        "code_challenge" => {
            "a loopback redirect requires the SHA-256 of the verifier as 64 lowercase hex digits."
        }
        _ => "correct it below.",
    }
}

fn form(world: &World, fields: &LoginForm) -> Markup {
    html! {
        form.fields #build method="get" action=(Section::Consent.path()) {
            label for="build-app" { "App" }
            select #build-app name="client_key" {
                @for app in &world.apps { option value=(app.client_key) selected[app.client_key == fields.client_key] { (app.name) " (" (app.client_key) ")" } }
            }
            fieldset {
                legend { "Scopes" }
                p.hint { code { (BASIC) } " is always granted." }
                @for scope in scopes::ALL.into_iter().filter(|scope| *scope != BASIC) {
                    label.check { input type="checkbox" name="scope" value=(scope) checked[fields.scopes.iter().any(|each| each == scope)]; span { (describe(scope)) " " code { (scope) } } }
                }
            }
            label for="build-redirect" { "redirect_uri" small { "The browser returns to this URL with the code. The default is a page in this console." } }
            input #build-redirect type="text" name="redirect_uri" value=(fields.redirect_uri) required;
            label for="build-state" { "state" }
            input #build-state type="text" name="state" value=(fields.state) required;
            label for="build-challenge" { "code_challenge" small { "SHA-256 of the verifier, lowercase hex. The default belongs to the public verifier " code { (VERIFIER) } "." } }
            input #build-challenge type="text" name="code_challenge" value=(fields.challenge) autocomplete="off";
            label.check { input type="checkbox" name="show_page" value="1" checked[fields.shows_page]; span { "Show the page even if the user has granted all scopes before" } }
            p { button.primary { "Build the link" } }
        }
    }
}

fn qr(world: &World) -> Markup {
    html! {
        h2 #qr-title { "Scan a QR code" }
        p { "An app with QR code login gets a token from " code { "get_qrcode" } ". Enter the token here to scan the QR code and consent as a user. The app's next "
            code { "check_qrcode" } " call then returns the authorization code." }
        form.row #qr data-control="act" data-done="Scanned and consented." data-clear {
            input type="hidden" name="kind" value="confirm_qr";
            label for="qr-token" { "Token" }
            input.wide #qr-token type="password" name="token" required autocomplete="off";
            label for="qr-ticket" { "client_ticket" small { "The ticket that the app included in the QR code." } }
            input #qr-ticket type="text" name="client_ticket" value="tobefilled" required;
            label for="qr-user" { "Scan as" }
            select #qr-user name="username" { @for user in world.users.values() { option value=(user.username) { "@" (user.username) } } }
            button { "Scan and consent" }
            (error_output("qr"))
        }
    }
}

/// Renders the callback page for the default redirect. The page never shows the code; a button copies it from the
/// address bar.
pub(super) fn callback(shared: &Shared, call: &Call) -> Markup {
    let get = |name: &str| call.query(name).filter(|value| !value.is_empty());
    html! {
        h1 { "Back from the authorize page" }
        @if let Some(error) = get("error") {
            p { (badge("bad", &error)) " " (get("error_description").unwrap_or_default()) }
        } @else if get("code").is_some() {
            p { (badge("good", "consented")) " The browser returned with a code. The code is in the address bar, expires after 10 minutes by default, and works once." }
            p { button.primary #copy-code type="button" data-copy-query="code" { "Copy the code" } }
            @if let Some(scopes) = get("scopes") { p { "Granted: " @for scope in scopes.split(',') { code { (scope) } " " } } }
            h2 { "Exchange the code" }
            p { "For the default challenge, with the client key and secret of the app:" }
            pre #exchange { (exchange(&shared.base_url)) }
            p { button type="button" data-copy="exchange" { "Copy the command" } }
        } @else {
            p.empty { "A manual login ends on this page, but the page was opened without a code. Build a link first." }
        }
        p { a href=(Section::Consent.path()) { "Build another link" } " · " a href=(Section::Grants.path()) { "See all grants" } }
    }
}

fn exchange(base_url: &str) -> String {
    let redirect_uri = callback_uri(base_url);
    format!(
        "curl {base_url}/v2/oauth/token/ \\\n  --data-urlencode \"client_key=$TIKTOK_CLIENT_KEY\" \\\n  \
         --data-urlencode \"client_secret=$TIKTOK_CLIENT_SECRET\" \\\n  --data-urlencode \"code=$CODE\" \\\n  \
         -d grant_type=authorization_code \\\n  -d redirect_uri={redirect_uri} \\\n  -d code_verifier={VERIFIER}"
    )
}
