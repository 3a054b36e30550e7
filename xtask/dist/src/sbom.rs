//! The bill of materials, as `CycloneDX` 1.6 has it in JSON (ECMA-424).

use anyhow::Result;
use cargo_metadata::Package;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::facts::Facts;
use crate::packages::{Key, Packages};

/// What the document is about.
const AGENT: &str = "kubeagent";

/// The document. Its serial number follows from what it lists, so that the same build has the same one.
pub(crate) fn document(facts: &Facts, packages: &Packages) -> Result<Vec<u8>> {
    let components: Vec<Value> =
        packages.all.iter().filter(|(key, _)| key.0 != AGENT).map(component).collect();
    let agent = packages.all.iter().find(|(key, _)| key.0 == AGENT).map(component);
    let dependencies: Vec<Value> = packages
        .edges
        .iter()
        .map(|(of, on)| json!({"ref": url(of), "dependsOn": on.iter().map(url).collect::<Vec<_>>()}))
        .collect();
    let mut document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": facts.date()?,
            "component": agent,
            "properties": [{"name": "commit", "value": facts.commit}],
        },
        "components": components,
        "dependencies": dependencies,
    });
    let serial = serial(&serde_json::to_vec(&document)?);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("serialNumber".to_owned(), Value::String(serial));
    }
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn component((key, package): (&Key, &Package)) -> Value {
    let kind = if key.0 == AGENT { "application" } else { "library" };
    let mut component = json!({
        "type": kind,
        "bom-ref": url(key),
        "name": package.name,
        "version": package.version.to_string(),
        "purl": url(key),
    });
    if let (Some(fields), Some(expression)) = (component.as_object_mut(), &package.license) {
        // Cargo once allowed `/` for `OR`; SPDX never did.
        let expression = expression.replace('/', " OR ");
        fields.insert("licenses".to_owned(), json!([{ "expression": expression }]));
    }
    component
}

/// The package URL.
fn url((name, version): &Key) -> String {
    format!("pkg:cargo/{name}@{version}")
}

/// A UUID of version 8 (RFC 9562, 5.8) from a digest.
fn serial(content: &[u8]) -> String {
    let mut digest: Vec<u8> = Sha256::digest(content).to_vec();
    digest.truncate(16);
    let mut number = digest.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    number = number & !(0xf << 76) | 8 << 76;
    number = number & !(0b11 << 62) | 0b10 << 62;
    let hex = format!("{number:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part).unwrap_or_default());
    format!("urn:uuid:{}", parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_a_uuid_of_version_8() {
        let text = serial(b"something");
        let uuid = text.strip_prefix("urn:uuid:").unwrap();
        let parts: Vec<&str> = uuid.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(parts[2].starts_with('8'));
        assert!(matches!(parts[3].as_bytes()[0], b'8' | b'9' | b'a' | b'b'));
        assert_ne!(text, serial(b"something else"));
    }
}
