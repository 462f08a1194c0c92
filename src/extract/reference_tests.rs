//! Tests of names over time: renamed, deleted, unknown and never known, across a restart. Edge.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::progress::SourceSnapshot;
use super::task::SourceTask;
use super::task_tests::run_until_complete;
use crate::config::secret::Secret;
use crate::config::typed::SourceConfig;
use crate::domain::media::Dialect;
use crate::domain::reference::{Kind, Reference};
use crate::domain::time::{format_instant, parse_instant};
use crate::genesys::fixture::{Asked, Reaction, Server, ok};
use crate::genesys::quota::Backoff;
use crate::publish::contract::{Claimed, Publication, Publish, PublishError};

const EVERY_MS: i64 = 60_000;

/// What was published, as a restarted source finds it.
#[derive(Default)]
struct Store {
    publications: Vec<Publication>,
    tried: usize,
}

#[derive(Clone, Default)]
struct Publisher {
    store: Arc<Mutex<Store>>,
    // The publication that fails, counted from 1.
    fails: usize,
}

impl Publish for Publisher {
    fn claim(&mut self) -> Result<Claimed, PublishError> {
        let store = self.store.lock().unwrap();
        let offset = store.publications.last().map(|publication| publication.offset.clone());
        Ok(Claimed { offset, ..Claimed::default() })
    }

    fn reference(&mut self) -> Result<Vec<(Kind, Reference)>, PublishError> {
        Ok(newest(&self.store.lock().unwrap()).into_iter().map(|((kind, _), one)| (kind, one)).collect())
    }

    fn publish(&mut self, publication: &Publication) -> Result<(), PublishError> {
        let mut store = self.store.lock().unwrap();
        store.tried += 1;
        if store.tried == self.fails {
            return Err(PublishError::Retry("the broker is away".to_owned()));
        }
        store.publications.push(publication.clone());
        Ok(())
    }
}

fn all(store: &Store) -> Vec<(Kind, Reference)> {
    store.publications.iter().flat_map(|publication| publication.reference.clone()).collect()
}

fn newest(store: &Store) -> BTreeMap<(Kind, String), Reference> {
    all(store).into_iter().map(|(kind, one)| ((kind, one.id.clone()), one)).collect()
}

/// What is published of one id, in order: name, whether it is deleted.
fn of(store: &Store, id: &str) -> Vec<(String, bool)> {
    let of_id = all(store).into_iter().filter(|(_, one)| one.id == id);
    of_id.map(|(_, one)| (one.name, one.deleted)).collect()
}

/// The name of the queue on each interaction, in order of publication.
fn queue_names(store: &Store, id: &str) -> Vec<Option<String>> {
    let interactions = store.publications.iter().flat_map(|publication| &publication.interactions);
    let legs = interactions.flat_map(|read| &read.legs);
    legs.filter(|leg| leg.queue_id.as_deref() == Some(id)).map(|leg| leg.queue_name.clone()).collect()
}

/// What the lists hold.
type Lists = Arc<Mutex<BTreeMap<&'static str, Vec<Value>>>>;
type Seen = Arc<Mutex<Vec<String>>>;

/// A platform whose lists may change at any time; `page` is told the number of each page of interactions.
async fn platform(lists: &Lists, page: impl Fn(usize) + Send + Sync + 'static) -> (Server, Seen) {
    let (lists, seen) = (Arc::clone(lists), Seen::default());
    let asked_for = Arc::clone(&seen);
    let pages = Mutex::new(0);
    let server = Server::start_with(move |asked| {
        asked_for.lock().unwrap().push(asked.target.to_owned());
        let path = asked.target.split('?').next().unwrap();
        let list = ["routing/queues", "routing/wrapupcodes", "routing/skills", "routing/languages", "users"]
            .into_iter()
            .find(|list| path.ends_with(list));
        match list {
            Some(list) => listing(asked, lists.lock().unwrap().get(list).map_or(&[], Vec::as_slice)),
            None if path.ends_with("/summary") => Reaction::Status(404, None, "{}".to_owned()),
            None => {
                let mut number = pages.lock().unwrap();
                *number += 1;
                page(*number);
                interactions(asked)
            }
        }
    })
    .await;
    (server, seen)
}

