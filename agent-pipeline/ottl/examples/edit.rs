//! OTTL statements over OTLP/JSON lines with logs, as a command: `edit 'set(attributes["env"], "prod")' < in > out`. No runtime,
//! no I/O but that of the program itself.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::ops::ControlFlow;

use agent_otlp::{Batch, Signal};
use agent_ottl::{Context, Program};

/// A statement that fails for a record is told in `trouble`, and the next one runs, as with `error_mode: ignore`.
pub(crate) fn edit(
    statements: &[impl AsRef<str>],
    lines: impl BufRead,
    mut out: impl Write,
    mut trouble: impl Write,
) -> Result<(), Box<dyn Error>> {
    let told = |errors: Vec<_>| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let no_conditions: [&str; 0] = [];
    let program = Program::parse(Context::Log, &no_conditions, statements).map_err(told)?;
    for line in lines.lines() {
        let mut batch = Batch::from_json(Signal::Logs, line?.as_bytes())?;
        let _ = program.run(&mut batch, &mut |failure| {
            // Where nobody can be told, data still goes on.
            let _ = writeln!(trouble, "{}: {}", failure.text, failure.error);
            ControlFlow::Continue(())
        });
        let mut edited = Vec::new();
        batch.write_json(&mut edited);
        edited.push(b'\n');
        out.write_all(&edited)?;
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let statements: Vec<String> = std::env::args().skip(1).collect();
    edit(&statements, io::stdin().lock(), io::stdout().lock(), io::stderr().lock())
}
