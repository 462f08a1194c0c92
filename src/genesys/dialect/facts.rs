//! Which facts an API shape can carry: a rule that needs another one is off for it. Pure.

/// What a dialect's answers can say. A fact that is `false` here is absent in every answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The queue of a leg.
    pub queue: bool,
    /// The agent of a leg.
    pub agent: bool,
    /// The medium of a leg.
    pub media: bool,
    /// Talk, hold and wrap of a voice leg, each by itself.
    pub parts: bool,
    /// System hold told apart from the agent's.
    pub system_hold: bool,
    /// All agent time of a digital leg in one figure.
    pub agent_time: bool,
    /// Time in queue.
    pub wait: bool,
    /// The disposition.
    pub wrapup_code: bool,
    /// How many transfers a leg made.
    pub transfers: bool,
    /// Inbound or outbound.
    pub direction: bool,
    /// The conversation that several legs belong to.
    pub conversation: bool,
    /// Where in time each phase lies.
    pub positions: bool,
    /// An interaction is a whole conversation, so contacts can be told.
    pub whole_conversations: bool,
    /// How many rows the platform itself counts in a selection.
    pub native_count: bool,
}

impl Facts {
    /// Every fact by its name, in the order of the struct.
    #[must_use]
    pub fn named(self) -> [(&'static str, bool); 14] {
        [
            ("queue", self.queue),
            ("agent", self.agent),
            ("media", self.media),
            ("parts", self.parts),
            ("system_hold", self.system_hold),
            ("agent_time", self.agent_time),
            ("wait", self.wait),
            ("wrapup_code", self.wrapup_code),
            ("transfers", self.transfers),
            ("direction", self.direction),
            ("conversation", self.conversation),
            ("positions", self.positions),
            ("whole_conversations", self.whole_conversations),
            ("native_count", self.native_count),
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::domain::media::Dialect;
    use crate::genesys::dialect::shape::Shape;

    const PAGE: &str = include_str!("../../../docs/dialects.md");

    /// The cells of a page's table of facts: by fact and dialect.
    fn table(page: &str) -> BTreeMap<(String, String), String> {
        let cells = |line: &str| -> Vec<String> {
            line.trim().trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
        };
        let mut lines = page.lines().skip_while(|line| !line.starts_with("| fact |"));
        let head = cells(lines.next().expect("a table of facts"));
        let rows = lines.skip(1).take_while(|line| line.starts_with('|')).map(cells);
        rows.flat_map(|row| {
            let fact = row[0].clone();
            let head = head.clone();
            (1..row.len()).map(move |place| ((fact.clone(), head[place].clone()), row[place].clone()))
        })
        .collect()
    }

    /// What the page says otherwise than the constants.
    fn differences(page: &str) -> Vec<String> {
        let table = table(page);
        let mut found = Vec::new();
        for dialect in Dialect::ALL {
            let Some(shape) = Shape::of(dialect) else { continue };
            for (fact, holds) in shape.facts().named() {
                let cell = table.get(&(fact.to_owned(), dialect.word().to_owned())).map_or("", String::as_str);
                let said = match cell {
                    "yes" | "optional" => Some(true),
                    "no" => Some(false),
                    _ => None,
                };
                if said != Some(holds) {
                    found.push(format!("{fact} of {}: the page says [{cell}], the code {holds}", dialect.word()));
                }
            }
        }
        found
    }

    #[test]
    fn the_page_of_dialects_says_the_facts_that_the_program_works_by() {
        assert_eq!(differences(PAGE), Vec::<String>::new());
        // Dialects and facts that the page has beyond those of the program would be noticed by nobody.
        assert_eq!(table(PAGE).len(), Dialect::ALL.len() * 14);
    }

    #[test]
    fn a_page_that_says_otherwise_or_nothing_is_found() {
        let system_hold = "| `system_hold` | no | yes |";
        assert!(PAGE.contains(system_hold));
        assert_eq!(differences(&PAGE.replace(system_hold, "| `system_hold` | yes | yes |")).len(), 1);
        assert_eq!(differences(&PAGE.replace(system_hold, "| `system_hold` | perhaps | yes |")).len(), 1);
        assert!(3 <= differences(&PAGE.replace("`direction` |", "`directions` |")).len());
    }
}
