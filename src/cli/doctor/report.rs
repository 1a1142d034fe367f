//! Findings, and how they are shown.

use serde::Serialize;

use crate::cli::output::plain;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Ok,
    Note,
    Warning,
    Serious,
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Serious => "SERIOUS",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
pub struct Finding {
    pub level: Level,
    pub about: &'static str,
    pub message: String,
    pub remedy: Option<String>,
}

/// All findings, in the order of looking.
#[derive(Debug, Default)]
pub struct Report {
    pub findings: Vec<Finding>,
}

impl Report {
    pub fn fine(&mut self, about: &'static str, message: impl Into<String>) {
        self.findings.push(Finding { level: Level::Ok, about, message: message.into(), remedy: None });
    }

    pub fn note(&mut self, about: &'static str, message: impl Into<String>) {
        self.findings.push(Finding { level: Level::Note, about, message: message.into(), remedy: None });
    }

    pub fn warning(&mut self, about: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        self.findings.push(Finding { level: Level::Warning, about, message: message.into(), remedy: Some(remedy.into()) });
    }

    pub fn serious(&mut self, about: &'static str, message: impl Into<String>, remedy: impl Into<String>) {
        self.findings.push(Finding { level: Level::Serious, about, message: message.into(), remedy: Some(remedy.into()) });
    }

    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            text.push_str(&format!("{:8} {:16} {}\n", finding.level.word(), finding.about, plain(&finding.message)));
            if let Some(remedy) = &finding.remedy {
                text.push_str(&format!("{:25} → {}\n", "", plain(remedy)));
            }
        }
        let (serious, warnings) = (self.count(Level::Serious), self.count(Level::Warning));
        let end = match (serious, warnings) {
            (0, 0) => "All is well.".to_owned(),
            (0, warnings) => format!("Nothing serious; {warnings} to look at."),
            (serious, warnings) => format!("{serious} serious, {warnings} to look at."),
        };
        text.push_str(&format!("\n{end}\n"));
        text
    }
}
