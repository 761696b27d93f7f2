//! Asks a server for its version: it is in the first packet, which a server sends before anybody logs in.
//!
//! A server reads its init file before it greets, so a greeting also means that the account exists.

use std::io::Read;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use crate::Outcome;

/// Connects and returns the version that the server reports.
pub(crate) fn read(host: &str, port: u16, patience: Duration) -> Outcome<String> {
    let addresses = (host, port).to_socket_addrs().map_err(|error| error.to_string())?;
    let mut last = format!("{host} has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(connection) => {
                connection.set_read_timeout(Some(patience)).map_err(|error| error.to_string())?;
                return version(connection);
            }
            Err(error) => last = error.to_string(),
        }
    }
    Err(last)
}

/// A packet is three bytes of length, one of sequence, and its content. The content of a greeting is the protocol's
/// number and the version up to a zero byte; that of a refusal is 255, two bytes of code, and a text.
fn version(mut connection: impl Read) -> Outcome<String> {
    let mut head = [0; 4];
    connection.read_exact(&mut head).map_err(|error| format!("it says nothing: {error}"))?;
    let length = usize::from(head[0]) | usize::from(head[1]) << 8;
    let mut content = vec![0; length];
    connection
        .read_exact(&mut content)
        .map_err(|error| format!("it stops in the middle of a word: {error}"))?;
    match content.as_slice() {
        [10, rest @ ..] => {
            let text = rest.split(|byte| *byte == 0).next().unwrap_or(rest);
            let text = String::from_utf8_lossy(text);
            // MariaDB 10 puts this before its version, for old replicas.
            Ok(text.strip_prefix("5.5.5-").unwrap_or(&text).to_owned())
        }
        [255, _, _, text @ ..] => Err(format!("it refuses: {}", String::from_utf8_lossy(text))),
        _ => Err("it is neither MySQL nor MariaDB".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("a short packet");
        [&[length, 0, 0, 0], content].concat()
    }

    #[test]
    fn the_version_is_read_from_the_greeting() {
        assert_eq!(version(packet(b"\x0a9.7.4-2\0rest").as_slice()), Ok("9.7.4-2".into()));
        assert_eq!(
            version(packet(b"\x0a5.5.5-10.11.19-MariaDB\0").as_slice()),
            Ok("10.11.19-MariaDB".into())
        );
    }

    #[test]
    fn a_refusal_and_a_stranger_are_errors() {
        assert_eq!(version(packet(b"\xff\x10\x04Too many").as_slice()), Err("it refuses: Too many".into()));
        assert!(version(&b"SSH-2.0"[..]).is_err());
    }
}
