//! What a binary must be to run in an image that holds nothing else: static. (ELF-64, little endian; System V ABI.)

use anyhow::{Context as _, Result, bail};

/// Offset of the table of program headers in the file header, size and number of its entries.
const TABLE: usize = 0x20;
const ENTRY_SIZE: usize = 0x36;
const ENTRIES: usize = 0x38;
/// `PT_INTERP`: the program that would have to load this one.
const INTERPRETER: u32 = 3;

/// Refuses a binary that needs a loader.
pub(crate) fn check(binary: &[u8]) -> Result<()> {
    if !binary.starts_with(b"\x7fELF\x02\x01") {
        bail!("is not a 64-bit little-endian ELF file");
    }
    let table = u64::from_le_bytes(at(binary, TABLE)?);
    let size = usize::from(u16::from_le_bytes(at(binary, ENTRY_SIZE)?));
    let entries = usize::from(u16::from_le_bytes(at(binary, ENTRIES)?));
    let table = usize::try_from(table).context("its table of program headers is too far away")?;
    for entry in 0..entries {
        let place = entry.checked_mul(size).and_then(|far| far.checked_add(table));
        let kind = u32::from_le_bytes(at(binary, place.context("its program headers overflow")?)?);
        if kind == INTERPRETER {
            bail!("is not static: it asks for a loader");
        }
    }
    Ok(())
}

fn at<const N: usize>(binary: &[u8], place: usize) -> Result<[u8; N]> {
    let end = place.checked_add(N);
    let bytes = end.and_then(|end| binary.get(place..end)).context("ends within its headers")?;
    Ok(bytes.try_into()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binary(kind: u32) -> Vec<u8> {
        let mut bytes = vec![0; 64 + 56];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[TABLE] = 64;
        bytes[ENTRY_SIZE] = 56;
        bytes[ENTRIES] = 1;
        bytes[64..68].copy_from_slice(&kind.to_le_bytes());
        bytes
    }

    #[test]
    fn takes_static_binaries_only() {
        check(&binary(1)).unwrap();
        assert!(check(&binary(INTERPRETER)).unwrap_err().to_string().contains("not static"));
        assert!(check(&binary(1)[..50]).unwrap_err().to_string().contains("ends within"));
        assert!(check(b"#!/bin/sh").unwrap_err().to_string().contains("ELF"));
    }

    #[test]
    fn a_test_program_is_not_static() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(check(&own).unwrap_err().to_string().contains("not static"));
    }
}
