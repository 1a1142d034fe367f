//! Reading the environment. Docker and Kubernetes put variables of their own beside ours (`PM3K_PORT`, `PM3K_SERVICE_HOST`), so an unknown name is
//! a problem only where it can hardly be anything but a misspelt key.

use std::path::PathBuf;

use super::file;
use super::keys::KEYS;
use super::load::Given;
use super::source::{Origin, Problem};
use super::suggest;

/// Names that are no keys: the configuration file, the installation's key, the log's filter.
const OTHERS: &[&str] = &["PM3K_CONFIG", "PM3K_KEY", "PM3K_LOG"];

/// What the variables give, and what is wrong with their names.
pub(super) fn read(env: &[(String, String)], problems: &mut Vec<Problem>) -> Vec<Given> {
    let value = |wanted: &str| env.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let mut given = Vec::new();
    for key in KEYS {
        let variable = key.variable();
        let named_file = if key.is_secret() { value(&format!("{variable}_FILE")) } else { None };
        match (value(&variable), named_file) {
            (Some(_), Some(_)) => {
                let message = format!("{variable}_FILE is set too; set only one of them");
                problems.push(Problem::new(key.path, Origin::Variable(variable), message));
            }
            (Some(text), None) => given.push(Given { key, raw: key.of.raw(text), origin: Origin::Variable(variable) }),
            (None, Some(path)) => {
                let origin = Origin::SecretFile { variable: format!("{variable}_FILE"), path: PathBuf::from(path) };
                match file::read_text(&PathBuf::from(path)) {
                    Ok(text) => given.push(Given { key, raw: key.of.raw(text.trim()), origin }),
                    Err(e) => problems.push(Problem::new(key.path, origin, format!("cannot be read: {e}"))),
                }
            }
            (None, None) => {}
        }
    }
    problems.extend(env.iter().filter_map(|(name, _)| unknown(name)));
    given
}

fn unknown(name: &str) -> Option<Problem> {
    let rest = name.strip_prefix("PM3K_")?;
    let known: Vec<String> =
        KEYS.iter().flat_map(|key| [Some(key.variable()), key.is_secret().then(|| format!("{}_FILE", key.variable()))]).flatten().collect();
    if OTHERS.contains(&name) || known.iter().any(|known| known == name) {
        return None;
    }
    let origin = Origin::Variable(name.to_owned());
    if let Some(known) = name.strip_suffix("_FILE").filter(|bare| known.iter().any(|known| known == bare)) {
        return Some(Problem::of(origin, format!("only secrets are read from files; set {known}")));
    }
    let meant = suggest::nearest(rest, known.iter().filter_map(|known| known.strip_prefix("PM3K_")));
    let surely_ours = rest.contains("__") || meant.is_some_and(|meant| strsim::damerau_levenshtein(rest, meant) <= 2);
    surely_ours.then(|| Problem::of(origin, suggest::sentence("there is no such key", meant.map(|meant| format!("PM3K_{meant}")).as_deref())))
}
