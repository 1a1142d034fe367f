//! What tests can do to Pages and to the access to them, as people and Facebook would.
//!
//! Always true: each of these is something that happens on the platform without the client's doing; nothing here answers a call.

use crate::{
    calls::Call,
    graph::callback::{self, Signing},
    running::{InstagramLogin, Simulator},
    world::{
        facebook::{Author, Post},
        token::Kind,
        visible::VisiblePost,
    },
};

impl Simulator {
    /// The calls of this name so far.
    pub fn calls_of(&self, name: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.name == name).collect()
    }

    /// What can be seen of one account now, oldest first.
    pub fn posts_of(&self, account_id: &str) -> Vec<VisiblePost> {
        self.posts().into_iter().filter(|post| post.account_id == account_id).collect()
    }

    /// The tokens of a Page, or of an Instagram account, die with this subcode of 190: 458, 459, 460, 463, 464, 467, 490. With those of a
    /// Page the person's own one dies too, except for 492: there the person lost the role on this Page alone.
    pub fn end_access(&self, remote_id: &str, subcode: u32) {
        self.shared.world().end_access(remote_id, subcode);
    }

    /// The person takes one permission back from the app.
    pub fn withdraw_scope(&self, remote_id: &str, scope: &str) {
        let mut world = self.shared.world();
        for person in world.people_behind(remote_id) {
            if let Some(grant) = world.facebook.people.get_mut(&person).and_then(|person| person.grant.as_mut())
                && grant.scopes.remove(scope)
            {
                grant.declined.insert(scope.to_owned());
            }
        }
        for token in world.tokens.values_mut().filter(|token| token.kind == Kind::Instagram && token.account == remote_id) {
            token.scopes.retain(|given| given != scope);
        }
    }

    /// The person unticks one Page: calls for it answer 10.
    pub fn withdraw_page(&self, page: &str) {
        let mut world = self.shared.world();
        for person in world.people_behind(page) {
            if let Some(grant) = world.facebook.people.get_mut(&person).and_then(|person| person.grant.as_mut()) {
                grant.pages.remove(page);
            }
        }
    }

    /// What the person may do on a Page: of ANALYZE, ADVERTISE, MODERATE, CREATE_CONTENT and MANAGE.
    pub fn set_tasks(&self, page: &str, tasks: &[&str]) {
        if let Some(page) = self.shared.world().facebook.pages.get_mut(page) {
            page.tasks = tasks.iter().map(|task| (*task).to_owned()).collect();
        }
    }

    /// A post that another app made on the Page. Its id.
    pub fn add_foreign_post(&self, page: &str, message: &str) -> String {
        self.add_post(page, message, Author::OtherApp)
    }

    /// A post that a visitor left on the Page. Its id.
    pub fn add_visitor_post(&self, page: &str, visitor: &str, message: &str) -> String {
        self.add_post(page, message, Author::Visitor(visitor.to_owned()))
    }

    fn add_post(&self, page: &str, message: &str, author: Author) -> String {
        let now = self.shared.clock.now();
        let mut world = self.shared.world();
        let id = format!("{page}_{}", world.id(122_400_000_000_000));
        let post = Post {
            id: id.clone(),
            page: page.to_owned(),
            message: message.to_owned(),
            link: None,
            photos: Vec::new(),
            created: now,
            live: Some(now),
            author,
            hidden: false,
            pinned: false,
            on_timeline: true,
        };
        world.facebook.posts.insert(id.clone(), post);
        id
    }

    /// A comment that a visitor leaves under a post or video of a Page.
    pub fn add_visitor_comment(&self, object: &str, visitor: &str, message: &str) {
        let now = self.shared.clock.now();
        self.shared.world().comment(object, visitor.to_owned(), true, message.to_owned(), now);
    }

    /// The person removes the app: all tokens die with 458. The callback is sent by `call_back`.
    pub fn remove_app(&self, login: InstagramLogin, user_id: &str) {
        let mut world = self.shared.world();
        match login {
            InstagramLogin::Facebook => {
                if let Some(person) = world.facebook.people.get_mut(user_id) {
                    person.grant = None;
                }
                world.end_person(user_id, 458);
            }
            InstagramLogin::Instagram => {
                let account = world.instagram.accounts.values().find(|account| account.app_scoped == user_id).map(|account| account.id.clone());
                for token in world.tokens.values_mut().filter(|token| token.kind == Kind::Instagram && Some(&token.account) == account.as_ref()) {
                    token.dead.get_or_insert(458);
                }
            }
        }
    }

    /// The `signed_request` of a deauthorize or data deletion callback for this app-scoped user id.
    pub fn signed_request(&self, login: InstagramLogin, user_id: &str, signing: Signing) -> String {
        callback::signed_request(login, user_id, signing, self.shared.clock.now())
    }

    /// Sends a `signed_request` to an address of this machine: status and body of the answer.
    pub fn call_back(&self, url: &str, signed_request: &str) -> std::io::Result<(u16, String)> {
        callback::send(&self.shared.agent, url, signed_request)
    }
}
