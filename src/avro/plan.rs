//! A schema in the form that writing asks of it: positions instead of names. Pure.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use apache_avro::Schema;
use apache_avro::schema::RecordField;

/// A place in a plan.
pub(super) type At = usize;

/// What a value at one place of a schema is.
#[derive(Debug)]
pub(super) enum Node {
    /// A boolean.
    Boolean,
    /// An integer of 32 bits.
    Int,
    /// An integer of 64 bits.
    Long,
    /// A float of 64 bits.
    Double,
    /// A length and bytes.
    Bytes,
    /// A length and UTF-8.
    String,
    /// One of these words.
    Enum(Vec<String>),
    /// Any number of such values.
    Array(At),
    /// Nothing, or a value: the number of the branch of null, that of the value, and what it is.
    Optional(i64, i64, At),
    /// These fields, in this order.
    Record(Vec<Field>),
    /// What no schema of the product has; writing falls back on the general encoder.
    Other,
}

/// A field of a record.
#[derive(Debug)]
pub(super) struct Field {
    name: String,
    // Where the text stands that the program calls it by, once it has been compared.
    known: AtomicUsize,
    /// What it is.
    pub(super) at: At,
}

impl Field {
    /// Whether it is called so. Comparing letter by letter took a twentieth of all the time of a processor: one that is as
    /// long and stands where an equal one stood is equal, because a text that lives for ever never changes.
    pub(super) fn is_called(&self, name: &'static str) -> bool {
        let place = name.as_ptr().addr();
        if self.known.load(Ordering::Relaxed) == place && name.len() == self.name.len() {
            return true;
        }
        let equal = self.name == name;
        if equal {
            self.known.store(place, Ordering::Relaxed);
        }
        equal
    }
}

/// All places of a schema; the first is the schema itself.
#[derive(Debug)]
pub(super) struct Plan {
    nodes: Vec<Node>,
}

impl Plan {
    /// Lays out a schema.
    pub(super) fn of(schema: &Schema) -> Plan {
        let mut layout = Layout { nodes: Vec::new(), named: BTreeMap::new() };
        layout.lay(schema);
        Plan { nodes: layout.nodes }
    }

    /// About as many bytes as a body has: a buffer of that size seldom grows.
    pub(super) fn likely_bytes(&self) -> usize {
        (8 * self.nodes.len()).max(96)
    }

    /// What stands at a place.
    pub(super) fn at(&self, at: At) -> &Node {
        &self.nodes[at]
    }
}

struct Layout {
    nodes: Vec<Node>,
    named: BTreeMap<String, At>,
}

impl Layout {
    fn lay(&mut self, schema: &Schema) -> At {
        if let Schema::Ref { name } = schema
            && let Some(known) = self.named.get(&name.to_string())
        {
            return *known;
        }
        let at = self.nodes.len();
        self.nodes.push(Node::Other);
        if let Some(name) = schema.name() {
            self.named.insert(name.to_string(), at);
        }
        self.nodes[at] = match schema {
            Schema::Boolean => Node::Boolean,
            Schema::Int | Schema::Date => Node::Int,
            Schema::Long | Schema::TimestampMillis => Node::Long,
            Schema::Double => Node::Double,
            Schema::Bytes => Node::Bytes,
            Schema::String => Node::String,
            Schema::Enum(words) => Node::Enum(words.symbols.clone()),
            Schema::Array(array) => Node::Array(self.lay(&array.items)),
            Schema::Record(record) => {
                let field = |field: &RecordField| Field {
                    name: field.name.clone(),
                    known: AtomicUsize::new(0),
                    at: self.lay(&field.schema),
                };
                Node::Record(record.fields.iter().map(field).collect())
            }
            Schema::Union(union) => match union.variants() {
                [Schema::Null, value] => Node::Optional(0, 1, self.lay(value)),
                [value, Schema::Null] => Node::Optional(1, 0, self.lay(value)),
                _ => Node::Other,
            },
            _ => Node::Other,
        };
        at
    }
}
