//! Lists of names: paged, selected by id, and changing by script. Edge.

use super::client::Platform;

const QUEUES: &str = "/api/v2/routing/queues";

async fn names(platform: &Platform, target: &str) -> Vec<(String, String)> {
    let said = platform.get(target).await.json();
    let text = |entity: &serde_json::Value, key: &str| entity[key].as_str().unwrap_or_default().to_owned();
    said["entities"].as_array().unwrap().iter().map(|one| (text(one, "id"), text(one, "name"))).collect()
}

#[tokio::test]
async fn a_name_changes_with_the_reading_that_the_script_says_and_one_that_is_deleted_is_in_no_answer() {
    let script = "[[name]]\nlist = \"queues\"\nid = \"QA_Review\"\nfrom_reading = 2\nrename = \"Quality\"\n\
                  [[name]]\nlist = \"queues\"\nid = \"System_Health\"\nfrom_reading = 2\ndeleted = true\n";
    let platform = Platform::scripted(script).await;
    let first = names(&platform, &format!("{QUEUES}?pageSize=5")).await;
    let rest = names(&platform, &format!("{QUEUES}?pageSize=5&pageNumber=2")).await;
    assert_eq!((first.len(), rest.len()), (5, 3));
    assert!(rest.iter().any(|(id, name)| id == "QA_Review" && name == "QA_Review"), "{rest:?}");
    let by_id = format!("{QUEUES}?id=QA_Review%2CSystem_Health");
    assert_eq!(names(&platform, &by_id).await.len(), 2, "asking for some is no reading of the list");
    assert_eq!(names(&platform, &format!("{QUEUES}?pageSize=100")).await.len(), 7);
    assert_eq!(names(&platform, &by_id).await, [("QA_Review".to_owned(), "Quality".to_owned())]);
}

#[tokio::test]
async fn an_agent_who_left_is_listed_only_with_all_states() {
    let agent = crate::simulate::centre::agent_id(3);
    let script = format!("[[name]]\nlist = \"users\"\nid = \"{agent}\"\nfrom_reading = 1\ndeleted = true\n");
    let platform = Platform::scripted(&script).await;
    assert_eq!(names(&platform, "/api/v2/users?pageSize=100").await.len(), 59);
    let all = platform.get("/api/v2/users?state=any&pageSize=100").await.json();
    let left = all["entities"].as_array().unwrap().iter().find(|one| one["id"] == agent.as_str()).unwrap();
    assert_eq!((all["total"].as_u64(), left["state"].as_str()), (Some(60), Some("deleted")));
}
