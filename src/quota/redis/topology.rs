//! The servers that a Redis URL names: one server, a cluster, or the sentinels of a primary with replicas.
//!
//! All keys of an app are in one hash slot, so one connection to the primary of that slot is enough for a cluster.

use redis::{Client, ErrorKind, RedisError, RedisResult};
use std::fmt;
use url::Url;

/// The parameter with a further node, as the Redis client fred spells it.
const NODE: &str = "node";
/// The parameter with the name of the primary that sentinels watch.
const SERVICE: &str = "sentinelServiceName";

/// A host without brackets and a port.
pub(super) type Node = (String, u16);

pub(super) enum Topology {
    Single(Client),
    Cluster(Nodes),
    Sentinel { sentinels: Nodes, service: String },
}

pub(super) struct Nodes {
    /// `redis://` or `rediss://`, with the user and the password.
    template: Url,
    pub(super) all: Vec<Node>,
}

impl Topology {
    pub(super) fn parse(text: &str) -> RedisResult<Self> {
        let url = Url::parse(text).map_err(|_| invalid("it is not a URL"))?;
        match url.scheme() {
            "redis-cluster" => Ok(Self::Cluster(Nodes::parse(&url, "redis", 6379)?)),
            "rediss-cluster" => Ok(Self::Cluster(Nodes::parse(&url, "rediss", 6379)?)),
            "redis-sentinel" => Self::sentinel(&url, "redis"),
            "rediss-sentinel" => Self::sentinel(&url, "rediss"),
            _ => Client::open(text).map(Self::Single),
        }
    }

    fn sentinel(url: &Url, scheme: &str) -> RedisResult<Self> {
        let service = url.query_pairs().find(|(name, _)| name == SERVICE);
        let (_, service) = service.ok_or_else(|| invalid("sentinelServiceName is missing"))?;
        Ok(Self::Sentinel { service: service.into_owned(), sentinels: Nodes::parse(url, scheme, 26379)? })
    }
}

impl Nodes {
    fn parse(url: &Url, scheme: &str, default_port: u16) -> RedisResult<Self> {
        let host = url.host_str().ok_or_else(|| invalid("the host is missing"))?;
        let first = (without_brackets(host).to_owned(), url.port().unwrap_or(default_port));
        let others = url.query_pairs().filter(|(name, _)| name == NODE);
        let others = others.map(|(_, node)| parse_node(&node, default_port));
        let all = std::iter::once(Ok(first)).chain(others).collect::<RedisResult<_>>()?;
        let mut template = url.clone();
        template.set_scheme(scheme).map_err(|()| invalid("the scheme is not valid"))?;
        template.set_query(None);
        template.set_path("");
        Ok(Self { template, all })
    }

    /// Returns a client of a Redis server, which connects with the user and the password of the URL.
    pub(super) fn server(&self, node: &Node) -> RedisResult<Client> {
        client(node, self.template.clone())
    }

    /// Returns a client of a sentinel, which connects without a password.
    pub(super) fn sentinel(&self, node: &Node) -> RedisResult<Client> {
        let mut url = self.template.clone();
        let cleared = url.set_username("").and_then(|()| url.set_password(None));
        cleared.map_err(|()| invalid("the host is not valid"))?;
        client(node, url)
    }
}

fn client((host, port): &Node, mut url: Url) -> RedisResult<Client> {
    let bracketed = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    url.set_host(Some(&bracketed)).map_err(|_| invalid("the host is not valid"))?;
    url.set_port(Some(*port)).map_err(|()| invalid("the port is not valid"))?;
    Client::open(url)
}

/// Parses `host:port`, also with an address in brackets.
pub(super) fn parse_node(text: &str, default_port: u16) -> RedisResult<Node> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            (host, port.parse().map_err(|_| invalid("the port is not valid"))?)
        }
        _ => (text, default_port),
    };
    Ok((without_brackets(host).to_owned(), port))
}

fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

fn invalid(reason: &'static str) -> RedisError {
    RedisError::from((ErrorKind::InvalidClientConfig, reason))
}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The template can contain a password.
        f.debug_struct("Nodes").field("all", &self.all).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(url: &str) -> Nodes {
        match Topology::parse(url).unwrap() {
            Topology::Cluster(nodes) | Topology::Sentinel { sentinels: nodes, .. } => nodes,
            Topology::Single(_) => panic!("one server"),
        }
    }

    #[test]
    fn cluster_url_names_its_nodes() {
        let nodes = nodes("rediss-cluster://me:p4ssword@one.example?node=two.example:7000&node=[::1]:7001");
        let expected = [("one.example", 6379), ("two.example", 7000), ("::1", 7001)];
        assert_eq!(nodes.all, expected.map(|(host, port)| (host.to_owned(), port)));
        let last = nodes.server(&nodes.all[2]).unwrap();
        assert_eq!(last.get_connection_info().addr().to_string(), "::1:7001");
        assert_eq!(last.get_connection_info().redis_settings().password(), Some("p4ssword"));
        assert!(!format!("{nodes:?}").contains("p4ssword"));
    }

    #[test]
    fn sentinels_are_asked_without_the_password() {
        let sentinels = nodes("redis-sentinel://:p4ssword@one.example?sentinelServiceName=main");
        assert_eq!(sentinels.all, [("one.example".to_owned(), 26379)]);
        let sentinel = sentinels.sentinel(&sentinels.all[0]).unwrap();
        assert_eq!(sentinel.get_connection_info().redis_settings().password(), None);
        let server = sentinels.server(&("two.example".to_owned(), 6379)).unwrap();
        assert_eq!(server.get_connection_info().redis_settings().password(), Some("p4ssword"));
    }

    #[test]
    fn incomplete_url_is_rejected() {
        for url in
            ["redis-sentinel://one.example", "redis-cluster://", "redis-cluster://one?node=two:x", "no"]
        {
            assert!(Topology::parse(url).is_err(), "{url}");
        }
    }
}
