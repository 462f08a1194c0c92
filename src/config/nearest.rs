//! Which known name was probably meant. Pure.

/// The known name closest to `name`, if it is close enough to be worth naming: at most a third of it differs.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(2);
    known
        .map(|word| (distance(name, word), word))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, word)| word)
}

/// How many letters have to be added, removed or replaced (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.chars().enumerate() {
        let mut current = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let replaced = before[column] + usize::from(letter != *other);
            current.push(replaced.min(before[column + 1] + 1).min(current[column] + 1));
        }
        before = current;
    }
    before[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_unless_all_are_far() {
        let known = ["kpi.zone", "kpi.grains", "extract.slice.ms"];
        assert_eq!(nearest("kpi.zones", known.into_iter()), Some("kpi.zone"));
        assert_eq!(nearest("extract.slice", known.into_iter()), Some("extract.slice.ms"));
        assert_eq!(nearest("colour", known.into_iter()), None);
        assert_eq!((distance("", "abc"), distance("kitten", "sitting")), (3, 3));
    }
}
