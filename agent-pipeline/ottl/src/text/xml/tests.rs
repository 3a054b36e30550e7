//! XML read, written and pointed into.

use super::*;

fn round(text: &str) -> Result<String, &'static str> {
    let mut out = String::new();
    parse(text)?.write(&mut out);
    Ok(out)
}

#[test]
fn documents_are_read_and_written() {
    let text = "<?xml version=\"1.0\"?><a k='1'>x &lt; <![CDATA[<y>]]><!-- c --><b/></a>";
    let written = "<?xml version=\"1.0\"?><a k=\"1\">x &lt; <![CDATA[<y>]]><!-- c --><b></b></a>";
    assert_eq!(round(text).unwrap(), written);
    assert_eq!(round(written).unwrap(), written);
    for wrong in
        ["<a>", "<a", "</a>", "<a></b>", "<a k=1/>", "<a k='1' k='2'/>", "&nope;", "<!DOCTYPE a>", "<1/>"]
    {
        assert!(round(wrong).is_err(), "{wrong}");
    }
    assert!(round(&format!("{}{}", "<a>".repeat(500), "</a>".repeat(500))).is_err());
}

#[test]
fn selectors_point_to_nodes() {
    let document = parse("<r><i k='1'>x</i><j><i k='2'>y</i></j><!--c--></r>").unwrap();
    let count = |path: &str| Selector::new(path).map(|selector| selector.select(&document).len());
    for (path, found) in [
        ("/", 1),
        ("/r", 1),
        ("/r/i", 1),
        ("//i", 2),
        ("//i[@k='2']", 1),
        ("//i[@z]", 0),
        ("/r/*", 2),
        ("/r/*[2]", 1),
        ("/r/*[last()]", 1),
        ("//i/@k", 2),
        ("//@*", 2),
        ("//text()", 2),
        ("//comment()", 1),
        ("//j[i='y']", 1),
        ("//i[text()='x'] | //j", 2),
        ("/none", 0),
    ] {
        assert_eq!(count(path), Ok(found), "{path}");
    }
    assert!(count("//i[position()>1]").is_err() && count("").is_err());
}
