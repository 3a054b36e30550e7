//! Formats as Go prints them.

use super::*;

#[test]
fn verbs_print_as_in_go() {
    let s = |text: &'static str| Value::string(text);
    let i = Value::Int;
    let f = Value::Double;
    for (text, values, shown) in [
        ("%s-%d", vec![s("yard"), i(7)], "yard-7"),
        ("%05d|%-6s|%6.2f|", vec![i(42), s("ab"), f(3.1417)], "00042|ab    |  3.14|"),
        ("%v %v %v", vec![Value::Bool(true), f(1.5), i(12)], "true 1.5 12"),
        ("%d", vec![s("str")], "%!d(string=str)"),
        ("%s %s", vec![s("one")], "one %!s(MISSING)"),
        ("%x %X %o %b", vec![i(255), i(255), i(8), i(5)], "ff FF 10 101"),
        ("100%%", vec![], "100%"),
        ("%q", vec![s("a \"b\"")], "\"a \\\"b\\\"\""),
        ("%t %e %g", vec![Value::Bool(false), f(12345.678), f(0.00001)], "false 1.234568e+04 1e-05"),
        ("%s", vec![Value::Nil], "%!s(<nil>)"),
        ("%d %s", vec![i(1), s("a"), s("extra")], "1 a%!(EXTRA string=extra)"),
        ("%+d % d %-4d| %04d", vec![i(5), i(5), i(5), i(-5)], "+5  5 5   | -005"),
        ("%*d", vec![i(5), i(42)], "   42"),
        (
            "é%6d|%-6d|%+06d|%06s|%4s%",
            vec![i(-5), i(-5), i(5), s("ab"), s("é")],
            "é    -5|-5    |+00005|0000ab|   é%!(NOVERB)",
        ),
        ("%c%U", vec![i(9731), i(9731)], "☃U+2603"),
        ("%.3g %.2s %08.3f", vec![f(1234.5), s("abc"), f(-3.1417)], "1.23e+03 ab -003.142"),
        ("%x", vec![s("hi")], "6869"),
        ("%", vec![], "%!(NOVERB)"),
    ] {
        assert_eq!(format(text, &values).unwrap(), shown, "{text}");
    }
}

#[test]
fn a_width_cannot_fill_the_memory() {
    assert!(format(&"%999999d".repeat(20), &vec![Value::Int(1); 20]).is_err());
    assert!(format("%*d", &[Value::Int(i64::MAX), Value::Int(1)]).unwrap().starts_with("%!(BADWIDTH)"));
}
