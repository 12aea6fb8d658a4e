//! The pages over a large database against the same pages over an empty one.

use super::{HOT, Settings};
use crate::report::{Table, latency, median, ratio, thousands};
use crate::server::{PLAN_AMPLE, Server, customer_names};
use anyhow::{Context, Result, ensure};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

const CUSTOMERS: u64 = 100_000;
const EVENTS: u64 = 10_000_000;
/// How often each page is asked for, by turns.
const VISITS: usize = 40;
/// How long the full server may take to come to rest.
const REST_MAX: Duration = Duration::from_mins(10);

/// Each page: whose cookie it takes, and its path.
const PAGES: [(Who, &str); 6] = [
    (Who::Customer, "/billing/"),
    (Who::Owner, "/admin/"),
    (Who::Owner, "/admin/customers"),
    (Who::Owner, "/admin/customers/hot-000000"),
    (Who::Owner, "/admin/plans"),
    (Who::Owner, "/admin/audit"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Customer,
    Owner,
}

pub(crate) fn run(settings: &Settings) -> Result<()> {
    let empty = server(settings, "empty")?;
    let full = server(settings, "full")?;
    let hot = [HOT.to_owned()];
    empty.create_customers(&hot, PLAN_AMPLE)?;
    full.create_customers(&hot, PLAN_AMPLE)?;
    let count = settings.scaled(CUSTOMERS);
    let mut customers = customer_names("customer", usize::try_from(count)?);
    full.create_customers(&customers, PLAN_AMPLE)?;
    // One of ten events is the hot customer's.
    let share = customers.len() / 9;
    customers.extend(std::iter::repeat_n(HOT.to_owned(), share));
    full.fill(&customers, settings.scaled(EVENTS))?;
    let empty = Visitor::new(&empty)?;
    let full = Visitor::new(&full)?;
    full.rest()?;
    let title = format!(
        "Pages with {} customers and {} events, against an empty database; SQLite, one visitor",
        thousands(count),
        thousands(settings.scaled(EVENTS)),
    );
    let columns = [
        "page",
        "first byte, empty",
        "first byte, full",
        "ratio",
        "whole, empty",
        "whole, full",
        "ratio",
    ];
    let mut table = Table::new(title, &columns);
    for (who, path) in PAGES {
        let mut first = [Vec::new(), Vec::new()];
        let mut whole = [Vec::new(), Vec::new()];
        for _ in 0..VISITS {
            for (place, visitor) in [&empty, &full].into_iter().enumerate() {
                let visit = visitor.visit(who, path)?;
                first[place].push(visit.first.as_secs_f64());
                whole[place].push(visit.whole.as_secs_f64());
            }
        }
        let [first_empty, first_full] = first.map(|times| median(&times));
        let [whole_empty, whole_full] = whole.map(|times| median(&times));
        let shown = |seconds| latency(Duration::from_secs_f64(seconds));
        table.row([
            path.to_owned(),
            shown(first_empty),
            shown(first_full),
            ratio(first_full / first_empty),
            shown(whole_empty),
            shown(whole_full),
            ratio(whole_full / whole_empty),
        ]);
    }
    table.print();
    Ok(())
}

fn server(settings: &Settings, name: &str) -> Result<Server> {
    let folder = settings.folder.join(name);
    std::fs::create_dir(&folder)?;
    let file = folder.join("pages.db");
    Server::start(&folder, &format!("sqlite:{}", file.display()))
}

/// A browser that is signed in as both.
struct Visitor {
    address: SocketAddr,
    owner: String,
    customer: String,
}

/// How long a page took.
struct Visit {
    first: Duration,
    whole: Duration,
    text: String,
}

impl Visitor {
    fn new(server: &Server) -> Result<Self> {
        let address = server.addresses()[0];
        let key = format!("key={}", server.token());
        let owner = cookie(&send(address, "/admin/sign-in", "", &key)?.text)?;
        let link = server.page_link(HOT)?;
        let (_, secret) = link.split_once("link=").context("no link")?;
        let form = format!("link={secret}");
        let customer = cookie(&send(address, "/billing/enter", "", &form)?.text)?;
        Ok(Self {
            address,
            owner,
            customer,
        })
    }

    fn visit(&self, who: Who, path: &str) -> Result<Visit> {
        let cookie = match who {
            Who::Customer => &self.customer,
            Who::Owner => &self.owner,
        };
        let visit = send(self.address, path, cookie, "")?;
        ensure!(
            visit.text.starts_with("HTTP/1.1 200"),
            "{path}: {:.200}",
            visit.text
        );
        Ok(visit)
    }

    /// Waits until the figures of the overview have caught up with the record.
    fn rest(&self) -> Result<()> {
        let end = Instant::now() + REST_MAX;
        while Instant::now() < end {
            let page = self.visit(Who::Owner, "/admin/")?;
            if !page.text.contains("catching up") {
                return Ok(());
            }
            std::thread::sleep(Duration::from_secs(1));
        }
        Ok(())
    }
}

/// The cookie that an answer sets.
fn cookie(answer: &str) -> Result<String> {
    let line = answer
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "));
    let line = line.with_context(|| format!("no cookie in {answer:.300}"))?;
    Ok(line.split(';').next().unwrap_or_default().to_owned())
}

/// Asks for a page, or sends a form; over a connection of its own, as the first visit does.
fn send(address: SocketAddr, path: &str, cookie: &str, form: &str) -> Result<Visit> {
    let method = if form.is_empty() { "GET" } else { "POST" };
    let length = form.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncookie: {cookie}\r\n\
         sec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         content-length: {length}\r\n\r\n{form}"
    );
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    let began = Instant::now();
    stream.write_all(request.as_bytes())?;
    let mut bytes = vec![0; 1];
    stream.read_exact(&mut bytes)?;
    let first = began.elapsed();
    stream.read_to_end(&mut bytes)?;
    Ok(Visit {
        first,
        whole: began.elapsed(),
        text: String::from_utf8_lossy(&bytes).into_owned(),
    })
}
