//! A carousel: a container for each file, one after another, and then one for the whole.
//!
//! Invariants: a child's container is stored before the next is made, and is used as long as it lives: it is not made again when another child or
//! the whole has to be. The whole is made when all children are finished, and counts as old as the oldest of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::container::Made;
use super::wire::Condition;
use super::{Instagram, NOT_SEEN, Progress, STAGED_FOR, options, watch};
use crate::platform::{PlatformError, Step, Work};
use crate::secret::{Secret, seal_field};

/// One file of a carousel on its way.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Child {
    pub state: ChildState,
    /// How often its container failed and another one was made.
    #[serde(default)]
    pub remakes: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum ChildState {
    #[default]
    Missing,
    /// It waits for its bytes.
    Upload {
        container: String,
        #[serde(serialize_with = "seal_field")]
        upload_url: Secret,
        since: DateTime<Utc>,
    },
    Processing {
        container: String,
        since: DateTime<Utc>,
    },
    Finished {
        container: String,
        since: DateTime<Utc>,
    },
}

/// What a carousel needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Bytes(usize),
    Container(usize),
    Patience(usize),
    Whole,
}

/// A child gets its bytes before the next is made; all of them are processed side by side.
pub fn need(children: &[Child]) -> Need {
    let first = |wanted: fn(&ChildState) -> bool| children.iter().position(|child| wanted(&child.state));
    first(|state| matches!(state, ChildState::Upload { .. }))
        .map(Need::Bytes)
        .or_else(|| first(|state| matches!(state, ChildState::Missing)).map(Need::Container))
        .or_else(|| first(|state| matches!(state, ChildState::Processing { .. })).map(Need::Patience))
        .unwrap_or(Need::Whole)
}

impl Instagram {
    pub(super) fn carousel(&self, work: &Work<'_>, mut children: Vec<Child>, looks: u32, remakes: u32) -> Result<Step<Progress>, PlatformError> {
        if children.len() != work.content.media.len() {
            return Err(PlatformError::bug("the carousel's files are not the ones that were begun with"));
        }
        let done = match need(&children) {
            Need::Whole => return self.whole(work, children, remakes),
            Need::Patience(index) => return self.await_child(work, children, index, looks, remakes),
            Need::Container(index) => (index, self.child_container(work, index)),
            Need::Bytes(index) => (index, self.child_bytes(work, &children, index)),
        };
        match done {
            (index, Ok(state)) => {
                if let Some(child) = children.get_mut(index) {
                    child.state = state;
                }
                Ok(Step::Next(Progress::Carousel { children, looks: 0, remakes }))
            }
            (index, Err(error)) => fail_child(work, children, index, remakes, error),
        }
    }

    fn child_container(&self, work: &Work<'_>, index: usize) -> Result<ChildState, PlatformError> {
        let video = work.content.media.get(index).is_some_and(|item| item.is_video);
        let mut fields = vec![("is_carousel_item", "true".to_owned())];
        fields.extend(video.then(|| ("media_type", "VIDEO".to_owned())));
        Ok(match self.make_for_file(work, index, fields)? {
            Made { id: container, upload_url: Some(upload_url) } => ChildState::Upload { container, upload_url, since: work.now },
            Made { id: container, upload_url: None } => ChildState::Processing { container, since: work.now },
        })
    }

    fn child_bytes(&self, work: &Work<'_>, children: &[Child], index: usize) -> Result<ChildState, PlatformError> {
        match children.get(index).map(|child| &child.state) {
            Some(ChildState::Upload { container, upload_url, since }) => {
                self.fill(work, index, container, upload_url)?;
                Ok(ChildState::Processing { container: container.clone(), since: *since })
            }
            _ => Err(PlatformError::bug("bytes for a file that waits for none")),
        }
    }

