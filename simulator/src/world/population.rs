//! Who lives in the world: the default people, and those that a test adds.
//!
//! Always true: the default ones have the same ids in every run.

use super::{World, facebook, instagram, tiktok};

impl World {
    /// A creator, a person with two Pages (one with an Instagram account), and an Instagram account without a Page.
    pub fn populate(&mut self) {
        self.new_creator("-000SimCreatorOpenId000000000000000001", "sim.creator", "Sim Creator");
        let person = self.new_person("122100000000001", "Sim Person");
        let first = self.new_page("101000000000001", &person, "Sim Bakery", "sim.bakery");
        self.new_page("101000000000002", &person, "Sim Cinema", "sim.cinema");
        self.new_instagram("17841400000000001", "sim.bakery.photos", "Sim Bakery Photos", Some(&first));
        self.new_instagram("17841400000000002", "sim.traveller", "Sim Traveller", None);
    }

    pub fn new_creator(&mut self, open_id: &str, username: &str, nickname: &str) -> String {
        let serial = self.next();
        let creator = tiktok::Creator::new(open_id, format!("sim-union-{serial:012}"), username, nickname);
        self.tiktok.creators.insert(open_id.to_owned(), creator);
        open_id.to_owned()
    }

    pub fn new_person(&mut self, id: &str, name: &str) -> String {
        let person = facebook::Person { id: id.to_owned(), name: name.to_owned(), pages: Vec::new(), grant: None };
        self.facebook.people.insert(id.to_owned(), person);
        id.to_owned()
    }

    pub fn new_page(&mut self, id: &str, person: &str, name: &str, username: &str) -> String {
        let tasks = ["ANALYZE", "ADVERTISE", "MODERATE", "CREATE_CONTENT", "MANAGE"];
        let page = facebook::Page {
            id: id.to_owned(),
            name: name.to_owned(),
            username: username.to_owned(),
            tasks: tasks.map(str::to_owned).to_vec(),
            instagram: None,
        };
        self.facebook.pages.insert(id.to_owned(), page);
        if let Some(person) = self.facebook.people.get_mut(person) {
            person.pages.push(id.to_owned());
        }
        id.to_owned()
    }

    pub fn new_instagram(&mut self, id: &str, username: &str, name: &str, page: Option<&str>) -> String {
        let app_scoped = self.id(26_000_000_000_000_000);
        let account = instagram::Account {
            id: id.to_owned(),
            app_scoped,
            username: username.to_owned(),
            name: name.to_owned(),
            account_type: "Business",
            page: page.map(str::to_owned),
            gates: instagram::Gates::default(),
        };
        self.instagram.accounts.insert(id.to_owned(), account);
        if let Some(page) = page.and_then(|page| self.facebook.pages.get_mut(page)) {
            page.instagram = Some(id.to_owned());
        }
        id.to_owned()
    }
}
