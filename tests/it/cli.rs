//! The command line, through the real binary: what goes to stdout and to stderr, the exit status, and what is on disk afterwards. Posts are in `cli_posts`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command};

use serde_json::Value;

use crate::support::home::{Home, PASSWORD, connected};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// All bytes below a folder.
fn everything_in(dir: &Path) -> Vec<u8> {
    fs::read_dir(dir)
        .unwrap()
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() { everything_in(&path) } else { fs::read(path).unwrap() }
        })
        .collect()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[test]
fn the_help_is_kept() {
    insta::assert_snapshot!(pm3k::cli::help());
}

#[test]
fn a_wrong_command_line_is_status_2() {
    let home = Home::new();
    for args in [
        &[][..],
        &["publish"],
        &["post"],
        &["post", "show", "12"],
        &["post", "create", "--account", "acct_1"],
        &["post", "create", "--account", "acct_1", "--now", "--draft"],
        &["post", "create", "--account", "acct_1", "--now", "--options", "[1]"],
        &["post", "list", "--status", "lost"],
        &["post", "check", "job_1"],
        &["post", "confirm", "post_1", "--there"],
        &["post", "confirm", "job_1"],
        &["post", "confirm", "job_1", "--there", "--not-there"],
        &["post", "confirm", "job_1", "--not-there", "--link", "https://example.org/1"],
        &["post", "confirm", "job_1", "--link", "https://example.org/1"],
        &["api-key", "revoke", "post_1"],
        &["config", "show", "--quiet", "-v"],
        &["completions", "tcsh"],
    ] {
        let ran = home.run(args).expect(2);
        assert!(ran.stdout.is_empty() && !ran.stderr.is_empty(), "{args:?} {ran:?}");
    }
    let log = Home::with(&[("PM3K_LOG", "pm3k=loud")]).run(&["config", "check"]).expect(2);
    assert!(log.stderr.contains("PM3K_LOG cannot be read"), "{log:?}");
}

#[test]
fn init_makes_a_private_installation_and_never_a_second_one() {
    let home = Home::new();
    let args = ["init", "--email", "ada@example.org", "--password-stdin", "--public-url", "https://posts.example.org/", "--operator", "A \"Studio\"", "--json"];
    let ran = home.run_with(&args, &format!("{PASSWORD}\n")).expect(0);
    let made = ran.json();
    assert_eq!(made["config"], home.config_file().to_str().unwrap());
    assert_eq!(made["user"]["id"], "user_1");
    assert!(ran.stderr.contains("sign in at https://posts.example.org/sign-in"), "{ran:?}");
    assert_eq!((mode(&home.config_file()), mode(&home.data_dir().join("key")), mode(&home.data_dir())), (0o600, 0o600, 0o700));
    assert!(!holds(&everything_in(home.dir.path()), PASSWORD));

    let written = fs::read_to_string(home.config_file()).unwrap();
    let table: toml::Table = written.parse().unwrap();
    assert_eq!(table["operator"]["name"].as_str(), Some("A \"Studio\""));
    assert!(!table["server"].as_table().unwrap().contains_key("listen"), "what was not given stays a comment");
    assert!(written.contains("# listen = \"127.0.0.1:8080\""));

    let again = home.run_with(&args, PASSWORD).expect(4);
    assert!(again.stderr.contains("is there already and is not overwritten"), "{again:?}");
    assert_eq!(again.json()["error"]["status"], 4);
    fs::remove_file(home.config_file()).unwrap();
    let users = home.run_with(&args, PASSWORD).expect(4);
    assert!(users.stderr.contains("there are users"), "{users:?}");
    assert!(!home.config_file().exists());
}

#[test]
fn init_that_is_refused_leaves_no_configuration() {
    let home = Home::new();
    let told = home.run(&["init"]).expect(2);
    assert!(told.stderr.contains("--email and --password-stdin"), "{told:?}");
    let url = home.run_with(&["init", "--email", "a@example.org", "--password-stdin", "--public-url", "example.org"], PASSWORD).expect(2);
    assert!(url.stderr.contains("--public-url: server.public_url: \"example.org\" is not an address"), "{url:?}");
    assert!(!home.data_dir().exists());
    for (email, password) in [("nobody", PASSWORD), ("a@example.org", "short")] {
        home.run_with(&["init", "--email", email, "--password-stdin"], password).expect(4);
        assert!(!home.config_file().exists());
    }
    home.run_with(&["init", "--email", "a@example.org", "--password-stdin"], "").expect(2);
    home.run_with(&["init", "--email", "a@example.org", "--password-stdin"], PASSWORD).expect(0);
}

