//! Tests. Edge.
