//! The metrics that aggregates of a history have; every other one is refused, and none of these is ever without a figure
//! in a history of some size. Pure.

/// Those of a history of conversations.
pub const OF_CONVERSATIONS: [&str; 30] = [
    "nBlindTransferred",
    "nConnected",
    "nConsult",
    "nConsultTransferred",
    "nConversations",
    "nOffered",
    "nOutboundAttempted",
    "nOutboundConnected",
    "nOverSla",
    "nTransferred",
    "oServiceLevel",
    "tAbandon",
    "tAcd",
    "tAcw",
    "tAlert",
    "tAnswered",
    "tConnected",
    "tContacting",
    "tDialing",
    "tFlowOut",
    "tHandle",
    "tHeld",
    "tHeldComplete",
    "tIvr",
    "tNotResponding",
    "tPark",
    "tParkComplete",
    "tTalk",
    "tTalkComplete",
    "tWait",
];

/// Those of a history of flat rows, which say less.
pub const OF_ROWS: [&str; 12] = [
    "nConnected",
    "nConversations",
    "nOffered",
    "nOverSla",
    "nTransferred",
    "oServiceLevel",
    "tAbandon",
    "tAcw",
    "tAnswered",
    "tHandle",
    "tHeld",
    "tTalk",
];
