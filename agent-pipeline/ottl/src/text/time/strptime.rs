//! strptime directives and the layouts they stand for.

const DIRECTIVES: [(char, &str); 40] = [
    ('Y', "2006"),
    ('y', "06"),
    ('m', "01"),
    ('o', "_1"),
    ('q', "1"),
    ('b', "Jan"),
    ('h', "Jan"),
    ('B', "January"),
    ('d', "02"),
    ('e', "_2"),
    ('g', "2"),
    ('a', "Mon"),
    ('A', "Monday"),
    ('H', "15"),
    ('I', "03"),
    ('l', "3"),
    ('p', "PM"),
    ('P', "pm"),
    ('M', "04"),
    ('S', "05"),
    ('L', "999"),
    ('f', "999999"),
    ('s', "999999999"),
    ('Z', "MST"),
    ('z', "Z0700"),
    ('w', "-070000"),
    ('i', "-07"),
    ('j', "-07:00"),
    ('k', "-07:00:00"),
    ('D', "01/02/2006"),
    ('x', "01/02/2006"),
    ('F', "2006-01-02"),
    ('T', "15:04:05"),
    ('X', "15:04:05"),
    ('r', "03:04:05 pm"),
    ('R', "15:04"),
    ('n', "\n"),
    ('t', "\t"),
    ('%', "%"),
    ('c', "Mon Jan 02 15:04:05 2006"),
];

/// The layout of a format.
///
/// # Errors
/// A directive that does not exist.
pub(super) fn to_layout(format: &str) -> Result<String, String> {
    let mut out = String::with_capacity(format.len() * 2);
    let mut input = format.chars();
    while let Some(character) = input.next() {
        if character != '%' {
            out.push(character);
            continue;
        }
        let Some(letter) = input.next() else {
            out.push('%');
            break;
        };
        let found = DIRECTIVES.iter().find(|(name, _)| *name == letter);
        out.push_str(found.ok_or_else(|| format!("unsupported directive %{letter} in the time format"))?.1);
    }
    Ok(out)
}
