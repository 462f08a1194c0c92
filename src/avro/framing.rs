//! What stands before an Avro body on a topic: the single-object header. Pure.

use apache_avro::Schema;
use apache_avro::rabin::Rabin;

/// Length of the single-object header: C3 01, then the CRC-64-AVRO of the schema's canonical form, little-endian.
pub const HEADER_BYTES: usize = 10;

/// The word that `progress` records for this framing.
pub const SINGLE_OBJECT: &str = "single-object";

/// The header of bodies written by `schema`.
#[must_use]
pub fn header(schema: &Schema) -> [u8; HEADER_BYTES] {
    let fingerprint = schema.fingerprint::<Rabin>().bytes;
    let mut header = [0xc3, 0x01, 0, 0, 0, 0, 0, 0, 0, 0];
    header[2..].copy_from_slice(&fingerprint[..8]);
    header
}

/// Splits a framed value into its body, when it carries exactly this header.
#[must_use]
pub fn strip<'a>(framed: &'a [u8], header: &[u8; HEADER_BYTES]) -> Option<&'a [u8]> {
    framed.strip_prefix(header.as_slice())
}
