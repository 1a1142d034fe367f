//! The configuration's loader: what is wrong is told, all of it, with its place; what is right is taken in the right order.

use std::fs;
use std::path::PathBuf;

use chrono::TimeDelta;
use pm3k::config::keys::{self, KEYS};
use pm3k::config::{self, Config, FlagValue, Sources, example};

/// Loads a file of this text with these variables.
fn load(toml: &str, env: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    fs::write(&path, toml).unwrap();
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let sources = Sources { file: Some(path), env, flags: vec![data_dir_flag("/var/lib/pm3k")], ..Sources::default() };
    config::load(&sources).map_err(|problems| {
        let folder = format!("{}/", dir.path().display());
        problems.iter().map(|problem| problem.to_string().replace(&folder, "")).collect()
    })
}

fn data_dir_flag(dir: &str) -> FlagValue {
    FlagValue { key: "data_dir", flag: "--data-dir", text: dir.to_owned() }
}

fn problems(toml: &str, env: &[(&str, &str)]) -> Vec<String> {
    load(toml, env).unwrap_err()
}

#[test]
fn nothing_at_all_is_a_configuration() {
    let config = load("", &[]).unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url, "http://localhost:8080");
    assert_eq!(config.tiktok.scopes, ["user.info.basic", "video.upload", "video.publish"]);
    assert_eq!(config.publisher.stage_ahead, TimeDelta::minutes(45));
    assert_eq!(config.media.max_upload, 4 << 30);
    assert_eq!(config.retention.posts, TimeDelta::days(365));
    assert_eq!(config.data_dir, PathBuf::from("/var/lib/pm3k"));
    assert!(!config.tiktok.is_on() && !config.facebook.is_on() && !config.instagram.is_on());
    assert_eq!(format!("{config:?}"), format!("{:?}", Config::defaults("/var/lib/pm3k".as_ref())));
}

#[test]
fn each_value_that_is_wrong_is_told_with_its_line() {
    let table = [
        ("[server]\nlisten = \"localhost:8080\"", "config.toml:2: server.listen: \"localhost:8080\" must be an IP address and a port"),
        ("[server]\npublic_url = \"example.org\"", "config.toml:2: server.public_url: \"example.org\" is not an address"),
        ("[server]\npublic_url = \"https://example.org/pm3k\"", "must end after the host"),
        ("[server]\npublic_url = \"https://example.org/?a=1\"", "must have no query"),
        ("[server]\npublic_url = \"https:example.org\"", "must begin with https://"),
        ("[server]\npublic_url = \"ftp://example.org\"", "must begin with https://"),
        ("[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"lan\"]", "server.trusted_proxies: \"lan\" is not a network"),
        ("[server]\ntrusted_proxies = \"10.0.0.0/8\"", "must be a list"),
        ("[server]\ntls = \"acme\"", "server.tls: \"acme\" is not in this version yet"),
        ("[server]\ntls = \"on\"", "must be \"off\""),
        ("[operator]\ncontact_email = \"nobody\"", "is not an e-mail address"),
        ("[tiktok]\nscopes = [\"video.create\"]", "direct posts need \"video.publish\""),
        ("[tiktok]\nscopes = []", "must name at least one scope"),
        ("[tiktok]\nscopes = [1]", "must be a list of texts in quotes"),
        ("[tiktok]\naudited = \"yes\"", "tiktok.audited: must be true or false, without quotes"),
        ("[tiktok]\nclient_key = \"a b\"\nclient_secret = \"s\"", "must not contain spaces"),
        ("[tiktok]\nclient_key = \"key\"", "config.toml:2: tiktok.client_key: is set, but tiktok.client_secret is empty"),
        ("[facebook]\napp_id = \"1\"", "facebook.app_secret is empty"),
        ("[instagram]\napp_id = \"1\"", "instagram.app_secret is empty"),
        ("[tiktok]\napi_url = \"http://open.tiktokapis.com\"", "plain http is accepted for this machine only"),
        ("[tiktok]\nauthorize_url = \"http://localhost.example.org/\"", "plain http is accepted for this machine only"),
        ("[facebook]\ngraph_url = \"https://user:word@graph.facebook.com\"", "facebook.graph_url: must not hold a user name"),
        ("[facebook]\ngraph_url = \"https://graph.facebook.com#a\"", "no fragment"),
        ("[tiktok]\nupload_hosts = [\"https://tiktokapis.com\"]", "is not a host name"),
        ("[facebook]\ngraph_version = \"26\"", "must be a version like \"v26.0\""),
        ("[facebook]\ngraph_version = \"v20.0\"", "the oldest version that works is \"v21.0\""),
        ("[publisher]\nworkers = 0", "must be a whole number from 1 to 256"),
        ("[publisher]\nworkers = 257", "must be a whole number from 1 to 256"),
        ("[publisher]\nworkers = \"16\"", "must be a whole number, without quotes"),
        ("[publisher]\nstage_ahead = \"13h\"", "must be at most 12h"),
        ("[publisher]\nstage_ahead = 45", "must be a length of time in quotes"),
        ("[publisher]\nlate_within = \"soon\"", "\"soon\" is not a length of time"),
        ("[media]\nquota = \"much\"", "\"much\" is not a size"),
        ("[media]\nquota = \"50\"", "\"50\" is not a size"),
        ("[media]\nquota = \"-1GiB\"", "is not a size"),
        ("[media]\nquota = \"99999999999TiB\"", ""),
        ("data_dir = \"~/pm3k\"", "config.toml:1: data_dir: \"~/pm3k\": the sign ~ is not understood here"),
        ("[server]\nlisten.port = 1", "server.listen: must be a text in quotes"),
        ("server = 1", "config.toml:1: server: is a section; it is written [server]"),
        ("[[server]]", "server: is a section"),
        ("\n\n[server]\nlisten = ", "config.toml:4: this is not TOML"),
    ];
    for (toml, expected) in table {
        let found = problems(toml, &[]);
        assert!(found.len() == 1 && found[0].contains(expected), "{toml}\n  {found:#?}\n  should say: {expected}");
    }
}

