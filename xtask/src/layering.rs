//! Which crate may know which: the direction of dependencies, checked on cargo's own graph.

use anyhow::{Context as _, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// What one crate of the workspace may depend on.
struct Rule {
    name: &'static str,
    /// Crates of the workspace that it may name in `[dependencies]` and `[build-dependencies]`.
    may_use: &'static [&'static str],
    /// Packages that must not be reached from it, over any number of steps.
    never_reaches: &'static [&'static str],
}

/// What pure code has no business with: async, SQL, HTTP, randomness, other clocks.
const IMPURE: &[&str] = &[
    "async-trait",
    "axum",
    "chrono",
    "fastrand",
    "futures-util",
    "getrandom",
    "http",
    "hyper",
    "mio",
    "rand",
    "reqwest",
    "rusqlite",
    "sqlx",
    "time",
    "tokio",
    "tower",
    "tracing",
    "uuid",
];
const HTTP: &[&str] = &["axum", "hyper", "reqwest", "tower-http"];
const SQL: &[&str] = &["libsqlite3-sys", "rusqlite", "sqlx", "tokio-postgres"];

/// `core ← store`, `core ← stripe`, both `← tollgate ← server`; store and Stripe never meet; the
/// sandbox is in no production path; the tools see the product from outside.
const RULES: &[Rule] = &[
    Rule {
        name: "tollgate-core",
        may_use: &[],
        never_reaches: IMPURE,
    },
    Rule {
        name: "tollgate-store",
        may_use: &["tollgate-core"],
        never_reaches: HTTP,
    },
    Rule {
        name: "tollgate-stripe",
        may_use: &["tollgate-core"],
        never_reaches: SQL,
    },
    Rule {
        name: "tollgate",
        may_use: &["tollgate-core", "tollgate-store", "tollgate-stripe"],
        never_reaches: &["stripe-sandbox"],
    },
    Rule {
        name: "tollgate-server",
        may_use: &[
            "tollgate-core",
            "tollgate-store",
            "tollgate-stripe",
            "tollgate",
            // Of `src/playground` alone.
            "stripe-sandbox",
        ],
        never_reaches: &[],
    },
    Rule {
        name: "stripe-sandbox",
        may_use: &[],
        never_reaches: SQL,
    },
    Rule {
        name: "resume-api",
        may_use: &["tollgate", "tollgate-server"],
        never_reaches: &[],
    },
    Rule {
        name: "demo",
        may_use: &["resume-api", "tollgate-server", "usdot-lookup"],
        never_reaches: &[],
    },
    Rule {
        name: "usdot-lookup",
        may_use: &["tollgate", "tollgate-server"],
        never_reaches: &[],
    },
    Rule {
        name: "bench",
        may_use: &[
            "tollgate-core",
            "tollgate-store",
            "tollgate",
            "tollgate-server",
            "stripe-sandbox",
        ],
        never_reaches: &[],
    },
    Rule {
        name: "xtask",
        may_use: &[],
        never_reaches: SQL,
    },
];

/// A dependency that should not be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A crate of the workspace that no rule speaks of.
    Unknown { name: String },
    /// A crate names another of the workspace that it must not know.
    Direct { from: String, to: String },
    /// A crate reaches a package that it must not, along this path.
    Reached { path: Vec<String> },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { name } => {
                write!(
                    f,
                    "{name} has no rule: say in xtask/src/layering.rs what it may use"
                )
            }
            Self::Direct { from, to } => write!(f, "{from} must not depend on {to}"),
            Self::Reached { path } => {
                write!(
                    f,
                    "{} must not reach {}: {}",
                    path[0],
                    path[path.len() - 1],
                    path.join(" → ")
                )
            }
        }
    }
}

