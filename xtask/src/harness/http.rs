//! A blocking HTTP/1.1 client of one connection, which says exactly how far a request came.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

const CONNECT_SECONDS_MAX: u64 = 5;
const ANSWER_SECONDS_MAX: u64 = 30;
const BODY_BYTES_MAX: u64 = 16 << 20;

/// A client that keeps its connection while it works and opens another when it broke.
pub(crate) struct Client {
    address: SocketAddr,
    /// Sent as a bearer token.
    key: String,
    connection: Option<BufReader<TcpStream>>,
}

/// A request as data.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// No connection: the server has not seen the request.
    NotSent(anyhow::Error),
    /// The request was sent, wholly or in part; what became of it is unknown.
    Unknown {
        /// Whether the connection had been answered on before, so that the server held it.
        was_in_use: bool,
        error: anyhow::Error,
    },
}

impl From<NoAnswer> for anyhow::Error {
    fn from(no_answer: NoAnswer) -> Self {
        match no_answer {
            NoAnswer::NotSent(error) | NoAnswer::Unknown { error, .. } => error,
        }
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr, key: &str) -> Self {
        Self {
            address,
            key: key.to_owned(),
            connection: None,
        }
    }

    /// Sends the request and waits for the whole answer.
    pub(crate) fn send(&mut self, request: Request<'_>) -> Result<Response, NoAnswer> {
        let was_in_use = self.connection.is_some();
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(self.address).map_err(NoAnswer::NotSent)?,
        };
        let text = self.text_of(request);
        let result = connection
            .get_mut()
            .write_all(text.as_bytes())
            .context("sending")
            .and_then(|()| read_response(&mut connection));
        match result {
            Ok((response, keeps)) => {
                self.connection = keeps.then_some(connection);
                Ok(response)
            }
            Err(error) => Err(NoAnswer::Unknown { was_in_use, error }),
        }
    }

    /// Sends a request whose answer must be a success.
    pub(crate) fn must(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value> {
        let response = self.send(Request {
            method,
            path,
            idempotency_key: None,
            body,
        })?;
        if !(200..300).contains(&response.status) {
            bail!(
                "{method} {path} answered {}: {}",
                response.status,
                response.body
            );
        }
        Ok(response.body)
    }

    fn text_of(&self, request: Request<'_>) -> String {
        let body = request.body.map(Value::to_string).unwrap_or_default();
        let mut lines = vec![
            format!("{} {} HTTP/1.1", request.method, request.path),
            format!("host: {}", self.address),
            format!("authorization: Bearer {}", self.key),
        ];
        lines.extend(
            request
                .idempotency_key
                .map(|key| format!("idempotency-key: {key}")),
        );
        if request.body.is_some() {
            lines.push("content-type: application/json".to_owned());
            lines.push(format!("content-length: {}", body.len()));
        }
        format!("{}\r\n\r\n{body}", lines.join("\r\n"))
    }
}

/// Posts a form on a connection of its own.
pub(crate) fn post_form(
    address: SocketAddr,
    key: &str,
    path: &str,
    form: &str,
) -> Result<Response> {
    let mut connection = connect(address)?;
    let text = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    connection.get_mut().write_all(text.as_bytes())?;
    let (response, _) = read_response(&mut connection)?;
    Ok(response)
}

fn connect(address: SocketAddr) -> Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(CONNECT_SECONDS_MAX))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))?;
    stream.set_write_timeout(Some(Duration::from_secs(ANSWER_SECONDS_MAX)))?;
    Ok(BufReader::new(stream))
}

/// The answer, and whether the connection can be used again.
fn read_response(connection: &mut BufReader<TcpStream>) -> Result<(Response, bool)> {
    let status_line = read_line(connection)?;
    let status = status_line
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok());
    let status: u16 = status.with_context(|| format!("no status in {status_line:?}"))?;
    let mut length = 0;
    let mut is_chunked = false;
    let mut keeps = true;
    loop {
        let line = read_line(connection)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line
            .split_once(':')
            .with_context(|| format!("no header: {line:?}"))?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().context("content-length")?,
            "transfer-encoding" => is_chunked = value.eq_ignore_ascii_case("chunked"),
            "connection" => keeps = !value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    let mut body = Vec::new();
    if is_chunked {
        loop {
            let size = read_line(connection)?;
            let size = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
            read_exactly(connection, size, &mut body)?;
            read_line(connection)?;
            if size == 0 {
                break;
            }
        }
    } else {
        read_exactly(connection, length, &mut body)?;
    }
    let body = serde_json::from_slice(&body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned()));
    Ok((Response { status, body }, keeps))
}

/// One line without its end; an error when the connection ends first.
fn read_line(connection: &mut BufReader<TcpStream>) -> Result<String> {
    let mut line = Vec::new();
    connection.take(64 << 10).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        bail!("the connection ended");
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(String::from_utf8(line)?)
}

fn read_exactly(
    connection: &mut BufReader<TcpStream>,
    length: u64,
    body: &mut Vec<u8>,
) -> Result<()> {
    if length > BODY_BYTES_MAX {
        bail!("a body of {length} bytes");
    }
    let read = connection.take(length).read_to_end(body)?;
    if read as u64 != length {
        bail!("the connection ended within the body");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    /// Answers the first connection with these bytes, after reading whatever comes first.
    fn serve(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut buffer = [0; 1024];
            let _ = stream.read(&mut buffer).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    const GET: Request<'static> = Request {
        method: "GET",
        path: "/",
        idempotency_key: None,
        body: None,
    };

    #[test]
    fn whole_answers_are_read_and_broken_ones_are_unknown() {
        let check = |answer: &'static str, expected: Option<(u16, &str)>| {
            let result = Client::new(serve(answer), "key").send(GET);
            match (result, expected) {
                (Ok(response), Some((status, body))) => {
                    assert_eq!(
                        (response.status, response.body.to_string()),
                        (status, body.to_owned())
                    );
                }
                (
                    Err(NoAnswer::Unknown {
                        was_in_use: false, ..
                    }),
                    None,
                ) => {}
                (result, _) => panic!("{answer:?} gave {result:?}"),
            }
        };
        check(
            "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\":1}",
            Some((200, "{\"a\":1}")),
        );
        check("HTTP/1.1 204 No Content\r\n\r\n", Some((204, "\"\"")));
        check(
            "HTTP/1.1 429 Too Many\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n",
            Some((429, "[1,2]")),
        );
        check("HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n{\"a\"", None);
        check("HTTP/1.1 200 OK\r\ncontent-le", None);
        check("", None);
    }

    #[test]
    fn without_a_server_nothing_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(matches!(
            Client::new(address, "key").send(GET),
            Err(NoAnswer::NotSent(_))
        ));
    }
}
