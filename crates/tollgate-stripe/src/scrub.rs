//! Taking secrets, card numbers and e-mail addresses out of what Stripe says.

/// What is put in place of what was taken out.
const REMOVED: &str = "[removed]";

/// As many digits, spaces and dashes aside, could be a card number.
const CARD_DIGITS_MIN: usize = 12;

/// What Stripe's secrets have in them. Publishable keys are not secret, but name an account.
const SECRET_MARKS: [&str; 8] = [
    "sk_test", "sk_live", "rk_test", "rk_live", "pk_test", "pk_live", "whsec_", "_secret_",
];

/// The longest message that is kept, in characters.
const LENGTH_MAX: usize = 500;

/// `text` without words that hold an address or a secret, and without long runs of digits.
pub(crate) fn scrub(text: &str) -> String {
    let text: String = text.chars().take(LENGTH_MAX).collect();
    let words = text
        .split(' ')
        .map(|word| if is_telling(word) { REMOVED } else { word })
        .collect::<Vec<_>>()
        .join(" ");
    without_long_numbers(&words)
}

fn is_telling(word: &str) -> bool {
    word.contains('@')
        || word.contains("%40")
        || SECRET_MARKS.iter().any(|mark| word.contains(mark))
}

/// Replaces each run of digits, which spaces and dashes may divide, that is as long as a card number.
fn without_long_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut run = String::new();
    // The last one ends the last run; it is taken away again.
    for character in text.chars().chain(['\n']) {
        let divides = matches!(character, ' ' | '-') && !run.is_empty();
        if character.is_ascii_digit() || divides {
            run.push(character);
            continue;
        }
        end_run(&mut kept, &mut run);
        kept.push(character);
    }
    kept.pop();
    kept
}

fn end_run(kept: &mut String, run: &mut String) {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    if digits < CARD_DIGITS_MIN {
        kept.push_str(run);
    } else {
        kept.push_str(REMOVED);
        let divided = run.trim_end_matches(|c: char| !c.is_ascii_digit());
        kept.push_str(&run[divided.len()..]);
    }
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::scrub;

    #[test]
    fn what_tells_something_is_taken_out() {
        for (said, kept) in [
            ("Your card was declined.", "Your card was declined."),
            (
                "Invalid email address: ada@example.com",
                "Invalid email address: [removed]",
            ),
            (
                "Invalid API Key provided: sk_test_****1234",
                "Invalid API Key provided: [removed]",
            ),
            (
                "the card 4242 4242 4242 4242 expired",
                "the card [removed] expired",
            ),
            ("4242-4242-4242-4242", "[removed]"),
            ("card 4242424242424242", "card [removed]"),
            ("No such price: 'price_1Abc'", "No such price: 'price_1Abc'"),
            (
                "between 1700000000 and 2023-11-14 10",
                "between 1700000000 and 2023-11-14 10",
            ),
        ] {
            assert_eq!(scrub(said), kept);
        }
    }

    #[test]
    fn long_messages_are_cut() {
        assert_eq!(
            scrub(&"ä".repeat(10_000)).chars().count(),
            super::LENGTH_MAX
        );
    }
}