#[test]
fn unknown_keys_are_told_with_what_was_probably_meant() {
    let toml = "lisen = 1\n[server]\nlisen = 2\ndata_dir = \"x\"\nqwertyuiop = 3\n[tiktoc]\nclient_key = \"x\"\n[zzzzzz]\n[smtp]\nhost = \"x\"\n";
    assert_eq!(
        problems(toml, &[]),
        [
            "config.toml:1: lisen: there is no such key; did you mean server.listen?",
            "config.toml:3: server.lisen: there is no such key; did you mean server.listen?",
            "config.toml:4: server.data_dir: there is no such key; did you mean data_dir?",
            "config.toml:5: server.qwertyuiop: there is no such key",
            "config.toml:6: tiktoc: there is no such section; did you mean tiktok?",
            "config.toml:8: zzzzzz: there is no such section",
            "config.toml:10: smtp.host: there is no such key",
        ]
    );
}

#[test]
fn everything_wrong_is_told_at_once_whatever_it_came_from() {
    let found = problems(
        "[server]\nlisten = \"x\"\ntls = \"acme\"\n[publisher]\nworkers = 0\n",
        &[("PM3K_MEDIA__QUOTA", "lots"), ("PM3K_SERVER__LISTEN", "y"), ("PM3K_SERVER__LISEN", "z")],
    );
    let starts: Vec<&str> = found.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        starts,
        [
            "config.toml:2",
            "config.toml:3",
            "config.toml:5",
            "environment variable PM3K_SERVER__LISEN",
            "environment variable PM3K_SERVER__LISTEN",
            "environment variable PM3K_MEDIA__QUOTA",
        ]
    );
}

#[test]
fn the_environment_goes_before_the_file_and_flags_before_the_environment() {
    let toml = "data_dir = \"/from/file\"\n[server]\nlisten = \"127.0.0.1:1\"\npublic_url = \"https://file.example.org/\"\n";
    let env = [("PM3K_SERVER__LISTEN", "127.0.0.1:2"), ("PM3K_DATA_DIR", "/from/env"), ("PM3K_TIKTOK__SCOPES", " a.b, c.d,"), ("PM3K_TIKTOK__AUDITED", "true")];
    let config = load(toml, &env).unwrap();
    assert_eq!(config.server.listen.port(), 2);
    assert_eq!(config.server.public_url, "https://file.example.org", "slashes at the end are cut");
    assert_eq!(config.tiktok.scopes, ["a.b", "c.d"]);
    assert!(config.tiktok.audited);
    assert_eq!(config.data_dir, PathBuf::from("/var/lib/pm3k"), "the flag wins");
}

#[test]
fn every_key_has_a_variable_that_sets_it() {
    for key in KEYS {
        assert!(key.variable().starts_with("PM3K_") && key.variable().ends_with(&key.name().to_uppercase()), "{}", key.path);
        let env = [(key.variable(), key.default.to_owned())];
        let settings = config::read(&Sources { env: env.to_vec(), ..Sources::default() }).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(settings.setting(key.path).unwrap().origin.to_string(), format!("environment variable {}", key.variable()));
    }
}

