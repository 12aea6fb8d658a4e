//! Opens many connections that say almost nothing, in a process of its own: files are limited per
//! process.

use anyhow::Result;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The server.
    address: SocketAddr,
    /// How many connections.
    count: usize,
}

/// What a slow client sends, a byte at a time and never to its end.
const DRIBBLE: &[u8] = b"POST /v1/customers/slow/consume HTTP/1.1\r\nhost: localhost\r\nx-slow: \
      aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Holds the connections until all are closed by the server, and prints how many are open.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let mut connections = Vec::new();
    for _ in 0..arguments.count {
        match TcpStream::connect(arguments.address) {
            Ok(stream) => {
                stream.set_nonblocking(true)?;
                connections.push(stream);
            }
            // A server may have a cap; then the rest wait outside.
            Err(_) => break,
        }
    }
    println!("opened {}", connections.len());
    for byte in DRIBBLE.iter().cycle() {
        connections.retain_mut(|stream| is_open(stream) && stream.write(&[*byte]).is_ok());
        println!("open {}", connections.len());
        if connections.is_empty() {
            break;
        }
        thread::sleep(Duration::from_millis(500));
    }
    Ok(())
}

/// Whether the server has neither answered to the end nor hung up.
fn is_open(stream: &mut TcpStream) -> bool {
    let mut buffer = [0; 1024];
    match stream.read(&mut buffer) {
        Ok(0) => false,
        Ok(_) => true,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}
