//! Where a platform fetches a job's media: addresses of their own for each attempt, noted when they are asked for, and closed for good on demand,
//! as the installation itself does it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

#[derive(Debug, Default)]
struct Book {
    files: BTreeMap<String, PathBuf>,
    /// The attempts whose addresses were asked for, in order.
    asked: Vec<u64>,
    open_from: u64,
    missing: bool,
}

/// The host. Its thread ends with the tests' process.
#[derive(Debug, Clone)]
pub struct Fetched {
    url: String,
    book: Arc<Mutex<Book>>,
}

impl Fetched {
    pub fn start() -> Fetched {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let book = Arc::new(Mutex::new(Book::default()));
        let shared = Arc::clone(&book);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || answer(stream, &shared));
            }
        });
        Fetched { url, book }
    }

    /// The address of this file during this attempt.
    pub fn address(&self, file: &Path, attempt: u64) -> String {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let url = format!("{}/media/{attempt}/{name}", self.url);
        self.book.lock().unwrap().files.insert(name, file.to_owned());
        url
    }

    /// Closes the addresses of before this attempt, unless one of them was asked for.
    pub fn close(&self, attempt: u64) -> bool {
        let mut book = self.book.lock().unwrap();
        if book.asked.iter().any(|asked| *asked >= book.open_from) {
            return false;
        }
        book.open_from = attempt;
        true
    }

    /// From now on there are no files.
    pub fn lose(&self, missing: bool) {
        self.book.lock().unwrap().missing = missing;
    }

    pub fn asked(&self) -> Vec<u64> {
        self.book.lock().unwrap().asked.clone()
    }
}

fn answer(mut stream: TcpStream, book: &Mutex<Book>) {
    let mut request = Vec::new();
    let mut byte = [0u8; 1];
    while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request);
    let mut parts = request.split_whitespace().nth(1).unwrap_or("").split('/').skip(2);
    let attempt = parts.next().and_then(|attempt| attempt.parse::<u64>().ok());
    let file = {
        let mut book = book.lock().unwrap();
        let open = attempt.filter(|attempt| *attempt >= book.open_from);
        book.asked.extend(open);
        parts.next().and_then(|name| book.files.get(name)).filter(|_| open.is_some() && !book.missing).cloned()
    };
    let (status, bytes) = match file {
        Some(file) => ("200 OK", std::fs::read(file).unwrap()),
        None => ("404 Not Found", Vec::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
}