#[test]
fn secrets_are_read_from_files_and_never_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    fs::write(&path, "open-sesame\n").unwrap();
    let path = path.to_str().unwrap();
    let config = load("", &[("PM3K_TIKTOK__CLIENT_KEY", "key"), ("PM3K_TIKTOK__CLIENT_SECRET_FILE", path)]).unwrap();
    assert_eq!(config.tiktok.client_secret.expose(), "open-sesame");
    assert!(!format!("{config:?}").contains("sesame"));

    let both = problems("", &[("PM3K_TIKTOK__CLIENT_SECRET", "x"), ("PM3K_TIKTOK__CLIENT_SECRET_FILE", path)]);
    assert_eq!(
        both,
        ["environment variable PM3K_TIKTOK__CLIENT_SECRET: tiktok.client_secret: PM3K_TIKTOK__CLIENT_SECRET_FILE is set too; set only one of them"]
    );
    let gone = problems("", &[("PM3K_FACEBOOK__APP_SECRET_FILE", "/nowhere/secret")]);
    assert!(gone[0].starts_with("/nowhere/secret (named by PM3K_FACEBOOK__APP_SECRET_FILE): facebook.app_secret: cannot be read"), "{gone:?}");
    let no_secret = problems("", &[("PM3K_SERVER__LISTEN_FILE", "/nowhere")]);
    assert_eq!(no_secret, ["environment variable PM3K_SERVER__LISTEN_FILE: only secrets are read from files; set PM3K_SERVER__LISTEN"]);

    for wrong in ["[tiktok]\nclient_secret = \"open sesame\"", "[tiktok]\nclient_secret = \"open-sesame", "[tiktok]\nclient_secret = [\"open-sesame\"]"] {
        let found = problems(wrong, &[]);
        assert!(!found.concat().contains("sesame"), "{found:?}");
    }
}

#[test]
fn only_variables_that_can_be_nothing_but_misspelt_keys_are_refused() {
    let others = [
        ("PM3K_KEY", "x"),
        ("PM3K_LOG", "debug"),
        ("PM3K_PORT", "tcp://10.0.0.1:80"),
        ("PM3K_SERVICE_HOST", "10.0.0.1"),
        ("PM3K_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("PM3K_VERSION", "1"),
    ];
    assert!(load("", &others).is_ok());
    let table = [
        ("PM3K_SERVER__LISEN", "; did you mean PM3K_SERVER__LISTEN?"),
        ("PM3K_SERVER_LISTEN", "; did you mean PM3K_SERVER__LISTEN?"),
        ("PM3K_DATADIR", "; did you mean PM3K_DATA_DIR?"),
        ("PM3K_TIKTOK__CLIENT_SECRET_FIL", "; did you mean PM3K_TIKTOK__CLIENT_SECRET_FILE?"),
        ("PM3K_QQQ__ZZZ", ""),
    ];
    for (name, meant) in table {
        assert_eq!(problems("", &[(name, "x")]), [format!("environment variable {name}: there is no such key{meant}")]);
    }
}

#[test]
fn a_named_file_must_be_there_and_the_usual_one_need_not() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("none.toml");
    let flags = vec![data_dir_flag("/x")];
    assert!(config::load(&Sources { usual_file: Some(missing.clone()), flags: flags.clone(), ..Sources::default() }).is_ok());
    let env = vec![("PM3K_CONFIG".to_owned(), missing.to_str().unwrap().to_owned())];
    for sources in [
        Sources { file: Some(missing.clone()), flags: flags.clone(), ..Sources::default() },
        Sources { env, usual_file: Some(dir.path().join("other.toml")), flags: flags.clone(), ..Sources::default() },
    ] {
        let found = config::load(&sources).unwrap_err();
        assert_eq!(found[0].to_string(), format!("{}: there is no such file; `pm3k init` makes one, `pm3k config example` prints one", missing.display()));
    }
    let folder = config::load(&Sources { file: Some(dir.path().to_owned()), flags, ..Sources::default() }).unwrap_err();
    assert!(folder[0].to_string().contains("cannot be read"), "{folder:?}");
}

#[test]
fn the_example_shows_every_key_with_its_default() {
    let committed = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml")).unwrap();
    assert_eq!(committed, example::example(), "run: pm3k config example > config.example.toml");
    assert_eq!(format!("{:?}", load(&committed, &[]).unwrap()), format!("{:?}", load("", &[]).unwrap()));
    let table: toml::Table = committed.parse().unwrap();
    for key in KEYS {
        let place = if key.section().is_empty() { &table } else { table[key.section()].as_table().unwrap() };
        assert!(place.contains_key(key.name()), "{}", key.path);
    }
    assert!(table["smtp"].as_table().unwrap().is_empty());
    assert!(keys::find("smtp").is_none());
}
