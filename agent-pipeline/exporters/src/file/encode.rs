//! A batch as it stands in the file.

use agent_net::compression::{Codec, compress};
use agent_otlp::Batch;

use super::{Compression, Config, Format};

pub(super) struct Encoder {
    format: Format,
    compression: Compression,
}

impl Encoder {
    pub(super) fn new(config: &Config) -> Self {
        Self { format: config.format, compression: config.compression }
    }

    /// Writes the message to `out` instead of what was there, and gives it back.
    ///
    /// JSON alone is a line; anything else stands behind its length, four bytes, big endian.
    ///
    /// # Errors
    /// The message is too large for its length prefix, or for the coder.
    pub(super) fn encode<'a>(&self, batch: &Batch, out: &'a mut Vec<u8>) -> Result<&'a [u8], String> {
        const PREFIX: usize = 4;
        out.clear();
        if (self.format, self.compression) == (Format::Json, Compression::None) {
            batch.write_json(out);
            out.push(b'\n');
            return Ok(out);
        }
        out.extend_from_slice(&[0; PREFIX]);
        match self.compression {
            // Only protobuf: JSON that is not compressed was a line.
            Compression::None => batch.write_protobuf(out),
            Compression::Zstd => {
                let mut plain = Vec::new();
                match self.format {
                    Format::Json => batch.write_json(&mut plain),
                    Format::Proto => batch.write_protobuf(&mut plain),
                }
                compress(Codec::Zstd, None, &plain, out).map_err(|error| error.to_string())?;
            }
        }
        let len =
            u32::try_from(out.len() - PREFIX).map_err(|_| "the batch is larger than 4 GiB".to_owned())?;
        if let Some(prefix) = out.first_chunk_mut::<PREFIX>() {
            *prefix = len.to_be_bytes();
        }
        Ok(out)
    }
}
