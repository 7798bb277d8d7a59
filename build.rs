//! Embeds the built-in queries, their examples and report definitions: one list, made from what is in the folders.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let mut out = String::new();
    for (name, folder, extension) in [
        ("QUERIES", "queries", "sql"),
        ("EXAMPLES", "queries", "examples.md"),
        ("REPORTS", "reports", "report.toml"),
        ("LANGUAGES", "languages", "toml"),
    ] {
        println!("cargo::rerun-if-changed={folder}");
        let mut files = Vec::new();
        collect(&root.join(folder), extension, &mut files)?;
        files.sort();
        // Writing to a String cannot fail; the error type asks for the `map_err`.
        writeln!(out, "/// Path from the package's root and text of every built-in `{folder}/**/*.{extension}`.")
            .map_err(io::Error::other)?;
        writeln!(out, "pub static {name}: &[(&str, &str)] = &[").map_err(io::Error::other)?;
        for file in files {
            let shown = file.strip_prefix(&root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
            writeln!(out, "    ({shown:?}, include_str!({:?})),", file.display().to_string())
                .map_err(io::Error::other)?;
        }
        writeln!(out, "];").map_err(io::Error::other)?;
    }
    fs::write(Path::new(&env::var("OUT_DIR").map_err(io::Error::other)?).join("built_in.rs"), out)
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    if !folder.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, extension, files)?;
        } else if path.to_string_lossy().ends_with(&format!(".{extension}")) {
            files.push(path);
        }
    }
    Ok(())
}
