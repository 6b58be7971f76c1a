//! Runs the examples in the order of a typical use and checks their results.

use crate::emulator::Emulator;
use crate::fault::{Context, Fault, Result};
use crate::http::{self, Inbox, Message};
use crate::{project, run};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// The example that is built a second time with the static library.
pub(super) const ALSO_STATIC: &str = "webhook_verify";

const CLIENT_KEY: &str = "awtoklinkemu0001";
const USER: &str = "ana.makes";
const SCOPES: &str =
    "user.info.basic,user.info.profile,user.info.stats,video.list,video.upload,video.publish";

/// Size of a video that needs seven chunks, bytes.
const VIDEO_BYTES: u64 = 70_000_000;

/// Sent megabytes at which the upload is stopped: two chunks.
const STOPPED_AT_MB: f64 = 20.9;

/// Writes a short video and enlarges it with a box that players skip.
pub(super) fn write_video(path: &Path) -> Result<()> {
    let doing = format!("cannot write {}", path.display());
    let mut bytes = fs::read(project::path("tests/c/media/good.mp4")).context(&doing)?;
    let padding = VIDEO_BYTES - bytes.len() as u64;
    bytes.extend(u32::try_from(padding).context(&doing)?.to_be_bytes());
    bytes.extend(b"free");
    fs::write(path, bytes).context(&doing)?;
    let file = fs::File::options().write(true).open(path).context(&doing)?;
    file.set_len(VIDEO_BYTES).context(doing)
}

/// Runs the programs of one build and checks their results.
pub(super) fn play(emulator: &Emulator, programs: &Path, video: &Path) -> Result<()> {
    let control =
        |target: &str, body: &str| http::ask(emulator.url(), "POST", &format!("/_emulator/{target}"), body);
    control("reset", "{}")?;
    let inbox = Inbox::open()?;
    control("webhook", &format!("{{\"client_key\":\"{CLIENT_KEY}\",\"url\":\"{}\"}}", inbox.url()))?;
    let table = Table { emulator, programs };

    probes(programs)?;
    log_in(&table)?;
    let metrics = run::kept(&mut table.program("metrics"))?;
    says(&metrics.stdout, &[&format!("@{USER}: "), " 45 videos, ", " views ", "\n1 accounts\n"])?;

    // The emulator delays the third chunk by 10 minutes, so only Ctrl-C can stop the upload.
    control("faults", "[{\"endpoint\":\"upload\",\"nth\":3,\"times\":0,\"delay_ms\":600000}]")?;
    let stopped = upload(&table, video, true)?;
    if stopped.status.code() != Some(130) {
        return Err(Fault(format!(
            "the upload stopped by Ctrl-C exited with {} instead of 130",
            stopped.status
        )));
    }
    control("faults", "[]")?;
    let resumed = upload(&table, video, false)?;
    says(&resumed.said, &["posted: "])?;
    if resumed.began_at_mb < STOPPED_AT_MB || !resumed.status.success() {
        let Uploaded { began_at_mb, status, said } = resumed;
        return Err(Fault(format!(
            "the upload resumed at {began_at_mb} MB and exited with {status}\n{said}"
        )));
    }
    webhooks(&table, &inbox.next_about("post.publish.complete")?)
}

/// Runs the probe, which requires no settings. It exits with 0 for a valid video and with 3 for a video that TikTok
/// would reject.
fn probes(programs: &Path) -> Result<()> {
    let probed = |video: &str| {
        let mut command = Command::new(programs.join("probe"));
        command.arg(project::path("tests/c/media").join(video)).stderr(Stdio::inherit());
        command.output().context("cannot start the probe")
    };
    for (video, code, sentence) in
        [("good.mp4", 0, "mp4, h264, 576 x 1024"), ("small.mp4", 3, "pixels: 320 x 240")]
    {
        let output = probed(video)?;
        if output.status.code() != Some(code) {
            return Err(Fault(format!(
                "the probe of {video} exited with {} instead of {code}",
                output.status
            )));
        }
        says(&String::from_utf8_lossy(&output.stdout), &[sentence])?;
    }
    Ok(())
}

/// Paths of the programs, and the servers that the programs use.
struct Table<'a> {
    emulator: &'a Emulator,
    programs: &'a Path,
}

impl Table<'_> {
    /// Returns the command for a program with the store as its first argument, and with only the emulator's settings.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.arg(self.programs.join("accounts.sqlite")).env_remove("TOKEN_ENCRYPTION_KEYS");
        command.env_remove("TIKTOK_CALLBACK_URL").env("TIKTOK_CLIENT_KEY", CLIENT_KEY);
        command.env("TIKTOK_CLIENT_SECRET", "toklinkemulatorclientsecret00001");
        command.env("TOKEN_ENCRYPTION_KEY", "0123456789abcdef".repeat(4));
        for name in ["TIKTOK_API_BASE_URL", "TIKTOK_AUTH_BASE_URL"] {
            command.env(name, self.emulator.url());
        }
        command
    }
}

fn says(output: &str, needed: &[&str]) -> Result<()> {
    match needed.iter().find(|words| !output.contains(**words)) {
        None => Ok(()),
        Some(words) => Err(Fault(format!("the output does not contain `{words}`:\n{output}"))),
    }
}

