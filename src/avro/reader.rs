//! Reads records whose fields come in their schema's order, without looking any of them up by name. Pure.
//!
//! The general decoder takes single bytes through a trait of streams, and hands each field over with its name, to be
//! compared with all names of the record. What does not fit here is left to it, with its errors.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, SeqAccess, Unexpected, VariantAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use super::plan::{At, Field, Node, Plan};
use crate::domain::varint;

/// Items of an array that memory is set aside for before they are read: a length that is not true must not cost more.
const LIKELY_ITEMS_MAX: usize = 256;

/// The bytes are not laid out as the record is: the general decoder is to say what is wrong, or to put it in order.
#[derive(Debug, thiserror::Error)]
#[error("the bytes do not follow the record field by field")]
pub(super) struct Unfit;

impl Error for Unfit {
    fn custom<T: std::fmt::Display>(_: T) -> Unfit {
        Unfit
    }

    // The text of this error would be put together only to be thrown away.
    fn invalid_type(_: Unexpected<'_>, _: &dyn serde::de::Expected) -> Unfit {
        Unfit
    }
}

/// Reads the body of a record from the front.
///
/// # Errors
/// [`Unfit`]; how far `bytes` was read then says nothing.
pub(super) fn read<'de, T: Deserialize<'de>>(plan: &Plan, bytes: &mut &'de [u8]) -> Result<T, Unfit> {
    T::deserialize(Value { plan, at: 0, bytes })
}

struct Value<'a, 'de> {
    plan: &'a Plan,
    at: At,
    bytes: &'a mut &'de [u8],
}

impl<'a, 'de> Value<'a, 'de> {
    fn integer(&mut self) -> Result<i64, Unfit> {
        varint::take_signed(self.bytes).ok_or(Unfit)
    }

    fn slice(&mut self) -> Result<&'de [u8], Unfit> {
        let length = usize::try_from(self.integer()?).map_err(|_| Unfit)?;
        let (front, rest) = self.bytes.split_at_checked(length).ok_or(Unfit)?;
        *self.bytes = rest;
        Ok(front)
    }

    fn text(&mut self) -> Result<&'de str, Unfit> {
        std::str::from_utf8(self.slice()?).map_err(|_| Unfit)
    }

    /// The next of a block's items, or how many items the next block has; `None` behind the last block.
    fn block(&mut self) -> Result<Option<usize>, Unfit> {
        let count = self.integer()?;
        if count < 0 {
            // The length of the block in bytes, for readers that pass over it.
            self.integer()?;
        }
        match usize::try_from(count.unsigned_abs()).map_err(|_| Unfit)? {
            0 => Ok(None),
            count => Ok(Some(count)),
        }
    }
}

impl<'de> Deserializer<'de> for Value<'_, 'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Unfit> {
        match self.plan.at(self.at) {
            Node::Boolean => {
                let (first, rest) = self.bytes.split_first().ok_or(Unfit)?;
                *self.bytes = rest;
                match first {
                    0 => visitor.visit_bool(false),
                    1 => visitor.visit_bool(true),
                    _ => Err(Unfit),
                }
            }
            Node::Int => visitor.visit_i32(i32::try_from(self.integer()?).map_err(|_| Unfit)?),
            Node::Long => visitor.visit_i64(self.integer()?),
            Node::Double => {
                let (first, rest) = self.bytes.split_first_chunk().ok_or(Unfit)?;
                *self.bytes = rest;
                visitor.visit_f64(f64::from_le_bytes(*first))
            }
            Node::Bytes => visitor.visit_borrowed_bytes(self.slice()?),
            Node::String => visitor.visit_borrowed_str(self.text()?),
            Node::Optional(none, some, at) => {
                let branch = self.integer()?;
                if branch == *none {
                    visitor.visit_none()
                } else if branch == *some {
                    visitor.visit_some(Value { at: *at, ..self })
                } else {
                    Err(Unfit)
                }
            }
            Node::Array(at) => {
                let left = self.block()?;
                visitor.visit_seq(Items { value: Value { at: *at, ..self }, left })
            }
            Node::Enum(_) | Node::Record(_) | Node::Other => Err(Unfit),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let Node::Record(fields) = self.plan.at(self.at) else {
            return Err(Unfit);
        };
        if fields.len() != names.len() || fields.iter().zip(names).any(|(field, name)| !field.is_called(name)) {
            return Err(Unfit);
        }
        visitor.visit_seq(Fields { plan: self.plan, fields: fields.iter(), bytes: self.bytes })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let Node::Enum(words) = self.plan.at(self.at) else {
            return Err(Unfit);
        };
        let number = usize::try_from(self.integer()?).map_err(|_| Unfit)?;
        visitor.visit_enum(Word(words.get(number).ok_or(Unfit)?))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map identifier ignored_any
    }
}

/// The items of an array that are still to come: so many in this block, then other blocks.
struct Items<'a, 'de> {
    value: Value<'a, 'de>,
    left: Option<usize>,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Unfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        let Some(left) = self.left else {
            return Ok(None);
        };
        let item = seed.deserialize(Value { plan: self.value.plan, at: self.value.at, bytes: self.value.bytes })?;
        self.left = if left == 1 { self.value.block()? } else { Some(left - 1) };
        Ok(Some(item))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left.unwrap_or(0).min(LIKELY_ITEMS_MAX))
    }
}

/// The fields of a record that are still to come.
struct Fields<'a, 'de> {
    plan: &'a Plan,
    fields: std::slice::Iter<'a, Field>,
    bytes: &'a mut &'de [u8],
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = Unfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        let Some(field) = self.fields.next() else {
            return Ok(None);
        };
        seed.deserialize(Value { plan: self.plan, at: field.at, bytes: self.bytes }).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.fields.len())
    }
}

/// A word of an enum.
struct Word<'a>(&'a str);

impl<'de> EnumAccess<'de> for Word<'_> {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Unfit> {
        let known = seed.deserialize(StrDeserializer::new(self.0))?;
        Ok((known, self))
    }
}

impl<'de> VariantAccess<'de> for Word<'_> {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Unfit> {
        Err(Unfit)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Unfit> {
        Err(Unfit)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Unfit> {
        Err(Unfit)
    }
}
