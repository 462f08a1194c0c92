//! What can be asked of the REST interface: one table for the router and for the OpenAPI document. Pure.

use axum::http::Method;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Tells versions and the Kafka cluster.
    ServerInfo,
    /// Tells whether the worker can do its work.
    Health,
    /// Describes this interface.
    OpenApi,
    /// Names all connectors, or tells all of them.
    ListConnectors,
    /// Creates a connector.
    CreateConnector,
    /// Tells a connector.
    GetConnector,
    /// Deletes a connector.
    DeleteConnector,
    /// Tells a connector's settings.
    GetConfig,
    /// Sets all settings, of a connector that may exist.
    PutConfig,
    /// Sets some settings.
    PatchConfig,
    /// Tells what a connector and its tasks are doing.
    GetStatus,
    /// Starts a connector again.
    Restart,
    /// Pauses a connector.
    Pause,
    /// Has a paused or stopped connector go on.
    Resume,
    /// Stops a connector.
    Stop,
    /// Tells a connector's tasks.
    ListTasks,
    /// Tells what a task is doing.
    GetTaskStatus,
    /// Starts a task again.
    RestartTask,
    /// Names the topics that a connector has used.
    GetTopics,
    /// Forgets the topics that a connector has used.
    ResetTopics,
    /// Tells where a connector stands.
    GetOffsets,
    /// Sets where a stopped connector goes on.
    AlterOffsets,
    /// Forgets where a stopped connector stands.
    ResetOffsets,
    /// Tells the connector classes.
    ListPlugins,
    /// Tells the settings of a class.
    GetPluginConfig,
    /// Checks settings.
    Validate,
    /// Tells the levels of all loggers.
    ListLoggers,
    /// Tells the level of a logger.
    GetLogger,
    /// Sets the level of a logger.
    SetLogger,
}

impl Operation {
    /// Whether a body comes with it.
    #[must_use]
    pub fn takes_body(self) -> bool {
        matches!(
            self,
            Operation::CreateConnector
                | Operation::PutConfig
                | Operation::PatchConfig
                | Operation::AlterOffsets
                | Operation::Validate
                | Operation::SetLogger
        )
    }
}

/// An operation and how it is asked for.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Method of HTTP.
    pub method: Method,
    /// Path, with its parameters in braces.
    pub path: &'static str,
    /// What it does.
    pub operation: Operation,
}

const fn get(path: &'static str, operation: Operation) -> Endpoint {
    Endpoint { method: Method::GET, path, operation }
}

const fn post(path: &'static str, operation: Operation) -> Endpoint {
    Endpoint { method: Method::POST, path, operation }
}

const fn put(path: &'static str, operation: Operation) -> Endpoint {
    Endpoint { method: Method::PUT, path, operation }
}

const fn patch(path: &'static str, operation: Operation) -> Endpoint {
    Endpoint { method: Method::PATCH, path, operation }
}

const fn delete(path: &'static str, operation: Operation) -> Endpoint {
    Endpoint { method: Method::DELETE, path, operation }
}

/// Everything that can be asked for. A path ends without a slash; one at the end of a request's path makes no difference.
pub static ENDPOINTS: [Endpoint; 29] = [
    get("/", Operation::ServerInfo),
    get("/health", Operation::Health),
    get("/openapi.json", Operation::OpenApi),
    get("/connectors", Operation::ListConnectors),
    post("/connectors", Operation::CreateConnector),
    get("/connectors/{connector}", Operation::GetConnector),
    delete("/connectors/{connector}", Operation::DeleteConnector),
    get("/connectors/{connector}/config", Operation::GetConfig),
    put("/connectors/{connector}/config", Operation::PutConfig),
    patch("/connectors/{connector}/config", Operation::PatchConfig),
    get("/connectors/{connector}/status", Operation::GetStatus),
    post("/connectors/{connector}/restart", Operation::Restart),
    put("/connectors/{connector}/pause", Operation::Pause),
    put("/connectors/{connector}/resume", Operation::Resume),
    put("/connectors/{connector}/stop", Operation::Stop),
    get("/connectors/{connector}/tasks", Operation::ListTasks),
    get("/connectors/{connector}/tasks/{task}/status", Operation::GetTaskStatus),
    post("/connectors/{connector}/tasks/{task}/restart", Operation::RestartTask),
    get("/connectors/{connector}/topics", Operation::GetTopics),
    put("/connectors/{connector}/topics/reset", Operation::ResetTopics),
    get("/connectors/{connector}/offsets", Operation::GetOffsets),
    patch("/connectors/{connector}/offsets", Operation::AlterOffsets),
    delete("/connectors/{connector}/offsets", Operation::ResetOffsets),
    get("/connector-plugins", Operation::ListPlugins),
    get("/connector-plugins/{plugin}/config", Operation::GetPluginConfig),
    put("/connector-plugins/{plugin}/config/validate", Operation::Validate),
    get("/admin/loggers", Operation::ListLoggers),
    get("/admin/loggers/{logger}", Operation::GetLogger),
    put("/admin/loggers/{logger}", Operation::SetLogger),
];

/// All paths, each once, in the order of the table.
#[must_use]
pub fn paths() -> Vec<&'static str> {
    let mut paths: Vec<&'static str> = ENDPOINTS.iter().map(|endpoint| endpoint.path).collect();
    paths.dedup();
    paths
}

/// What can be done with a path.
pub fn of_path(path: &str) -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().filter(move |endpoint| endpoint.path == path)
}

/// The methods of a path, as a header lists them.
#[must_use]
pub fn allowed(path: &str) -> String {
    let mut methods: Vec<&str> = of_path(path).map(|endpoint| endpoint.method.as_str()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    methods.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_path_stands_together_in_the_table() {
        let paths = paths();
        for (position, path) in paths.iter().enumerate() {
            assert!(!paths[..position].contains(path), "{path}");
        }
        assert_eq!(allowed("/connectors"), "GET, POST, HEAD, OPTIONS");
        assert_eq!(allowed("/connectors/{connector}/stop"), "PUT, OPTIONS");
    }
}
