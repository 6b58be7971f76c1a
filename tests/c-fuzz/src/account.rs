//! The client that all inputs share. Its account is connected at an emulator, so that calls reach deep code.

use crate::entries;
use std::ffi::{CStr, CString, c_char, c_void};
use std::fmt;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::ptr;

/// The settings of the app at the emulator.
pub(crate) const CLIENT_KEY: &CStr = c"awtoklinkemu0001";
pub(crate) const CLIENT_SECRET: &CStr = c"toklinkemulatorclientsecret00001";
pub(crate) const ENCRYPTION_KEY: &CStr = c"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The user of the host who connects the account.
const USER: &CStr = c"u1";
const REDIRECT_URI: &CStr = c"http://127.0.0.1:3000/callback";

/// Milliseconds for an operation: a call that waits for its turn in a limit ends soon.
const TIMEOUT_MS: u64 = 50;

/// Number of attempts to log in. On a busy machine, a login takes longer than the timeout.
const ATTEMPTS: usize = 50;

/// The reason why no account is connected.
#[derive(Debug)]
pub struct Fault(String);

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self(format!("the emulator does not respond: {error}"))
    }
}

/// A client and its account at an emulator. No input closes or frees the client.
#[derive(Debug)]
pub(crate) struct Server {
    url: String,
    client: *mut c_void,
    /// The id of the connected account, as the library names it.
    pub(crate) account: CString,
}

impl Server {
    pub(crate) fn connect(emulator: &str) -> Result<Self, Fault> {
        let base = CString::new(emulator).map_err(|_| Fault("the URL has a zero byte".to_owned()))?;
        let mut options = [0_u64; 18];
        // As in struct toklink_options: the size, five texts, four flags, two hosts, and after eight other words the timeout.
        options[0] = 8 * options.len() as u64;
        options[1] = word(CLIENT_KEY);
        options[2] = word(CLIENT_SECRET);
        options[4] = word(ENCRYPTION_KEY);
        options[7] = word(&base);
        options[8] = word(&base);
        options[17] = TIMEOUT_MS;
        // SAFETY: options of an older header, whose texts live during the call; an error may be NULL.
        let client =
            unsafe { entries::toklink_client_new(options.as_ptr().cast_mut().cast(), ptr::null_mut()) };
        if client.is_null() {
            return Err(Fault("no client was created".to_owned()));
        }
        let mut server = Self { url: emulator.to_owned(), client, account: CString::default() };
        server.log_in()?;
        Ok(server)
    }

    pub(crate) fn client(&self) -> *mut c_void {
        self.client
    }

    /// Connects the account again if an input has disconnected it, and resets its counted requests.
    pub(crate) fn refresh(&mut self) -> Result<(), Fault> {
        let account: *mut c_void = self.account.as_ptr().cast_mut().cast();
        // SAFETY: the client and the text live; an error may be NULL.
        unsafe {
            let token = entries::toklink_access_token_blocking(self.client, account, ptr::null_mut());
            let is_connected = !token.is_null();
            entries::toklink_text_free(token);
            if is_connected {
                let _status = entries::toklink_reset_quota(self.client, account, ptr::null_mut());
                return Ok(());
            }
        }
        // A disconnect of the last input, which still runs, can revoke the login while it is completed.
        let mut outcome = self.log_in();
        for _ in 1..ATTEMPTS {
            if outcome.is_ok() {
                break;
            }
            outcome = self.log_in();
        }
        outcome
    }

    fn log_in(&mut self) -> Result<(), Fault> {
        let options = [32, 0, word(USER), word(REDIRECT_URI)];
        let mut error = [ptr::null::<c_void>()];
        // SAFETY: options of an older header: size, tenant, user, redirect URI.
        let start = unsafe {
            let options = options.as_ptr().cast_mut().cast();
            entries::toklink_begin_login(self.client, options, error.as_mut_ptr().cast())
        };
        if start.is_null() {
            return Err(failed("no login started", error));
        }
        // SAFETY: the login starts with four texts: URL, state, name and value of the cookie.
        let [url, state, name, value] = unsafe { start.cast::<[*const c_char; 4]>().read() }.map(text);
        // SAFETY: freed once.
        unsafe { entries::toklink_login_start_free(start) };
        let code = self.consent(part(&url, "code_challenge=")?)?;
        let given = [format!("?code={code}&state={state}"), format!("{name}={value}")].map(CString::new);
        let [Ok(callback), Ok(cookies)] = given else {
            return Err(Fault("the callback has a zero byte".to_owned()));
        };
        let pointer = |text: &CStr| text.as_ptr().cast_mut().cast();
        // SAFETY: the texts live during the call.
        let result = unsafe {
            let (callback, cookies) = (pointer(&callback), pointer(&cookies));
            let user = pointer(USER);
            let error = error.as_mut_ptr().cast();
            entries::toklink_complete_login_blocking(self.client, callback, cookies, user, error)
        };
        if result.is_null() {
            return Err(failed("the login failed", error));
        }
        // SAFETY: a result starts with its account, and an account with its id. Freed once.
        unsafe {
            let account = result.cast::<*const *const c_char>().read();
            CStr::from_ptr(account.read()).clone_into(&mut self.account);
            entries::toklink_login_result_free(result);
        }
        Ok(())
    }

    /// Consents as a user of the emulator; returns the code.
    fn consent(&self, challenge: &str) -> Result<String, Fault> {
        let scopes = "\"user.info.basic\",\"user.info.profile\",\"user.info.stats\",\"video.list\",\"video.upload\",\"video.publish\"";
        let (key, redirect) = (CLIENT_KEY.to_string_lossy(), REDIRECT_URI.to_string_lossy());
        let body = format!(
            "{{\"client_key\":\"{key}\",\"username\":\"ana.makes\",\"scopes\":[{scopes}],\"redirect_uri\":\"{redirect}\",\
             \"code_challenge\":\"{challenge}\"}}"
        );
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host)?;
        let head = format!(
            "POST /_emulator/grant HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes())?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let (_, rest) =
            reply.split_once("\"code\":\"").ok_or_else(|| Fault(format!("no code in {reply}")))?;
        Ok(rest.split('"').next().unwrap_or_default().to_owned())
    }
}

/// Adds the message of the library, and frees the error.
fn failed(what: &str, [error]: [*const c_void; 1]) -> Fault {
    // SAFETY: a failed call wrote an error, whose message is at the offset that tests/c/layout.c states. Freed once.
    unsafe {
        let message = text(error.cast::<*const c_char>().add(4).read());
        entries::toklink_error_free(error.cast_mut());
        Fault(format!("{what}: {message}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: freed once, after the last call.
        unsafe { entries::toklink_client_free(self.client) };
    }
}

fn word(text: &CStr) -> u64 {
    text.as_ptr().expose_provenance() as u64
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: texts of the library end with a NUL and are never NULL.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// Returns the value of a parameter of a URL.
fn part<'a>(url: &'a str, name: &str) -> Result<&'a str, Fault> {
    let found = url.split_once(name).and_then(|(_, rest)| rest.split('&').next());
    found.ok_or_else(|| Fault(format!("the authorize URL has no {name}")))
}
