//! What an OAuth client must be allowed to, dialect by dialect: what is said when the platform answers 403. Pure.

use super::shape::Shape;

/// What is missing, and what to do about it; to be read behind the platform's own words.
#[must_use]
pub fn help(shape: Shape) -> &'static str {
    match shape {
        Shape::InteractionDetails => {
            "; give a role of the OAuth client the permissions Analytics > Interaction Details > Read and Analytics > \
             Report > Read, and with scopes analytics:interactiondetails:read"
        }
        Shape::InteractionEvents => {
            "; give a role of the OAuth client the permissions Analytics > Interaction Detail > Read and Analytics > \
             Reports > Read, and with scopes analytics:interaction:read"
        }
        Shape::ConversationMetrics => {
            "; the OAuth client lacks analytics:conversation:view, or its role may not view analytics of these agents: \
             in Admin > Integrations > OAuth give it a role with View Analytics in the divisions of the agents, or \
             take those agents out of extract.agent.filter"
        }
        Shape::ReportQueries => {
            "; give a role of the OAuth client the permissions analytics:report:view and analytics:report:run, and \
             analytics:report:delete if it shall delete what it has read, and with scopes the same"
        }
        Shape::ConversationDetails | Shape::ConversationJobs => {
            "; give a role of the OAuth client the permission Analytics > Conversation Detail > View \
             (analytics:conversationDetail:view) in every division that is to be counted"
        }
    }
}
