//! Where connectors stand. Edge.

use serde_json::json;

use super::answer::{Outcome, ok};
use super::body;
use super::dispatch::{Asked, Rest};
use crate::connect::error::ConnectError;

pub(super) async fn get(rest: &Rest, asked: &Asked) -> Outcome {
    Ok(ok(&rest.herder.offsets(asked.connector()).await?))
}

pub(super) async fn alter(rest: &Rest, asked: &Asked) -> Outcome {
    let offsets = body::offsets(&asked.body)?;
    if offsets.is_empty() {
        let text = "Partitions / offsets need to be provided for an alter offsets request";
        return Err(ConnectError::bad_request(text));
    }
    let message = rest.herder.alter_offsets(asked.connector(), offsets).await?;
    Ok(ok(&json!({ "message": message })))
}

pub(super) async fn reset(rest: &Rest, asked: &Asked) -> Outcome {
    let message = rest.herder.reset_offsets(asked.connector()).await?;
    Ok(ok(&json!({ "message": message })))
}
