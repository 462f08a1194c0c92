//! What of an interaction fits a record. Pure.

use crate::avro::{AvroError, Codec};
use crate::domain::dead_letter::DeadLetter;
use crate::domain::interaction::{Interaction, RECORD_BYTES_MAX};

/// Bytes of a record that are not the interaction: key, headers, and what Kafka adds.
const AROUND_BYTES_MAX: usize = 64 * 1024;

/// Most bytes of an interaction, and of a dead letter's value.
pub const VALUE_BYTES_MAX: usize = RECORD_BYTES_MAX - AROUND_BYTES_MAX;

/// JSON of so many bytes fits with everything that was read out of it: no leg takes more than it took there, and names
/// that are joined to it are short.
const CERTAIN_BYTES_MAX: usize = VALUE_BYTES_MAX / 8;

/// The interaction as it is published: without its JSON where that does not fit, because numbers rest on the legs.
///
/// # Errors
/// What goes to the dead letters instead, when the legs alone do not fit; `origin` says where it was read.
pub fn fitted(mut read: Interaction, origin: impl Fn() -> String) -> Result<Interaction, DeadLetter> {
    if read.raw.len() <= CERTAIN_BYTES_MAX {
        return Ok(read);
    }
    let codec = Codec::<Interaction>::default();
    let bytes_of = |read: &Interaction| -> Result<usize, AvroError> { codec.framed(read).map(|framed| framed.len()) };
    // What does not follow its schema is refused where it is written, with its error.
    if bytes_of(&read).is_ok_and(|bytes| VALUE_BYTES_MAX < bytes) {
        let raw = std::mem::take(&mut read.raw);
        if let Ok(bytes) = bytes_of(&read)
            && VALUE_BYTES_MAX < bytes
        {
            return Err(DeadLetter {
                key: Some(read.interaction_id.into_bytes()),
                value: Some(raw.into_bytes()),
                reason: "too_large".to_owned(),
                rule: format!("its legs take {bytes} bytes and a record holds {VALUE_BYTES_MAX}"),
                origin: origin(),
            });
        }
    }
    Ok(read)
}

/// The letter with as much of its value as a record holds; its rule says what was cut off.
#[must_use]
pub fn cut(mut letter: DeadLetter) -> DeadLetter {
    if let Some(value) = &mut letter.value
        && VALUE_BYTES_MAX < value.len()
    {
        letter.rule = format!("{}; the first {VALUE_BYTES_MAX} of its {} bytes are kept", letter.rule, value.len());
        value.truncate(VALUE_BYTES_MAX);
    }
    letter
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::media::{Dialect, MediaType};
    use crate::extract::normalize::{self, Origin};
    use crate::genesys::wire::Row;

    fn read(raw_bytes: usize, legs: usize) -> Interaction {
        let origin =
            Origin { org_id: "acme".into(), dialect: Dialect::InteractionDetails, media_default: MediaType::Voice };
        let row = Row { id: "i-1".into(), raw: "r".repeat(raw_bytes), ..Row::default() };
        let mut read = normalize::interaction(row, &origin, 7, 8);
        read.legs = vec![read.legs[0].clone(); legs];
        read
    }

    fn framed_bytes(read: &Interaction) -> usize {
        Codec::<Interaction>::default().framed(read).unwrap().len()
    }

    #[test]
    fn what_fits_is_left_as_it_is_to_the_last_byte() {
        let around = framed_bytes(&read(VALUE_BYTES_MAX / 2, 1)) - VALUE_BYTES_MAX / 2;
        let largest = read(VALUE_BYTES_MAX - around, 1);
        assert_eq!(framed_bytes(&largest), VALUE_BYTES_MAX);
        assert_eq!(fitted(largest.clone(), String::new).unwrap(), largest);
        let larger = read(VALUE_BYTES_MAX - around + 1, 1);
        let published = fitted(larger.clone(), String::new).unwrap();
        assert_eq!((published.raw.as_str(), &published.legs), ("", &larger.legs));
        assert_eq!(published.content_hash, larger.content_hash, "the numbers are the same");
    }

    #[test]
    fn legs_that_do_not_fit_are_a_dead_letter_with_as_much_of_the_json_as_fits() {
        let letter = fitted(read(VALUE_BYTES_MAX + 9, 400_000), || "slice".to_owned()).unwrap_err();
        assert_eq!((letter.reason.as_str(), letter.origin.as_str()), ("too_large", "slice"));
        assert!(letter.rule.contains("a record holds 8323072"), "{}", letter.rule);
        let kept = cut(letter);
        assert_eq!(kept.value.unwrap().len(), VALUE_BYTES_MAX);
        assert!(kept.rule.ends_with("; the first 8323072 of its 8323081 bytes are kept"), "{}", kept.rule);
        let whole = DeadLetter { key: None, value: None, reason: "r".into(), rule: "r".into(), origin: "o".into() };
        assert_eq!(cut(whole.clone()), whole);
    }
}
