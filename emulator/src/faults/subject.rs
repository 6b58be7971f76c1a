//! Identity of a call, which the filters of fault rules compare.

use hyper::header;

use crate::model::World;
use crate::wire::{Call, Endpoint, pairs};

/// Identity of a call: app, user, publish task and token.
#[derive(Debug, Default)]
pub(crate) struct Subject {
    pub(crate) client_key: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) publish_id: Option<String>,
    pub(super) tokens: Vec<String>,
}

impl Subject {
    /// Reads the identity from the query, the headers and, if it was read, the body. Validates nothing, because a rule
    /// may match an invalid token.
    pub(crate) fn of(world: &World, endpoint: Endpoint, call: &Call) -> Self {
        match endpoint {
            Endpoint::Upload => Self::of_upload(world, call),
            Endpoint::Authorize => {
                let form = pairs(&call.body);
                let username = form.into_iter().find(|(key, _)| key == "username").map(|(_, value)| value);
                Self { client_key: call.query("client_key"), username, ..Self::default() }
            }
            Endpoint::Token | Endpoint::Revoke | Endpoint::GetQrcode | Endpoint::CheckQrcode => {
                Self::of_form(world, call)
            }
            _ => Self::of_bearer(world, call),
        }
    }

    fn of_upload(world: &World, call: &Call) -> Self {
        let id = call.query("upload_id");
        let task = world.tasks.iter().rfind(|task| Some(&task.upload_id) == id.as_ref());
        task.map_or_else(Self::default, |task| Self {
            client_key: Some(task.client_key.clone()),
            username: Some(task.username.clone()),
            publish_id: Some(task.publish_id.clone()),
            tokens: Vec::new(),
        })
    }

    fn of_bearer(world: &World, call: &Call) -> Self {
        let bearer = call.header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let Some(bearer) = bearer.map(str::trim) else { return Self::default() };
        let found = world.access.get(bearer);
        let publish_id = serde_json::from_slice::<serde_json::Value>(&call.body)
            .ok()
            .and_then(|body| body["publish_id"].as_str().map(str::to_owned));
        Self {
            client_key: found.map(|token| token.client_key.clone()),
            // A client token has no user.
            username: found.map(|token| token.username.clone()).filter(|name| !name.is_empty()),
            publish_id,
            tokens: vec![bearer.to_owned()],
        }
    }

    fn of_form(world: &World, call: &Call) -> Self {
        let mut subject = Self::default();
        for (key, value) in pairs(&call.body) {
            match key.as_str() {
                "client_key" => subject.client_key = Some(value),
                "refresh_token" | "token" => {
                    let found = world.refresh.get(&value).or_else(|| world.access.get(&value));
                    subject.username = found.map(|token| token.username.clone());
                    subject.tokens.push(value);
                }
                "code" => subject.username = world.codes.get(&value).map(|code| code.username.clone()),
                _ => {}
            }
        }
        subject
    }
}
