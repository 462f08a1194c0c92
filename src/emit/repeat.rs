//! First contact resolution by repeat contact: a customer who comes back was not helped the first time. Pure.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use chrono_tz::Tz;

use super::said::ratio;
use crate::domain::contact::Contact;
use crate::domain::interval::local_date;

/// The contacts of one local day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repeats {
    /// Contacts that began on the day, those of customers that no one can tell included.
    pub contacts: i64,
    /// Of these, contacts whose customer is told.
    pub identified: i64,
    /// Of these, contacts of a customer who had one before within the days asked for.
    pub repeats: i64,
}

impl Repeats {
    /// 1 − repeats by contacts; null on no contacts. Contacts of customers that no one can tell stay in the denominator.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        ratio(self.contacts - self.repeats, self.contacts)
    }
}

/// The repeats of each local date of `zone`. A contact is a repeat when its customer had an earlier one on the same date,
/// or on one of the `days` dates before.
#[must_use]
pub fn repeats<'a>(contacts: impl Iterator<Item = &'a Contact>, days: i64, zone: Tz) -> BTreeMap<NaiveDate, Repeats> {
    let mut ordered: Vec<&Contact> = contacts.collect();
    let key = |contact: &Contact| (contact.start, contact.conversation_id.clone(), contact.media_type);
    ordered.sort_by_key(|contact| key(contact));
    let mut last: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    let mut by_date: BTreeMap<NaiveDate, Repeats> = BTreeMap::new();
    for contact in ordered {
        let date = local_date(contact.start, zone);
        let of_day = by_date.entry(date).or_default();
        of_day.contacts += 1;
        let Some(customer) = contact.contact_hash.as_deref() else {
            continue;
        };
        of_day.identified += 1;
        let before = last.insert(customer, date);
        of_day.repeats += i64::from(before.is_some_and(|before| (date - before).num_days() <= days));
    }
    by_date
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::media::MediaType;
    use crate::domain::time::parse_instant;

    fn contact(id: &str, start: &str, customer: Option<&str>) -> Contact {
        Contact {
            org_id: "acme".to_owned(),
            conversation_id: id.to_owned(),
            direction: "inbound".to_owned(),
            media_type: MediaType::Voice,
            start: parse_instant(start).unwrap(),
            end: None,
            legs: 1,
            handled: 1,
            handle_ms: 1,
            contact_hash: customer.map(str::to_owned),
            version: 0,
            rules_version: String::new(),
        }
    }

    #[test]
    fn a_customer_who_is_back_within_the_days_is_a_repeat_and_the_unknown_stay_in_the_denominator() {
        let contacts = [
            contact("a", "2024-01-15T10:00:00Z", Some("x")),
            contact("b", "2024-01-15T11:00:00Z", Some("y")),
            contact("c", "2024-01-15T12:00:00Z", None),
            contact("d", "2024-01-15T13:00:00Z", None),
            contact("e", "2024-01-15T14:00:00Z", Some("x")),
            contact("f", "2024-01-22T10:00:00Z", Some("x")),
            contact("g", "2024-01-23T10:00:00Z", Some("y")),
        ];
        let by_date = repeats(contacts.iter().rev(), 7, Tz::UTC);
        let of = |day: u32| by_date[&NaiveDate::from_ymd_opt(2024, 1, day).unwrap()];
        assert_eq!(of(15), Repeats { contacts: 5, identified: 3, repeats: 1 });
        assert_eq!(of(15).rate(), Some(0.8));
        assert_eq!((of(22).rate(), of(23).rate()), (Some(0.0), Some(1.0)), "seven dates later, and eight");
        assert_eq!(Repeats::default().rate(), None);
        // 23:30 in New York is the next day in UTC: the customer is back on the same local date.
        let late = [contact("h", "2024-01-15T12:00:00Z", Some("z")), contact("i", "2024-01-16T04:30:00Z", Some("z"))];
        assert_eq!(repeats(late.iter(), 0, Tz::America__New_York).len(), 1);
        assert_eq!(repeats(late.iter(), 0, Tz::UTC).values().map(|day| day.repeats).sum::<i64>(), 0);
    }
}