    /// Looks at the first child that is not finished; the others have their turn when it is.
    fn await_child(&self, work: &Work<'_>, mut children: Vec<Child>, index: usize, looks: u32, remakes: u32) -> Result<Step<Progress>, PlatformError> {
        let Some(child) = children.get_mut(index) else { return Err(PlatformError::bug("a look at a file that is not there")) };
        let ChildState::Processing { container, since } = &child.state else { return Err(PlatformError::bug("a look at a file that needs none")) };
        let failure = match self.condition(work, container) {
            Ok(Condition::Finished | Condition::Published) => {
                child.state = ChildState::Finished { container: container.clone(), since: *since };
                return Ok(Step::Next(Progress::Carousel { children, looks: 0, remakes }));
            }
            Ok(Condition::InProgress) if work.now - *since < STAGED_FOR => None,
            Ok(Condition::InProgress | Condition::Expired) => Some(watch::expired()),
            Ok(Condition::Failed(sub, text)) => Some(watch::failed(work, sub, &text)),
            Err(error) if error.code == NOT_SEEN && looks < watch::MAX_UNSEEN => None,
            Err(error) if error.code == NOT_SEEN => Some(error.start_over()),
            Err(error) => return Err(error),
        };
        match failure {
            Some(error) => fail_child(work, children, index, remakes, error),
            None => {
                let next = self.next_look(work, looks)?;
                Ok(Step::Wait(Progress::Carousel { children, looks: looks + 1, remakes }, next))
            }
        }
    }

    /// The container of the whole, once none of its children is too old to be published with it.
    fn whole(&self, work: &Work<'_>, mut children: Vec<Child>, remakes: u32) -> Result<Step<Progress>, PlatformError> {
        for child in &mut children {
            if !matches!(&child.state, ChildState::Finished { since, .. } if work.now - *since < STAGED_FOR) {
                child.state = ChildState::Missing;
            }
        }
        if need(&children) != Need::Whole {
            return Ok(Step::Next(Progress::Carousel { children, looks: 0, remakes }));
        }
        let mut containers = Vec::new();
        let mut oldest = work.now;
        for child in &children {
            if let ChildState::Finished { container, since } = &child.state {
                containers.push(container.as_str());
                oldest = oldest.min(*since);
            }
        }
        let mut fields = vec![("media_type", "CAROUSEL".to_owned()), ("children", containers.join(","))];
        fields.extend(options::of_post(work.content));
        match self.make(work, &fields) {
            Ok(made) => Ok(Step::Next(Progress::Processing { container: made.id.into_string(), looks: 0, since: oldest, remakes, children })),
            Err(error) => {
                let at = watch::another(error, remakes, work.now)?;
                Ok(Step::Wait(Progress::Carousel { children, looks: 0, remakes: remakes + 1 }, at))
            }
        }
    }
}

/// Gives up one child's container, if another one may do better.
fn fail_child(work: &Work<'_>, mut children: Vec<Child>, index: usize, remakes: u32, error: PlatformError) -> Result<Step<Progress>, PlatformError> {
    let Some(child) = children.get_mut(index) else { return Err(error) };
    let at = watch::another(of_file(error, index), child.remakes, work.now)?;
    *child = Child { state: ChildState::Missing, remakes: child.remakes + 1 };
    Ok(Step::Wait(Progress::Carousel { children, looks: 0, remakes }, at))
}

/// Which of the files an error is about.
fn of_file(mut error: PlatformError, index: usize) -> PlatformError {
    error.message = format!("File {} of the carousel: {}", index + 1, error.message);
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_gets_its_bytes_before_the_next_is_made_and_the_whole_comes_last() {
        let since = DateTime::UNIX_EPOCH;
        let container = || "1".to_owned();
        let missing = || ChildState::Missing;
        let upload = || ChildState::Upload { container: container(), upload_url: Secret::new("https://x"), since };
        let processing = || ChildState::Processing { container: container(), since };
        let finished = || ChildState::Finished { container: container(), since };
        for (states, expected) in [
            (vec![missing(), missing()], Need::Container(0)),
            (vec![upload(), missing()], Need::Bytes(0)),
            (vec![processing(), missing()], Need::Container(1)),
            (vec![processing(), upload()], Need::Bytes(1)),
            (vec![processing(), processing()], Need::Patience(0)),
            (vec![finished(), processing()], Need::Patience(1)),
            (vec![finished(), missing()], Need::Container(1)),
            (vec![finished(), finished()], Need::Whole),
        ] {
            let children: Vec<Child> = states.into_iter().map(|state| Child { state, remakes: 0 }).collect();
            assert_eq!(need(&children), expected, "{children:?}");
            let stored = serde_json::to_string(&children).unwrap();
            assert_eq!(serde_json::from_str::<Vec<Child>>(&stored).unwrap(), children);
        }
    }
}
