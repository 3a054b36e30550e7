//! Snake and camel case as the Collector makes them: a digit is a word of its own in snake case.

/// `userID2` to `user_id_2`. Separators become underscores one by one.
pub(crate) fn snake(text: &str) -> String {
    let letters: Vec<char> = text.trim().chars().collect();
    let mut out = String::with_capacity(text.len() + 4);
    for (index, letter) in letters.iter().copied().enumerate() {
        let next = letters.get(index + 1).copied();
        let lower = letter.to_ascii_lowercase();
        if !is_separator(letter)
            && let Some(next) = next
        {
            let class = |c: char| (c.is_ascii_uppercase(), c.is_ascii_lowercase(), c.is_ascii_digit());
            let (upper, low, digit) = class(letter);
            let (next_upper, next_low, next_digit) = class(next);
            // The last capital of a run of capitals begins the next word.
            let begins = upper
                && next_low
                && index > 0
                && letters.get(index - 1).is_some_and(char::is_ascii_uppercase);
            if begins {
                out.push('_');
            }
            out.push(lower);
            let ends = (low && (next_upper || next_digit))
                || (digit && (next_upper || next_low))
                || (upper && next_digit);
            if ends {
                out.push('_');
            }
        } else if is_separator(letter) {
            out.push('_');
        } else {
            out.push(lower);
        }
    }
    out
}

/// `user_id` to `UserId`. A separator makes the next letter a capital, and so does a digit.
pub(crate) fn camel(text: &str) -> String {
    let trimmed = text.trim();
    let mut out = String::with_capacity(trimmed.len());
    let mut capital = true;
    let mut previous_upper = false;
    let letters: Vec<char> = trimmed.chars().collect();
    let all_upper = !letters.iter().any(char::is_ascii_lowercase) && letters.len() > 1;
    for letter in letters {
        if is_separator(letter) {
            capital = true;
            previous_upper = false;
            continue;
        }
        let shown = if capital {
            letter.to_ascii_uppercase()
        } else if previous_upper || all_upper {
            letter.to_ascii_lowercase()
        } else {
            letter
        };
        previous_upper = letter.is_ascii_uppercase();
        out.push(shown);
        capital = letter.is_ascii_digit();
    }
    out
}

const fn is_separator(letter: char) -> bool {
    matches!(letter, '_' | ' ' | '-' | '.')
}
