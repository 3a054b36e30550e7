//! A filter of OTLP/JSON lines with logs: every resource gets an attribute, and records below INFO go. No runtime, no I/O but
//! that of the program itself.

use std::io::{self, BufRead, Write};

use agent_otlp::{Batch, Signal, Verdict};

/// `SEVERITY_NUMBER_INFO`; 0 is a record that does not say.
const INFO: i32 = 9;

/// Passes on what is left of each line, and nothing where nothing is.
pub(crate) fn label(lines: impl BufRead, mut out: impl Write, cluster: &str) -> io::Result<()> {
    for line in lines.lines() {
        let mut batch = Batch::from_json(Signal::Logs, line?.as_bytes()).map_err(io::Error::other)?;
        batch.edit_resources(|resource| {
            resource.attributes_mut().upsert("k8s.cluster.name", cluster.to_owned());
        });
        batch.edit_log_records(|_, record| {
            if (1..INFO).contains(&record.severity_number()) { Verdict::Drop } else { Verdict::Keep }
        });
        if batch.items() > 0 {
            let mut labelled = Vec::new();
            batch.write_json(&mut labelled);
            labelled.push(b'\n');
            out.write_all(&labelled)?;
        }
    }
    Ok(())
}

fn main() -> io::Result<()> {
    label(io::stdin().lock(), io::stdout().lock(), "east")
}
