//! The platform's regions and their domains. Pure.

/// AWS region and domain; `api.` and `login.` before the domain are the two hosts.
const REGIONS: [(&str, &str); 18] = [
    ("us-east-1", "mypurecloud.com"),
    ("us-east-2", "use2.us-gov-pure.cloud"),
    ("us-west-2", "usw2.pure.cloud"),
    ("ca-central-1", "cac1.pure.cloud"),
    ("sa-east-1", "sae1.pure.cloud"),
    ("mx-central-1", "mxc1.pure.cloud"),
    ("eu-west-1", "mypurecloud.ie"),
    ("eu-west-2", "euw2.pure.cloud"),
    ("eu-central-1", "mypurecloud.de"),
    ("eu-central-2", "euc2.pure.cloud"),
    ("eusc-de-east-1", "edee1.eusc-pure.cloud"),
    ("ap-south-1", "aps1.pure.cloud"),
    ("ap-northeast-1", "mypurecloud.jp"),
    ("ap-northeast-2", "apne2.pure.cloud"),
    ("ap-northeast-3", "apne3.pure.cloud"),
    ("ap-southeast-1", "apse1.pure.cloud"),
    ("ap-southeast-2", "mypurecloud.com.au"),
    ("me-central-1", "mec1.pure.cloud"),
];

/// The words that `genesys.region` takes.
pub const WORDS: [&str; REGIONS.len()] = {
    let mut words = [""; REGIONS.len()];
    let mut position = 0;
    while position < REGIONS.len() {
        words[position] = REGIONS[position].0;
        position += 1;
    }
    words
};

/// The domain of a region; `None` for a word that is none.
#[must_use]
pub fn domain(region: &str) -> Option<&'static str> {
    REGIONS.iter().find(|(word, _)| *word == region).map(|(_, domain)| *domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_a_domain_and_stands_once() {
        for (position, word) in WORDS.iter().enumerate() {
            assert!(domain(word).is_some() && !WORDS[..position].contains(word), "{word}");
        }
        assert_eq!(domain("eu-west-1"), Some("mypurecloud.ie"));
        assert_eq!(domain("eu-west-9"), None);
    }
}