fn parameters(asked: &Asked<'_>) -> BTreeMap<String, String> {
    let query = asked.target.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Two entities a page, whatever is asked for.
fn listing(asked: &Asked<'_>, entities: &[Value]) -> Reaction {
    let parameters = parameters(asked);
    if let Some(ids) = parameters.get("id") {
        let found: Vec<&Value> = entities.iter().filter(|one| ids.split(',').any(|id| one["id"] == id)).collect();
        return ok(json!({"entities": found, "pageCount": 1}).to_string());
    }
    let number: usize = parameters["pageNumber"].parse().unwrap();
    let shown: Vec<&Value> = entities.iter().skip(2 * (number - 1)).take(2).collect();
    ok(json!({"entities": shown, "pageCount": entities.len().div_ceil(2).max(1)}).to_string())
}

/// One interaction a minute, in turn of three queues.
fn interactions(asked: &Asked<'_>) -> Reaction {
    let parameters = parameters(asked);
    let instant = |name: &str| parse_instant(&parameters[name]).unwrap();
    let numbers = instant("since").div_euclid(EVERY_MS)..instant("until").div_euclid(EVERY_MS);
    let skip: usize = parameters["cursor"].parse().unwrap_or(0);
    let all: Vec<Value> = numbers
        .map(|number| {
            json!({"id": format!("i-{number:04}"), "type": "voice", "events": [{"eventType": "talk",
                "timestamp": format_instant(number * EVERY_MS), "duration": 5, "agent": {"id": "u-1"},
                "routing": {"queue": {"id": format!("q-{}", number % 3)}}}]})
        })
        .collect();
    let next = (skip + 10 < all.len()).then(|| (skip + 10).to_string());
    let shown: Vec<&Value> = all.iter().skip(skip).take(10).collect();
    ok(json!({"interactions": shown, "nextPageToken": next}).to_string())
}

fn named(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name})
}

fn config(server: &Server) -> SourceConfig {
    SourceConfig {
        dialect: Dialect::InteractionEvents,
        revisit_ms: Vec::new(),
        // Each page asks for the lists anew.
        reference_refresh_ms: 1,
        extract_end: Some(3_600_000),
        ..server.config()
    }
}

async fn run(config: &SourceConfig, publisher: &Publisher) -> SourceSnapshot {
    let task = SourceTask::new(config, Box::new(publisher.clone())).unwrap();
    let task = task.with_backoff(Backoff { first_ms: 2, most_ms: 20 });
    let progress = task.progress();
    run_until_complete(task).await.unwrap();
    progress.snapshot()
}

#[tokio::test]
async fn a_rename_and_a_deletion_are_published_once_and_the_last_name_stays_across_a_restart() {
    let queues = vec![named("q-0", "Sales"), named("q-1", "Old"), named("q-2", "Orders")];
    let lists: Lists = Arc::new(Mutex::new(BTreeMap::from([("routing/queues", queues)])));
    let changing = Arc::clone(&lists);
    let (server, seen) = platform(&lists, move |number| {
        if number == 3 {
            let queues = vec![named("q-0", "Sales and Service"), named("q-2", "Orders")];
            changing.lock().unwrap().insert("routing/queues", queues);
        }
        // The lists are as old as they may be.
        std::thread::sleep(Duration::from_millis(5));
    })
    .await;
    let publisher = Publisher::default();
    run(&config(&server), &publisher).await;
    {
        let store = publisher.store.lock().unwrap();
        let twice =
            |first: &str, second: (&str, bool)| vec![(first.to_owned(), false), (second.0.to_owned(), second.1)];
        assert_eq!(of(&store, "q-0"), twice("Sales", ("Sales and Service", false)));
        assert_eq!(of(&store, "q-1"), twice("Old", ("Old", true)));
        assert_eq!(of(&store, "q-2"), [("Orders".to_owned(), false)]);
        let since: Vec<i64> =
            all(&store).into_iter().filter(|(_, one)| one.id == "q-0").map(|(_, one)| one.valid_from).collect();
        assert!(since[0] < since[1] && all(&store).iter().all(|(_, one)| one.org_id == "acme"));
        let names = queue_names(&store, "q-0");
        assert_eq!((names[0].as_deref(), names.last().unwrap().as_deref()), (Some("Sales"), Some("Sales and Service")));
        assert!(queue_names(&store, "q-1").iter().all(|name| name.as_deref() == Some("Old")));
        // Names come with the first interactions that bear them.
        let first = store.publications.iter().find(|publication| !publication.interactions.is_empty()).unwrap();
        assert_eq!(first.reference.len(), 3);
    }
    let (before, asked_before) = (all(&publisher.store.lock().unwrap()).len(), seen.lock().unwrap().len());
    run(&SourceConfig { extract_end: Some(7_200_000), ..config(&server) }, &publisher).await;
    let store = publisher.store.lock().unwrap();
    assert_eq!(all(&store).len(), before, "nothing is news after a restart");
    let names = queue_names(&store, "q-1");
    assert_eq!((names.len(), names.iter().all(|name| name.as_deref() == Some("Old"))), (40, true));
    let seen = seen.lock().unwrap();
    assert!(!seen[asked_before..].iter().any(|target| target.contains("id=q-1")), "its name is known");
}

