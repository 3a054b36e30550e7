//! Doubles in the shortest text that reads back as the same double.

/// Digits without a point, and the power of ten of the first digit. Only for finite numbers other than zero.
pub(crate) fn float_parts(number: f64) -> (String, i32) {
    let text = format!("{:e}", number.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or_default())
}

/// As Go's `encoding/json` writes it; `None` for NaN and infinities.
pub(crate) fn json_float(number: f64) -> Option<String> {
    if !number.is_finite() {
        return None;
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        return Some(scientific(number, 1));
    }
    Some(format!("{number}"))
}

/// As Go's `%v` and `%g` write it: an exponent below -4 or from 21 on.
pub(crate) fn general_float(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    if number == 0.0 {
        return if number.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let exponent = float_parts(number).1;
    if (-4..21).contains(&exponent) { format!("{number}") } else { scientific(number, 2) }
}

/// `1.5e+21`, the exponent with at least `digits` digits.
fn scientific(number: f64, digits: usize) -> String {
    let (mantissa, exponent) = float_parts(number);
    let sign = if number < 0.0 { "-" } else { "" };
    let (first, rest) = mantissa.split_at_checked(1).unwrap_or((&mantissa, ""));
    let point = if rest.is_empty() { "" } else { "." };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{exponent_sign}{:0digits$}", exponent.abs())
}