/// Who depends on whom, by name: normal and build dependencies, not those of tests.
#[derive(Default)]
pub(crate) struct Graph {
    members: BTreeSet<String>,
    dependencies: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    /// The workspace's graph, with every feature on.
    pub(crate) fn of_workspace(root: &Path) -> Result<Self> {
        let mut cargo = crate::command::cargo(root);
        cargo.args([
            "metadata",
            "--locked",
            "--format-version=1",
            "--all-features",
        ]);
        cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]);
        Self::of_metadata(&serde_json::from_str(&crate::command::output(&mut cargo)?)?)
            .context("cargo metadata has another shape than expected")
    }

    fn of_metadata(metadata: &Value) -> Option<Self> {
        let mut names = BTreeMap::new();
        for package in metadata["packages"].as_array()? {
            names.insert(package["id"].as_str()?, package["name"].as_str()?);
        }
        let mut graph = Self::default();
        for id in metadata["workspace_members"].as_array()? {
            graph.members.insert((*names.get(id.as_str()?)?).to_owned());
        }
        for node in metadata["resolve"]["nodes"].as_array()? {
            let from = (*names.get(node["id"].as_str()?)?).to_owned();
            for dependency in node["deps"].as_array()? {
                let is_of_tests = |kind: &Value| kind["kind"].as_str() == Some("dev");
                if !dependency["dep_kinds"].as_array()?.iter().all(is_of_tests) {
                    graph.add(&from, names.get(dependency["pkg"].as_str()?)?);
                }
            }
        }
        Some(graph)
    }

    fn add(&mut self, from: &str, to: &str) {
        self.dependencies
            .entry(from.to_owned())
            .or_default()
            .insert(to.to_owned());
    }

    /// Every dependency that breaks a rule.
    pub(crate) fn violations(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        for member in &self.members {
            let Some(rule) = RULES.iter().find(|rule| rule.name == member) else {
                violations.push(Violation::Unknown {
                    name: member.clone(),
                });
                continue;
            };
            let direct = self.dependencies.get(member).into_iter().flatten();
            for to in direct
                .filter(|to| self.members.contains(*to) && !rule.may_use.contains(&to.as_str()))
            {
                violations.push(Violation::Direct {
                    from: member.clone(),
                    to: to.clone(),
                });
            }
            for target in rule.never_reaches {
                violations.extend(
                    self.path(member, target)
                        .map(|path| Violation::Reached { path }),
                );
            }
        }
        violations
    }

    /// The shortest way from one package to another.
    fn path(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut seen = BTreeSet::from([from]);
        let mut paths = std::collections::VecDeque::from([vec![from]]);
        while let Some(path) = paths.pop_front() {
            let last = path.last()?;
            if *last == to {
                return Some(path.into_iter().map(str::to_owned).collect());
            }
            for next in self.dependencies.get(*last).into_iter().flatten() {
                if seen.insert(next) {
                    paths.push_back(path.iter().copied().chain([next.as_str()]).collect());
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        let members = [
            "tollgate-core",
            "tollgate-store",
            "tollgate-stripe",
            "tollgate",
            "tollgate-server",
        ];
        graph.members = members.map(str::to_owned).into();
        for (from, to) in edges {
            graph.add(from, to);
        }
        graph
    }

    const RIGHT: &[(&str, &str)] = &[
        ("tollgate-core", "serde"),
        ("tollgate-store", "tollgate-core"),
        ("tollgate-store", "sqlx"),
        ("tollgate-stripe", "tollgate-core"),
        ("tollgate-stripe", "reqwest"),
        ("tollgate", "tollgate-store"),
        ("tollgate", "tollgate-stripe"),
        ("tollgate-server", "tollgate"),
    ];

    #[test]
    fn the_workspace_keeps_the_direction_of_dependencies() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let graph = Graph::of_workspace(root).unwrap();
        assert!(
            graph.members.contains("tollgate-core"),
            "{:?}",
            graph.members
        );
        // The graph is really read: the store does reach its driver.
        assert!(graph.path("tollgate-store", "sqlx").is_some());
        let violations: Vec<String> = graph
            .violations()
            .iter()
            .map(Violation::to_string)
            .collect();
        assert!(violations.is_empty(), "{violations:#?}");
    }

    #[test]
    fn a_right_graph_passes_and_each_wrong_edge_is_named() {
        assert_eq!(graph(RIGHT).violations(), []);
        let check = |from: &str, to: &str, expected: &str| {
            let edges: Vec<_> = RIGHT.iter().copied().chain([(from, to)]).collect();
            let found: Vec<String> = graph(&edges)
                .violations()
                .iter()
                .map(Violation::to_string)
                .collect();
            assert!(
                found.iter().any(|line| line == expected),
                "{from} → {to} gave {found:?}"
            );
        };
        check(
            "tollgate-core",
            "tokio",
            "tollgate-core must not reach tokio: tollgate-core → tokio",
        );
        check(
            "serde",
            "rand",
            "tollgate-core must not reach rand: tollgate-core → serde → rand",
        );
        check(
            "tollgate-core",
            "tollgate-store",
            "tollgate-core must not depend on tollgate-store",
        );
        check(
            "tollgate-store",
            "tollgate-stripe",
            "tollgate-store must not depend on tollgate-stripe",
        );
        check(
            "tollgate-stripe",
            "tollgate-store",
            "tollgate-stripe must not depend on tollgate-store",
        );
        check(
            "tollgate-store",
            "axum",
            "tollgate-store must not reach axum: tollgate-store → axum",
        );
        check(
            "tollgate",
            "tollgate-server",
            "tollgate must not depend on tollgate-server",
        );
        check(
            "tollgate",
            "stripe-sandbox",
            "tollgate must not reach stripe-sandbox: tollgate → stripe-sandbox",
        );
    }

    #[test]
    fn a_crate_without_a_rule_is_named() {
        let mut graph = graph(RIGHT);
        graph.members.insert("newcomer".to_owned());
        assert_eq!(
            graph.violations(),
            [Violation::Unknown {
                name: "newcomer".to_owned()
            }]
        );
    }
}
