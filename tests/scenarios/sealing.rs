//! Scenario acts with secrets: webhooks and encrypted values.

use crate::host::Host;
use crate::result_lines;
use crate::table::{Lines, Step};
use serde_json::Value;
use std::time::Duration;
use toklink::{AccountKey, ResealOptions, ResealReport, Result, Secret, WebhookCheck, WebhookEvent};

impl Host {
    /// Runs the act if it uses secrets; returns `None` otherwise.
    pub(crate) async fn seal(&mut self, act: &str, step: &Step) -> Option<Result<String>> {
        let place = AccountKey::new(
            step.argument("tenant").unwrap_or_default(),
            step.argument("account").unwrap_or_default(),
        );
        let field = step.argument("field").unwrap_or_default();
        Some(match act {
            "seal" => {
                let text = Secret::from(step.argument("text").unwrap());
                self.client.seal(&place, &field, &text).map(|sealed| {
                    self.sealed = sealed;
                    begins(&self.sealed)
                })
            }
            "unseal" => {
                let sealed = step.argument("sealed").unwrap_or_else(|| self.sealed.clone());
                self.client.unseal(&place, &field, &sealed).map(|text| {
                    let mut lines = Lines::default();
                    lines.add("text", text.expose());
                    lines.finish()
                })
            }
            "reseal" => self.client.reseal(&place, &field, &self.sealed).map(|sealed| {
                let changed = sealed.is_some();
                self.sealed = sealed.unwrap_or_else(|| self.sealed.clone());
                let mut lines = Lines::default();
                lines.add("changed", changed);
                lines.finish() + &begins(&self.sealed)
            }),
            "reseal_accounts" => {
                let check_only = step.argument("check_only").is_some_and(|only| only == "true");
                let options = ResealOptions { check_only, ..ResealOptions::default() };
                self.client.reseal_accounts(&options).await.map(|report| resealed(&report))
            }
            "webhook" => self.webhook(step),
            "apply_webhook" => {
                let event = self.event.take().unwrap();
                self.client.apply_webhook(&event).await.map(|effect| {
                    let mut lines = Lines::default();
                    lines.add("effect", result_lines::spelled(&effect));
                    lines.finish()
                })
            }
            _ => return None,
        })
    }

    fn webhook(&mut self, step: &Step) -> Result<String> {
        let mut check = WebhookCheck::default();
        if let Some(seconds) = step.argument("tolerance_seconds") {
            check.tolerance = Duration::from_secs(seconds.parse().unwrap());
        }
        check.previous_secrets.extend(step.argument("previous_secret").map(Secret::from));
        let signature = step.argument("signature").unwrap();
        let body = step.argument("body").unwrap();
        let event = self.client.verify_webhook(&signature, body.as_bytes(), &check)?;
        let told = announced(&event);
        self.event = Some(event);
        Ok(told)
    }
}

/// Returns the public parts of an encrypted value: its format and the name of its key.
fn begins(sealed: &str) -> String {
    let mut lines = Lines::default();
    lines.add("sealed_as", sealed.split('.').take(2).collect::<Vec<_>>().join("."));
    lines.finish()
}

fn resealed(report: &ResealReport) -> String {
    let mut lines = Lines::default();
    lines.add("sealing_key", &report.sealing_key);
    lines.add_list("keys", report.keys.iter().map(|(key, values)| format!("{key} {values}")));
    lines.add("resealed", report.counts.resealed);
    lines.add("current", report.counts.current);
    lines.add("failed", report.counts.failed);
    lines.add("outstanding", report.outstanding);
    lines.add("legacy", report.legacy);
    lines.finish()
}

fn announced(event: &WebhookEvent) -> String {
    let json = serde_json::to_value(event).unwrap();
    let mut lines = Lines::default();
    lines.add(
        "event",
        json["event"]
            .as_str()
            .filter(|&name| name != "unknown")
            .unwrap_or_else(|| json["name"].as_str().unwrap()),
    );
    lines.add("known", json["event"] != "unknown");
    for (name, field) in
        [("publish", "publishId"), ("post", "postId"), ("reason", "reason"), ("account", "accountId")]
    {
        lines.add_some(name, json.get(field).and_then(Value::as_str));
    }
    lines.add("at_ms", event.created_at.as_millis());
    lines.finish()
}
