//! Writes records whose fields come in their schema's order, without looking any of them up by name. Pure.
//!
//! The general encoder finds every field in a map of names and makes a cache for fields that come out of order; on rows
//! of a hundred fields that is most of what writing costs. What does not fit here is left to it, with its errors.

use serde::ser::{Error, Impossible, Serialize, SerializeSeq, SerializeStruct, Serializer};

use super::plan::{At, Field, Node, Plan};
use crate::domain::varint;

/// The value is not laid out as its schema is: the general encoder is to say what is wrong, or to put it in order.
#[derive(Debug, thiserror::Error)]
#[error("the value does not follow its schema field by field")]
pub(super) struct Unfit;

impl Error for Unfit {
    fn custom<T: std::fmt::Display>(_: T) -> Unfit {
        Unfit
    }
}

/// Appends the body of a record.
///
/// # Errors
/// [`Unfit`]; `out` then ends in a part of it.
pub(super) fn write<T: Serialize>(plan: &Plan, record: &T, out: &mut Vec<u8>) -> Result<(), Unfit> {
    record.serialize(Value { plan, at: 0, out })
}

struct Value<'a> {
    plan: &'a Plan,
    at: At,
    out: &'a mut Vec<u8>,
}

impl<'a> Value<'a> {
    /// The node, and, where the schema also allows null, after saying that the value is not.
    fn node(&mut self) -> &'a Node {
        match self.plan.at(self.at) {
            Node::Optional(_, some, value) => {
                varint::put_signed(self.out, *some);
                self.plan.at(*value)
            }
            node => node,
        }
    }

    fn integer(mut self, value: i64) -> Result<(), Unfit> {
        match self.node() {
            Node::Long => {}
            Node::Int if i32::try_from(value).is_ok() => {}
            _ => return Err(Unfit),
        }
        varint::put_signed(self.out, value);
        Ok(())
    }

    fn word(mut self, word: &str, guess: usize) -> Result<(), Unfit> {
        let Node::Enum(words) = self.node() else {
            return Err(Unfit);
        };
        let number = match words.get(guess) {
            Some(known) if known == word => guess,
            _ => words.iter().position(|known| known == word).ok_or(Unfit)?,
        };
        varint::put_signed(self.out, i64::try_from(number).map_err(|_| Unfit)?);
        Ok(())
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Unfit> {
    varint::put_signed(out, i64::try_from(bytes.len()).map_err(|_| Unfit)?);
    out.extend_from_slice(bytes);
    Ok(())
}

impl<'a> Serializer for Value<'a> {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Impossible<(), Unfit>;
    type SerializeTupleStruct = Impossible<(), Unfit>;
    type SerializeTupleVariant = Impossible<(), Unfit>;
    type SerializeMap = Impossible<(), Unfit>;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Impossible<(), Unfit>;

    fn serialize_bool(mut self, value: bool) -> Result<(), Unfit> {
        let Node::Boolean = self.node() else {
            return Err(Unfit);
        };
        self.out.push(u8::from(value));
        Ok(())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unfit> {
        self.integer(i64::from(value))
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unfit> {
        self.integer(value)
    }

    fn serialize_f64(mut self, value: f64) -> Result<(), Unfit> {
        let Node::Double = self.node() else {
            return Err(Unfit);
        };
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(())
    }

    fn serialize_str(mut self, value: &str) -> Result<(), Unfit> {
        let Node::String = self.node() else {
            return Err(Unfit);
        };
        put_bytes(self.out, value.as_bytes())
    }

    fn serialize_bytes(mut self, value: &[u8]) -> Result<(), Unfit> {
        let Node::Bytes = self.node() else {
            return Err(Unfit);
        };
        put_bytes(self.out, value)
    }

    fn serialize_none(self) -> Result<(), Unfit> {
        let Node::Optional(none, _, _) = self.plan.at(self.at) else {
            return Err(Unfit);
        };
        varint::put_signed(self.out, *none);
        Ok(())
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Unfit> {
        let Node::Optional(_, some, at) = self.plan.at(self.at) else {
            return Err(Unfit);
        };
        varint::put_signed(self.out, *some);
        value.serialize(Value { at: *at, ..self })
    }

    fn serialize_unit_variant(self, _: &'static str, index: u32, word: &'static str) -> Result<(), Unfit> {
        self.word(word, index as usize)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_seq(mut self, length: Option<usize>) -> Result<Items<'a>, Unfit> {
        let (Node::Array(at), Some(length)) = (self.node(), length) else {
            return Err(Unfit);
        };
        if length != 0 {
            varint::put_signed(self.out, i64::try_from(length).map_err(|_| Unfit)?);
        }
        Ok(Items { value: Value { at: *at, ..self }, left: length })
    }

    fn serialize_struct(mut self, _: &'static str, _: usize) -> Result<Fields<'a>, Unfit> {
        let Node::Record(fields) = self.node() else {
            return Err(Unfit);
        };
        Ok(Fields { fields: fields.iter(), value: self })
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_i8(self, _: i8) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_i16(self, _: i16) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_u8(self, _: u8) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_u16(self, _: u16) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_u32(self, _: u32) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_u64(self, _: u64) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_f32(self, _: f32) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_char(self, _: char) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_unit(self) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Unfit> {
        Err(Unfit)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unfit> {
        Err(Unfit)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unfit> {
        Err(Unfit)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unfit> {
        Err(Unfit)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unfit> {
        Err(Unfit)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unfit> {
        Err(Unfit)
    }
}

/// The items of an array: one block, then the empty one.
struct Items<'a> {
    value: Value<'a>,
    left: usize,
}

impl SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, item: &T) -> Result<(), Unfit> {
        self.left = self.left.checked_sub(1).ok_or(Unfit)?;
        item.serialize(Value { plan: self.value.plan, at: self.value.at, out: self.value.out })
    }

    fn end(self) -> Result<(), Unfit> {
        if self.left != 0 {
            return Err(Unfit);
        }
        self.value.out.push(0);
        Ok(())
    }
}

/// The fields of a record that are still to come.
struct Fields<'a> {
    fields: std::slice::Iter<'a, Field>,
    value: Value<'a>,
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Unfit;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result<(), Unfit> {
        match self.fields.next() {
            Some(field) if field.is_called(key) => {
                value.serialize(Value { plan: self.value.plan, at: field.at, out: self.value.out })
            }
            _ => Err(Unfit),
        }
    }

    fn end(mut self) -> Result<(), Unfit> {
        if self.fields.next().is_some() { Err(Unfit) } else { Ok(()) }
    }
}