#[tokio::test]
async fn an_unknown_id_is_looked_up_at_once_and_one_without_a_name_stands_by_itself_and_is_counted() {
    let lists: Lists = Arc::new(Mutex::new(BTreeMap::from([("routing/queues", vec![named("q-0", "Sales")])])));
    let changing = Arc::clone(&lists);
    let (server, seen) = platform(&lists, move |number| {
        if number == 1 {
            // Made after the lists were read, before the page.
            changing.lock().unwrap().get_mut("routing/queues").unwrap().push(named("q-1", "New"));
        }
    })
    .await;
    let publisher = Publisher::default();
    let config = SourceConfig { reference_refresh_ms: 3_600_000, ..config(&server) };
    let snapshot = run(&config, &publisher).await;
    let store = publisher.store.lock().unwrap();
    assert!(queue_names(&store, "q-1").iter().all(|name| name.as_deref() == Some("New")));
    assert_eq!(of(&store, "q-1"), [("New".to_owned(), false)]);
    let nameless = queue_names(&store, "q-2");
    assert_eq!((nameless.len(), nameless.iter().all(Option::is_none)), (20, true));
    assert_eq!((of(&store, "q-2"), snapshot.names_unresolved), (vec![], 1));
    let lookups = seen.lock().unwrap().iter().filter(|target| target.contains("queues?id=")).count();
    assert_eq!(lookups, 1);
}

#[tokio::test]
async fn agents_are_listed_with_those_who_left_page_by_page_unless_their_ids_are_hashed() {
    let user = |id: &str, state: &str| json!({"id": id, "name": format!("Agent {id}"), "email": "a@b", "state": state});
    let users = vec![user("u-1", "active"), user("u-2", "inactive"), user("u-3", "deleted"), user("u-4", "active")];
    let users = [users, vec![user("u-5", "active")]].concat();
    let lists: Lists = Arc::new(Mutex::new(BTreeMap::from([("users", users)])));
    let (server, seen) = platform(&lists, |_| {}).await;
    let mut config =
        SourceConfig { reference_lists: vec![Kind::User], reference_refresh_ms: 3_600_000, ..config(&server) };
    let publisher = Publisher::default();
    run(&config, &publisher).await;
    let published: Vec<(String, bool, Option<String>)> = {
        let store = publisher.store.lock().unwrap();
        newest(&store).into_values().map(|one| (one.id, one.deleted, one.state)).collect()
    };
    let expected =
        [("u-1", false, "active"), ("u-2", false, "inactive"), ("u-3", true, "deleted"), ("u-4", false, "active")];
    let expected = expected.into_iter().chain([("u-5", false, "active")]);
    let expected: Vec<_> = expected.map(|(id, gone, state)| (id.to_owned(), gone, Some(state.to_owned()))).collect();
    assert_eq!(published, expected);
    let listings = seen.lock().unwrap().iter().filter(|target| target.contains("/users?state=any&pageNumber=")).count();
    assert_eq!(listings, 3);

    config.privacy.user_hash_key = Some(Secret::new("0123456789abcdef".to_owned()));
    let (before, hashed) = (seen.lock().unwrap().len(), Publisher::default());
    run(&config, &hashed).await;
    assert_eq!(all(&hashed.store.lock().unwrap()), []);
    assert!(!seen.lock().unwrap()[before..].iter().any(|target| target.contains("/users")));
}

#[tokio::test]
async fn names_of_a_publication_that_failed_are_published_again() {
    let lists: Lists = Arc::new(Mutex::new(BTreeMap::from([("routing/queues", vec![named("q-0", "Sales")])])));
    let (server, _) = platform(&lists, |_| {}).await;
    let publisher = Publisher { fails: 2, ..Publisher::default() };
    let config = SourceConfig { reference_refresh_ms: 3_600_000, ..config(&server) };
    run(&config, &publisher).await;
    assert_eq!(of(&publisher.store.lock().unwrap(), "q-0"), [("Sales".to_owned(), false)]);
}

#[tokio::test]
async fn a_source_that_is_not_the_first_of_its_organisation_publishes_no_names() {
    let lists: Lists = Arc::new(Mutex::new(BTreeMap::from([("routing/queues", vec![named("q-0", "Sales")])])));
    let (server, _) = platform(&lists, |_| {}).await;
    let publisher = Publisher::default();
    let task = SourceTask::new(&config(&server), Box::new(publisher.clone())).unwrap().without_reference();
    run_until_complete(task).await.unwrap();
    let store = publisher.store.lock().unwrap();
    assert_eq!(all(&store), []);
    assert!(queue_names(&store, "q-0").iter().all(|name| name.as_deref() == Some("Sales")));
}