#[test]
fn the_configuration_is_checked_shown_and_exemplified() {
    let home = Home::with(&[("PM3K_FACEBOOK__APP_SECRET", "from-the-environment"), ("PM3K_SERVER__LISTEN", "127.0.0.1:9")]);
    home.write_config("[tiktok]\nclient_key = \"key\"\nclient_secret = \"from-the-file\"\n");
    let ok = home.run(&["config", "check"]).expect(0);
    assert!(ok.stdout.contains("config.toml is right"), "{ok:?}");
    let shown = home.run(&["config", "show"]).expect(0);
    assert!(shown.stdout.contains("listen = \"127.0.0.1:9\"  # environment variable PM3K_SERVER__LISTEN"), "{shown:?}");
    assert!(shown.stdout.contains("config.toml:2\nclient_secret = \"(secret)\"  # "), "{shown:?}");
    let json = home.run(&["config", "show", "--json", "-vv"]).expect(0);
    assert_eq!(
        json.json()["values"]["facebook.app_secret"],
        serde_json::json!({ "value": { "set": true }, "from": "environment variable PM3K_FACEBOOK__APP_SECRET" })
    );
    assert_eq!(json.json()["values"]["publisher.workers"]["value"], 16);
    for ran in [shown, json] {
        for secret in ["from-the-file", "from-the-environment"] {
            assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{ran:?}");
        }
    }

    let example = home.run(&["config", "example"]).expect(0);
    assert_eq!(example.stdout, fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml")).unwrap());

    home.write_config("[server]\nlisten = 1\nlisen = 2\n");
    for args in [&["config", "check"][..], &["config", "show"], &["serve"], &["user", "list"]] {
        let wrong = home.run(args).expect(2);
        assert!(
            wrong.stdout.is_empty() && wrong.stderr.contains("config.toml:2: server.listen") && wrong.stderr.contains("config.toml:3: server.lisen"),
            "{wrong:?}"
        );
    }
    let wrong = home.run(&["config", "check", "--json"]).expect(2).json();
    assert_eq!(wrong["error"]["problems"][1]["key"], "server.lisen");

    let elsewhere = home.dir.path().join("other.toml");
    fs::write(&elsewhere, "data_dir = \"/from/the/file\"\n").unwrap();
    let flag = home.run(&["--config", elsewhere.to_str().unwrap(), "config", "check", "--json"]).expect(0).json();
    assert_eq!(flag["data_dir"], "/from/the/file");
    let both = home.run(&["config", "check", "--json", "--config", elsewhere.to_str().unwrap(), "--data-dir", "here"]).expect(0).json();
    assert_eq!(both["data_dir"], home.dir.path().canonicalize().unwrap().join("here").to_str().unwrap());
    home.run(&["--config", "missing.toml", "config", "check"]).expect(2);
}

#[test]
fn commands_that_only_look_make_nothing() {
    let home = Home::new();
    for args in
        [&["user", "list"][..], &["api-key", "list"], &["api-key", "revoke", "key_1"], &["account", "list"], &["post", "list"], &["post", "show", "post_1"]]
    {
        let ran = home.run(args).expect(1);
        assert!(ran.stderr.contains("there is no installation in"), "{ran:?}");
    }
    home.run(&["doctor"]).expect(0);
    assert!(!home.data_dir().exists());
}

#[test]
fn every_answer_with_json_is_one_document() {
    let home = Home::settled();
    for (args, status) in [
        (&["config", "check"][..], 0),
        (&["config", "show"], 0),
        (&["config", "example"], 0),
        (&["user", "list"], 0),
        (&["user", "create", "--email", "x", "--password-stdin"], 4),
        (&["user", "create", "--email", "x@example.org", "--invite"], 4),
        (&["api-key", "create", "--name", "x"], 0),
        (&["api-key", "list"], 0),
        (&["api-key", "revoke", "key_1"], 0),
        (&["api-key", "revoke", "key_1"], 3),
        (&["account", "list"], 0),
        (&["post", "list"], 0),
        (&["post", "show", "post_1"], 3),
        (&["post", "cancel", "post_1"], 3),
        (&["post", "check", "post_1"], 3),
        (&["post", "retry", "post_1"], 3),
        (&["post", "publish-now", "post_1"], 3),
        (&["post", "confirm", "job_1", "--there"], 3),
        (&["post", "retry-comment", "job_1"], 3),
        (&["post", "create", "--account", "acct_1", "--now"], 3),
        (&["post", "create", "--account", "acct_1", "--queue"], 4),
        (&["doctor"], 0),
        (&["completions", "fish"], 0),
    ] {
        let ran = home.run_with(&[args, &["--json"]].concat(), PASSWORD).expect(status);
        let json = ran.json();
        assert!(json.is_object(), "{args:?}");
        assert_eq!(json["error"]["status"].as_i64().unwrap_or(0), i64::from(status), "{args:?}");
        let quiet = home.run_with(&[args, &["--json", "--quiet"]].concat(), PASSWORD);
        assert!(quiet.status != 0 || quiet.stderr.is_empty(), "{args:?} {quiet:?}");
    }
}

#[test]
fn users_are_made_and_listed() {
    let home = Home::new();
    let made =
        home.run_with(&["user", "create", "--email", "ada@example.org", "--name", "Ada", "--admin", "--password-stdin"], &format!("{PASSWORD}\r\n")).expect(0);
    assert_eq!(made.stdout, "user_1\n");
    assert!(made.stderr.contains("made the key file"), "what was made is told: {made:?}");
    let taken = home.run_with(&["user", "create", "--email", "ADA@example.org", "--password-stdin"], PASSWORD).expect(4);
    assert!(taken.stderr.contains("email: There is a user"), "{taken:?}");
    let short = home.run_with(&["user", "create", "--email", "b@example.org", "--password-stdin"], "short").expect(4);
    assert!(short.stderr.contains("at least 10 characters") && !short.stderr.contains("\"short\""), "{short:?}");
    home.run(&["user", "create", "--email", "b@example.org"]).expect(2);
    let table = home.run(&["user", "list"]).expect(0);
    assert!(table.stdout.contains("ada@example.org") && table.stdout.contains("admin"), "{table:?}");
    let list = home.run(&["user", "list", "--json"]).expect(0);
    assert_eq!(list.json()["items"][0]["name"], "Ada");
    assert!(!list.stdout.contains("argon2"), "{list:?}");
}

#[test]
fn an_api_key_is_printed_once_alone_and_stored_nowhere() {
    let home = Home::new();
    let made = home.run(&["api-key", "create", "--name", "import", "--scopes", "posts:read, media:read", "--expires", "90d"]).expect(0);
    let key = made.stdout.strip_suffix('\n').unwrap();
    assert!(key.starts_with("pm3k_") && key.len() > 30 && !key.contains(char::is_whitespace), "{key}");
    assert!(!made.stderr.contains(key));
    assert!(!holds(&everything_in(&home.data_dir()), key));
    let list = home.run(&["api-key", "list", "--json"]).expect(0);
    assert!(!list.stdout.contains(key));
    assert_eq!(list.json()["items"][0]["scopes"], serde_json::json!(["posts:read", "media:read"]));
    assert!(!home.run(&["api-key", "list"]).expect(0).stdout.contains(key));

    home.run(&["api-key", "create", "--name", "x", "--scopes", "everything"]).expect(4);
    home.run(&["api-key", "create", "--name", "x", "--expires", "2020-01-01"]).expect(4);
    home.run(&["api-key", "create", "--name", "x", "--expires", "soon"]).expect(2);
    home.run(&["api-key", "create", "--name", "x", "--workspace", "ws_9"]).expect(3);
    home.run(&["api-key", "revoke", "key_1"]).expect(0);
    assert!(home.run(&["api-key", "list"]).expect(0).stdout.contains("revoked"));
}

#[test]
fn the_doctor_finds_what_is_wrong_and_changes_nothing() {
    let (house, home) = connected();
    let data = house.dir.path();
    let names = || {
        let mut names: Vec<_> = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let found = |status: i32| home.run(&["doctor", "--json"]).expect(status).json();
    let says = |report: &Value, level: &str, about: &str, text: &str| {
        let hit = |f: &Value| {
            f["level"] == level && f["about"] == about && f["message"].as_str().unwrap().contains(text) && (level != "serious" || f["remedy"].is_string())
        };
        assert!(report["findings"].as_array().unwrap().iter().any(hit), "{level} {about} {text}: {report:#}");
    };

    let well = found(0);
    assert_eq!(well["serious"], 0);
    says(&well, "ok", "database", "schema");
    says(&well, "ok", "accounts", "@bakery");
    says(&well, "ok", "key", "opens the stored access");
    assert_eq!(names(), before);

    let key = data.join("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    says(&found(1), "serious", "key", "can be read by other users");
    let text = home.run(&["doctor"]).expect(1);
    assert!(text.stdout.contains(&format!("→ chmod 600 {}", key.display())), "{text:?}");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    let right = fs::read_to_string(&key).unwrap();
    fs::write(&key, "0".repeat(64)).unwrap();
    says(&found(1), "serious", "key", "does not open the stored access of acct_1, acct_2");
    fs::remove_file(&key).unwrap();
    says(&found(1), "serious", "key", "is gone");
    assert!(!key.exists(), "a doctor makes no keys");
    fs::write(&key, right).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();

    let database = data.join("pm3k.db");
    let whole = fs::read(&database).unwrap();
    let mut damaged = whole.clone();
    damaged[8192..8192 + 4096 * 3].fill(0x55);
    fs::write(&database, &damaged).unwrap();
    says(&found(1), "serious", "database", "");
    fs::write(&database, b"not a database at all, but long enough to be looked at as one. ".repeat(40)).unwrap();
    says(&found(1), "serious", "database", "");
    fs::write(&database, &whole).unwrap();
    found(0);

    home.write_config("[server]\nlisten = 1");
    says(&found(1), "serious", "configuration", "config.toml:2: server.listen");
}

/// A running server, ended with the test.
struct Serving {
    child: Child,
    said: BufReader<std::process::ChildStdout>,
}

impl Serving {
    /// Starts it and waits for its word.
    fn start(home: &Home, args: &[&str]) -> (Serving, Value) {
        let mut child = home.command(&[&["serve", "--json"][..], args].concat()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        while !text.ends_with("\n}\n") {
            assert!(said.read_line(&mut text).unwrap() > 0, "it ended before it answered: {text}");
        }
        let json = serde_json::from_str(&text).unwrap();
        (Serving { child, said }, json)
    }

    /// Asks it to stop; its status, what else it said on stdout, and its stderr.
    fn stop(mut self, signal: &str) -> (Option<i32>, String, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let (mut rest, mut stderr) = (String::new(), String::new());
        self.said.read_to_string(&mut rest).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), rest, stderr)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: &Value, path: &str) -> String {
    let mut stream = TcpStream::connect(address.as_str().unwrap()).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn serve_needs_nothing_tells_the_way_in_and_stops_in_peace() {
    let home = Home::with(&[
        ("PM3K_SERVER__LISTEN", "127.0.0.1:0"),
        ("PM3K_TIKTOK__CLIENT_KEY", "key"),
        ("PM3K_TIKTOK__CLIENT_SECRET", "very-secret-word"),
        ("PM3K_LOG", "trace"),
    ]);
    let (server, said) = Serving::start(&home, &[]);
    let setup = said["setup_url"].as_str().unwrap().to_owned();
    let token = setup.split("token=").nth(1).unwrap().to_owned();
    assert!(setup.starts_with("http://localhost:8080/setup?token="), "{setup}");
    let page = get(&said["address"], &format!("/setup?token={token}"));
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");

    let second = home.run(&["serve"]).expect(1);
    assert!(second.stderr.contains("another server is running on this data folder"), "{second:?}");
    home.run_with(&["user", "create", "--email", "ada@example.org", "--admin", "--password-stdin"], PASSWORD).expect(0);
    let busy = home.run(&["doctor"]).expect(0);
    assert!(busy.stdout.contains("one is running on this data folder"), "{busy:?}");

    let (status, rest, log) = server.stop("-TERM");
    assert_eq!((status, rest.as_str()), (Some(0), ""), "{log}");
    assert!(log.contains("made the data folder") && log.contains(&setup) && log.contains("stopping"), "{log}");
    let log = log.replace(&setup, "");
    for secret in [token.as_str(), "very-secret-word", PASSWORD] {
        assert!(!log.contains(secret), "{log}");
    }

    let (server, said) = Serving::start(&home, &["--quiet"]);
    assert_eq!(said["setup_url"], Value::Null);
    let (status, _, log) = server.stop("-INT");
    assert_eq!(status, Some(0), "{log}");
}

#[test]
fn the_log_says_nothing_of_what_libraries_tell_while_debugging() {
    let (house, home) = connected();
    let home = Home { env: vec![("PM3K_LOG".to_owned(), "trace".to_owned())], ..home };
    let ran = home.run(&["doctor", "--online"]);
    assert!(!house.simulator.calls().is_empty() || ran.stdout.contains("TikTok answers"), "{ran:?}");
    for library in ["ureq", "rustls", "rusqlite", "poem"] {
        assert!(!ran.stderr.contains(library), "{ran:?}");
    }
}

#[test]
fn completions_are_scripts_of_their_shell() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.run(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("api-key"), "{shell}");
    }
    let script = home.dir.path().join("pm3k.bash");
    fs::write(&script, home.run(&["completions", "bash"]).stdout).unwrap();
    assert!(Command::new("bash").arg("-n").arg(&script).status().unwrap().success());
}