/// A running program whose output is read line by line. Dropping the value stops the program.
struct Running {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self> {
        let mut process = command.stdout(Stdio::piped()).spawn().context("cannot start an example")?;
        let output = process.stdout.take().ok_or_else(|| Fault("an example has no output".to_owned()))?;
        Ok(Self { process, lines: BufReader::new(output) })
    }

    /// Returns the next line; `None` after the last line.
    fn line(&mut self) -> Result<Option<String>> {
        let mut line = String::new();
        let count = self.lines.read_line(&mut line).context("cannot read the output of an example")?;
        Ok((count > 0).then_some(line))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have exited already.
        let _killed = self.process.kill();
        let _ended = self.process.wait();
    }
}

/// Opens the printed URL as a user's browser would, and sends the browser's redirect to the program.
fn log_in(table: &Table<'_>) -> Result<()> {
    let mut login = Running::start(&mut table.program("desktop_login"))?;
    login.line()?;
    let url = login.line()?.unwrap_or_default();
    let redirect = decoded(&part(&url, "redirect_uri=", "&")?);
    let scopes = SCOPES.replace(',', "\",\"");
    let grant = format!(
        "{{\"client_key\":\"{CLIENT_KEY}\",\"username\":\"{USER}\",\"scopes\":[\"{scopes}\"],\
         \"redirect_uri\":\"{redirect}\",\"code_challenge\":\"{}\"}}",
        part(&url, "code_challenge=", "&")?
    );
    let granted = http::ask(table.emulator.url(), "POST", "/_emulator/grant", &grant)?.text();
    let code = part(&granted, "\"code\":\"", "\"")?;
    let state = part(&url, "state=", "&")?;
    let port = part(&redirect, "http://127.0.0.1:", "/")?;
    let base = format!("http://127.0.0.1:{port}");
    let path = redirect.trim_start_matches(&base);
    http::ask(&base, "GET", &format!("{path}?code={code}&scopes={SCOPES}&state={state}"), "")?;
    let said = login.line()?.unwrap_or_default();
    says(&said, &[&format!("Connected @{USER} "), "missing scopes: 0"])
}

/// Result of an upload.
struct Uploaded {
    began_at_mb: f64,
    status: ExitStatus,
    said: String,
}

fn upload(table: &Table<'_>, video: &Path, stop: bool) -> Result<Uploaded> {
    let mut upload = Running::start(table.program("upload").arg(video).arg("by an example"))?;
    let (mut said, mut began_at_mb, mut stopped) = (String::new(), None, false);
    while let Some(line) = upload.line()? {
        let sent =
            line.strip_prefix("sending: ").and_then(|rest| rest.split(' ').next()?.parse::<f64>().ok());
        if let Some(sent) = sent {
            began_at_mb.get_or_insert(sent);
            if stop && !stopped && sent >= STOPPED_AT_MB {
                stopped = true;
                run::kept(Command::new("kill").args(["-INT", &upload.process.id().to_string()]))?;
            }
        }
        said.push_str(&line);
    }
    let status = upload.process.wait().context("an example did not exit")?;
    Ok(Uploaded { began_at_mb: began_at_mb.unwrap_or_default(), status, said })
}

/// Checks that `webhook_verify` accepts a webhook from the emulator, and rejects it with a changed body.
fn webhooks(table: &Table<'_>, webhook: &Message) -> Result<()> {
    let signature = webhook.header("tiktok-signature").unwrap_or_default();
    let judged = |name: &str, body: &[u8]| -> Result<(Option<i32>, String)> {
        let mut command = table.program(name);
        command.arg(signature).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().context("cannot start webhook_verify")?;
        if let Some(mut input) = process.stdin.take() {
            input.write_all(body).context("webhook_verify did not read its input")?;
        }
        let output = process.wait_with_output().context("webhook_verify did not exit")?;
        Ok((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    for name in [ALSO_STATIC, &format!("static/{ALSO_STATIC}")] {
        let (code, said) = judged(name, &webhook.body)?;
        says(&said, &["genuine: post.publish.complete of ", "it was known"])?;
        let mut forged = webhook.body.clone();
        forged.push(b' ');
        let (refused, _) = judged(name, &forged)?;
        if (code, refused) != (Some(0), Some(3)) {
            return Err(Fault(format!("{name} exited with {code:?} and {refused:?} instead of 0 and 3")));
        }
    }
    Ok(())
}

/// Returns the text between two markers. If the second marker is missing, returns the text up to the end.
fn part(text: &str, before: &str, after: &str) -> Result<String> {
    let found = text.split_once(before).and_then(|(_, rest)| rest.trim_end().split(after).next());
    found
        .map(str::to_owned)
        .ok_or_else(|| Fault(format!("the output of an example or the emulator does not contain {before}")))
}

/// Decodes `%XX`.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.extend(byte.map(char::from));
        out.push_str(part.get(2..).unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoded_url_is_decoded() {
        let url = "http://h/?redirect_uri=http%3A%2F%2F127.0.0.1%3A80%2Fback&state=a-b\n";
        assert_eq!(decoded(&part(url, "redirect_uri=", "&").unwrap()), "http://127.0.0.1:80/back");
        assert_eq!(part(url, "state=", "&").unwrap(), "a-b");
        assert!(part(url, "code=", "&").is_err());
    }
}
