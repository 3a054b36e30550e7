//! Makes what is shipped: static binaries, an OCI image without Docker, a bill of materials, licences and checksums.
//!
//! Everything that goes into a file is a function of the commit, the lock file and the compiler: no clock, no host name, no
//! order of a directory. Two runs give the same bytes, and `--check` makes a second one to see. `cargo xtask dist` builds
//! and starts it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program talks on its terminal")]

mod compile;
mod elf;
mod facts;
mod image;
mod licences;
mod options;
mod outputs;
mod packages;
mod sbom;
mod table;
mod target;
mod unpack;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};

use facts::Facts;
use image::Program;
use options::{Options, USAGE};
use outputs::Outputs;
use packages::Packages;
use target::Target;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|arg| matches!(arg.as_str(), "--help" | "-h")) {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    match Options::parse(&args).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let facts = Facts::of(&options.root)?;
    println!("kubeagent {} at commit {}", facts.version, facts.commit);
    let (targets, left_out) = target::installed()?;
    for reason in left_out {
        println!("left out: {reason}");
    }
    if targets.is_empty() {
        bail!("none of the targets can be built here");
    }
    let packages = Packages::of(&options.root, &targets)?;
    let sources = packages.sources()?;
    let programs = targets.iter().map(|target| {
        let path = compile::compile(&options.root, &sources, &facts, target)?;
        program(target, &path)
    });
    let programs = programs.collect::<Result<Vec<_>>>()?;
    let outputs = assemble(&facts, &programs, &packages)?;
    if options.check {
        let again = assemble(&facts, &programs, &packages)?;
        outputs.same_as(&again).context("a second run made something else of the same input")?;
        println!("a second run gives the same digests");
    }
    outputs.write(&options.out)?;
    if let Some(folder) = &options.unpack {
        unpack::unpack(&options.out.join(facts.image_file()), folder, target::HOST_ARCHITECTURE)?;
        println!("the image stands unpacked in {}", folder.display());
    }
    println!("\n{}", table::of(&outputs, &options.out));
    table::judge(&outputs)
}

fn program(target: &'static Target, path: &Path) -> Result<Program> {
    let binary = std::fs::read(path).with_context(|| path.display().to_string())?;
    elf::check(&binary).with_context(|| format!("the binary for {}", target.triple))?;
    Ok(Program { target, binary })
}

fn assemble(facts: &Facts, programs: &[Program], packages: &Packages) -> Result<Outputs> {
    let mut outputs = Outputs::default();
    let licences = licences::texts(packages)?;
    for program in programs {
        let name = format!("kubeagent-{}-{}", facts.version, program.target.triple);
        outputs.add_program(&name, program.binary.clone());
    }
    let image = image::build(facts, programs, &licences)?;
    outputs.add(&facts.image_file(), image.tar);
    outputs.layers = image.layers;
    outputs.add(&format!("kubeagent-{}.cdx.json", facts.version), sbom::document(facts, packages)?);
    outputs.add("THIRD-PARTY-LICENSES.txt", licences);
    outputs.add_sums();
    Ok(outputs)
}
