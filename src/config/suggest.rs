//! "Did you mean …": the known name nearest to an unknown one.

/// The name that most resembles `wrong`, if one resembles it enough.
pub(super) fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names.map(|name| (likeness(wrong, name), name)).filter(|(likeness, _)| *likeness >= 0.75).max_by(|(a, _), (b, _)| a.total_cmp(b)).map(|(_, name)| name)
}

/// 1 for the same name. A key in the wrong section resembles its like elsewhere.
fn likeness(wrong: &str, name: &str) -> f64 {
    let last = |path: &str| path.rsplit('.').next().map(str::to_owned).unwrap_or_default();
    let whole = strsim::normalized_damerau_levenshtein(wrong, name);
    let moved = 0.9 * strsim::normalized_damerau_levenshtein(&last(wrong), &last(name));
    whole.max(moved)
}

/// `what`, with the name that was meant.
pub(super) fn sentence(what: &str, meant: Option<&str>) -> String {
    match meant {
        Some(meant) => format!("{what}; did you mean {meant}?"),
        None => what.to_owned(),
    }
}
