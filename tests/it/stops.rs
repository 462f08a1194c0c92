//! Edge: stops and interruptions while data flows.
